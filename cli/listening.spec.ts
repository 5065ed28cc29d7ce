import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createRegistry, startAdmin } from '../runtime/index.ts';
import { exitCodes } from './exit.ts';
import { listening } from './listening.ts';

let taken: Server;
let port: number;
beforeEach(async () => {
  taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  ({ port } = taken.address() as AddressInfo);
});
afterEach(() => void taken.close());

describe('an address that can not be had', () => {
  test('because another program has it is told by its flag, with what to type', async () => {
    const registry = createRegistry('test', 'test');
    const readiness = () => undefined;
    const flags = { '--control-address': '127.0.0.1:1', '--admin-address': `127.0.0.1:${port}` };
    const starting = listening(flags, () =>
      startAdmin({ host: '127.0.0.1', port, registry, readiness }),
    );
    await expect(starting).rejects.toMatchObject({
      exitCode: exitCodes.inUse,
      message: `port ${port} is in use by another program: stop that one, or give another address, such as --admin-address 127.0.0.1:0 for any free port`,
    });
  });

  test.each([
    ["can't listen on --link-address [::1]:7: listen EADDRINUSE", 'such as --link-address [::1]:0'],
    ['[listen EADDRINUSE: address already in use 1.2.3.4:8]', 'such as --admin-address 1.2.3.4:0'],
    ['listen EADDRINUSE: address already in use ::1:7', 'such as --link-address [::1]:0'],
    ['listen EACCES: permission denied 1.2.3.4:8', 'this user may not listen on port 8: give'],
    ['listen EADDRNOTAVAIL: 1.2.3.4:8', '1.2.3.4:8 is no address of this machine'],
  ])('is understood in the words of %j', async (words, told) => {
    const flags = { '--link-address': '[::1]:7', '--admin-address': '1.2.3.4:8' };
    const starting = listening(flags, () => Promise.reject(new Error('no', { cause: words })));
    await expect(starting).rejects.toMatchObject({
      exitCode: exitCodes.inUse,
      message: expect.stringContaining(told),
    });
  });

  test('is not taken for any other failure', async () => {
    const failure = new Error('the topology file is broken');
    await expect(listening({}, () => Promise.reject(failure))).rejects.toBe(failure);
  });
});
