import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../../runtime/index.ts';
import { Front, type FrontMember } from './front.ts';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

async function frontOn(clock: ManualClock, heldMax = 8): Promise<Front> {
  const front = await Front.listen({ host: '127.0.0.1', port: 0, clock, heldMax });
  cleanups.push(() => front.close());
  return front;
}

async function client(front: Front): Promise<Socket> {
  const socket = connect(front.port, '127.0.0.1');
  socket.on('error', () => {});
  cleanups.push(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/** Answers each connection with its name. */
function greeter(name: string): FrontMember {
  return {
    name,
    handOver(connection) {
      cleanups.push(() => connection.destroy());
      connection.write(name);
    },
  };
}

const dead: FrontMember = {
  name: 'dead',
  handOver: (connection, notTaken) => queueMicrotask(() => notTaken(connection)),
};

const greeting = async (socket: Socket) => String((await once(socket, 'data'))[0]);
/** Until the front holds as many: each waits for a deadline. */
const holds = (clock: ManualClock, count: number) => expect.poll(() => clock.pending).toBe(count);

describe('the front', () => {
  test('hands connections to the ready members in turn', async () => {
    const front = await frontOn(new ManualClock());
    front.setMembers([greeter('a'), greeter('b')]);
    const heard: string[] = [];
    for (let i = 0; i < 4; i++) heard.push(await greeting(await client(front)));
    expect(heard).toEqual(['a', 'b', 'a', 'b']);
  });

  test('holds connections until a member is ready', async () => {
    const clock = new ManualClock();
    const front = await frontOn(clock);
    const socket = await client(front);
    await holds(clock, 1);
    const heard = greeting(socket);
    front.setMembers([greeter('late')]);
    expect(await heard).toBe('late');
  });

  test('closes what it held for 5 s', async () => {
    const clock = new ManualClock();
    const front = await frontOn(clock);
    const socket = await client(front);
    await holds(clock, 1);
    clock.advance(4_999);
    expect(clock.pending).toBe(1);
    const closed = once(socket, 'close');
    clock.advance(1);
    await closed;
  });

  test('holds a bounded number of connections', async () => {
    const clock = new ManualClock();
    const front = await frontOn(clock, 2);
    await client(front);
    await client(front);
    const third = await client(front);
    await once(third, 'close');
    expect(clock.pending).toBe(2);
  });

  test('goes on to the next member when one is gone, and holds when none is left', async () => {
    const clock = new ManualClock();
    const front = await frontOn(clock);
    front.setMembers([dead, greeter('alive')]);
    expect(await greeting(await client(front))).toBe('alive');
    front.setMembers([dead]);
    await client(front);
    await holds(clock, 1);
  });

  test('says which port is in use', async () => {
    const front = await frontOn(new ManualClock());
    await expect(
      Front.listen({ host: '127.0.0.1', port: front.port, clock: new ManualClock() }),
    ).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
