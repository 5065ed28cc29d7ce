import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type MemberProcess, startNode } from './process.ts';

/** Says where it serves, answers connections that are handed over, ends on SIGTERM unless told to be stubborn. */
const fixture = `
process.on('message', (message, socket) => socket.end('served ' + message.socket));
process.on('disconnect', () => process.exit(1));
process.on('SIGTERM', () => process.argv.includes('stubborn') || process.exit(0));
console.error('hello from ' + process.env.POD_NAME);
process.send({ announce: { admin: '127.0.0.1:1' } });
`;

let folder: string;
let script: string;
const running = new Set<MemberProcess>();
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'topicplane-process-'));
  script = join(folder, 'member.cjs');
  writeFileSync(script, fixture);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => {
  for (const process of running) process.signal('SIGKILL');
});

function deferred<T>() {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

function start(...args: string[]) {
  const announced = deferred<Readonly<Record<string, string>>>();
  const said = deferred<string>();
  const ended = deferred<string>();
  const process = startNode(script)(
    { args, env: { POD_NAME: 'p-0' } },
    {
      announced: announced.resolve,
      said: said.resolve,
      ended(how) {
        running.delete(process);
        ended.resolve(how);
      },
    },
  );
  running.add(process);
  return { process, announced: announced.promise, said: said.promise, ended: ended.promise };
}

test('a member tells where it serves, is heard, and ends when asked', async () => {
  const member = start();
  expect(await member.announced).toEqual({ admin: '127.0.0.1:1' });
  expect(await member.said).toBe('hello from p-0');
  member.process.signal('SIGTERM');
  expect(await member.ended).toBe('exit code 0');
});

test('a stubborn member is killed', async () => {
  const member = start('stubborn');
  await member.announced;
  member.process.signal('SIGTERM');
  member.process.signal('SIGKILL');
  expect(await member.ended).toBe('killed by SIGKILL');
});

/** A connection that was accepted, and its client. */
async function connected() {
  const server: Server = createServer({ pauseOnConnect: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as { port: number }).port, '127.0.0.1');
  const [connection] = (await once(server, 'connection')) as [Socket];
  server.close();
  return { client, connection };
}

test('a connection is handed over; from one that is gone it comes back', async () => {
  const member = start();
  await member.announced;
  const { client, connection } = await connected();
  const back = deferred<Socket | undefined>();
  member.process.handOver(connection, back.resolve);
  expect(String((await once(client, 'data'))[0])).toBe('served client');

  member.process.signal('SIGKILL');
  await member.ended;
  const late = await connected();
  member.process.handOver(late.connection, back.resolve);
  expect(await back.promise, 'and not the one that was taken').toBe(late.connection);
  client.destroy();
  late.client.destroy();
});

test('a connection that a process was sent and never took comes back when it dies, and can be handed on', async () => {
  const [frozen, other] = [start(), start()];
  await Promise.all([frozen.announced, other.announced]);
  process.kill(frozen.process.pid, 'SIGSTOP');
  const { client, connection } = await connected();
  const second = await connected();
  const back: (Socket | undefined)[] = [];
  // Node sends one after the other: the second isn't even written.
  for (const each of [connection, second.connection]) {
    frozen.process.handOver(each, (again) => back.push(again));
  }
  client.write('hello');
  frozen.process.signal('SIGKILL');
  await frozen.ended;
  await expect.poll(() => back.length).toBe(2);
  for (const again of back) {
    expect(again).toBeDefined();
    if (again) other.process.handOver(again, () => {});
  }
  for (const each of [client, second.client]) {
    expect(String((await once(each, 'data'))[0])).toBe('served client');
    each.destroy();
  }
});
