import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Waiter, WaitingRoom } from './waiting.ts';

function start(waitingMax = 10, waitingBytesMax = 100) {
  const room = new WaitingRoom({ waitingMax, waitingBytesMax });
  const gone: string[] = [];
  const wait = (topic: string, name: string, bytes = 1) =>
    room.wait('c', topic, bytes, () => gone.push(name));
  return { room, gone, wait };
}

describe('requests that wait', () => {
  it('go on in order when their topic arrives, others stay', () => {
    const { room, gone, wait } = start();
    wait('t', 'first');
    wait('u', 'other');
    wait('t', 'second');
    room.admit('c', 't', 0);
    expect(gone).toEqual(['first', 'second']);
    expect(room).toMatchObject({ size: 1, bytes: 1 });
    room.admitAll(0);
    expect(gone).toEqual(['first', 'second', 'other']);
    expect(room).toMatchObject({ size: 0, bytes: 0 });
  });

  it.each([
    ['in count', 2, 100],
    ['in bytes', 10, 2],
  ])('find no room beyond the bound %s, and are told once when there is room', (_w, max, bytes) => {
    const { room, wait } = start(max, bytes);
    wait('t', 'first');
    wait('t', 'second');
    expect(wait('t', 'third')).toBeUndefined();
    expect(room.takeRoomNotice()).toBe(false);
    room.admitAll(0);
    expect(room.takeRoomNotice()).toBe(true);
    expect(room.takeRoomNotice()).toBe(false);
  });

  it('leave when they are cancelled, also by one that goes on before them', () => {
    const { room, gone, wait } = start();
    wait('t', 'first')?.cancel();
    let second: Waiter | undefined;
    room.wait('c', 't', 1, () => second?.cancel());
    second = wait('t', 'second');
    room.admit('c', 't', 0);
    second?.cancel();
    expect(gone).toEqual([]);
    expect(room).toMatchObject({ size: 0, bytes: 0 });
  });

  it('that come to wait anew stay in their order', () => {
    const { room } = start();
    const gone: string[] = [];
    let open = false;
    const wait = (name: string): void => {
      room.wait('c', 't', 1, () => {
        if (open) gone.push(name);
        else wait(name);
      });
    };
    for (const name of ['a', 'b', 'c']) wait(name);
    room.admitAll(0);
    wait('d');
    open = true;
    room.admitAll(0);
    expect(gone).toEqual(['a', 'b', 'c', 'd']);
  });

  it('are those of a dumb twin, whatever happens', () => {
    const topics = fc.constantFrom('t', 'u');
    const step = fc.oneof(
      fc.record({ wait: topics, bytes: fc.nat(40) }),
      fc.record({ cancel: fc.nat(20) }),
      fc.record({ admit: topics }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { room, gone } = start(5, 100);
        let twin: { topic: string; name: string; bytes: number }[] = [];
        const expected: string[] = [];
        const waiters: [string, Waiter][] = [];
        for (const [index, one] of steps.entries()) {
          if ('wait' in one) {
            const name = `w${index}`;
            const held = twin.reduce((sum, { bytes }) => sum + bytes, 0);
            const fits = twin.length < 5 && held + one.bytes <= 100;
            const waiter = room.wait('c', one.wait, one.bytes, () => gone.push(name));
            expect(waiter !== undefined).toBe(fits);
            if (waiter) waiters.push([name, waiter]);
            if (fits) twin.push({ topic: one.wait, name, bytes: one.bytes });
          } else if ('cancel' in one) {
            const [name, waiter] = waiters[one.cancel] ?? [];
            waiter?.cancel();
            twin = twin.filter((other) => other.name !== name);
          } else {
            room.admit('c', one.admit, 0);
            for (const { topic, name } of twin) if (topic === one.admit) expected.push(name);
            twin = twin.filter(({ topic }) => topic !== one.admit);
          }
          expect(gone).toEqual(expected);
          expect(room.size).toBe(twin.length);
          expect(room.bytes).toBe(twin.reduce((sum, { bytes }) => sum + bytes, 0));
        }
      }),
    );
  });
});
