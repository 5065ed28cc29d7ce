import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, test } from 'vitest';
import type { publishing, pubsub } from '../../proto/index.ts';
import { PublishStream, type PublishStreamOptions } from './publish-stream.ts';

/** A call as grpc-js has it; the router's side is played by the test. */
class PlayedCall extends EventEmitter {
  readonly sent: unknown[] = [];
  ended = false;
  full = false;

  write({ value }: publishing.PublishRequest): boolean {
    this.sent.push(value?.value);
    return !this.full;
  }

  end(): void {
    this.ended = true;
  }

  answer(acknowledged: number, ...refused: publishing.Refusal[]): void {
    this.emit('data', { acknowledged, refused });
  }
}

let calls: PlayedCall[];
let accepted: unknown[];
let failures: number;

beforeEach(() => {
  calls = [];
  accepted = [];
  failures = 0;
});

function begin(waitingMax = 100): PublishStream {
  const open = (): PlayedCall => {
    const call = new PlayedCall();
    calls.push(call);
    return call;
  };
  return new PublishStream({
    open: open as unknown as PublishStreamOptions['open'],
    cache: 'cache',
    topic: 'topic',
    waitingMax,
    accepted: ({ kind }) => accepted.push(kind?.value),
    failed: () => (failures += 1),
  });
}

const item = (value: string): pubsub.TopicValue => ({ kind: { $case: 'text', value } });

describe('a stream of publishes', () => {
  test('counts items when they are acknowledged, and ends when all are', async () => {
    const stream = begin();
    for (const text of ['a', 'b', 'c']) expect(await stream.send(item(text))).toBe(true);
    calls[0]?.answer(2);
    expect(accepted).toEqual(['a', 'b']);
    const finished = stream.finish();
    expect(calls[0]?.ended).toBe(true);
    calls[0]?.answer(3);
    calls[0]?.emit('end');
    expect(await finished).toBeUndefined();
    expect(accepted).toEqual(['a', 'b', 'c']);
  });

  test('waits while too much is not acknowledged', async () => {
    const stream = begin(2);
    await stream.send(item('a'));
    await stream.send(item('b'));
    const third = stream.send(item('c'));
    await new Promise(setImmediate);
    expect(calls[0]?.sent).toEqual(['a', 'b']);
    calls[0]?.answer(1);
    expect(await third).toBe(true);
    expect(calls[0]?.sent).toEqual(['a', 'b', 'c']);
  });

  test('waits while the call takes no more, and leaves no listeners behind', async () => {
    const stream = begin();
    const [call] = calls as [PlayedCall];
    call.full = true;
    const listeners = call.listenerCount('drain') + call.listenerCount('error');
    for (let n = 1; n <= 20; n += 1) {
      let isSent = false;
      const sent = stream.send(item(`${n}`)).then(() => (isSent = true));
      await new Promise(setImmediate);
      expect(isSent).toBe(false);
      if (n % 2 === 0) call.emit('drain');
      else call.answer(n);
      await sent;
    }
    expect(call.listenerCount('drain') + call.listenerCount('error')).toBe(listeners);
  });

  test('that the router ends cleanly goes on with what was not taken', async () => {
    const stream = begin();
    for (const text of ['a', 'b', 'c']) await stream.send(item(text));
    calls[0]?.answer(1);
    calls[0]?.emit('end');
    expect(calls[1]?.sent).toEqual(['b', 'c']);
    await stream.send(item('d'));
    const finished = stream.finish();
    calls[1]?.answer(3);
    calls[1]?.emit('end');
    expect(await finished).toBeUndefined();
    expect(accepted).toEqual(['a', 'b', 'c', 'd']);
  });

  test('tells the first refusal when the rest is answered, and sends nothing more', async () => {
    const stream = begin();
    for (const text of ['a', 'b', 'c']) await stream.send(item(text));
    calls[0]?.answer(1, { item: 2, code: 5, message: 'no cache' });
    expect(await stream.send(item('d'))).toBe(false);
    const finished = stream.finish();
    calls[0]?.answer(3);
    calls[0]?.emit('end');
    expect(await finished).toEqual({ code: 5, details: 'no cache' });
    expect(accepted).toEqual(['a', 'c']);
    expect(failures).toBe(1);
  });

  test('that breaks while nothing is sent says so', async () => {
    const stream = begin();
    await stream.send(item('a'));
    calls[0]?.answer(1);
    calls[0]?.emit('end');
    expect(failures).toBe(0);
    calls[1]?.emit('error', Object.assign(new Error('x'), { code: 14, details: 'gone' }));
    expect(failures).toBe(1);
    expect(await stream.finish()).toMatchObject({ code: 14, details: 'gone' });
  });

  test('that breaks tells why', async () => {
    const stream = begin(1);
    await stream.send(item('a'));
    const second = stream.send(item('b'));
    calls[0]?.emit('error', Object.assign(new Error('x'), { code: 14, details: 'gone' }));
    expect(await second).toBe(false);
    expect(await stream.finish()).toMatchObject({ code: 14, details: 'gone' });
  });
});
