import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { Exchange, ExchangeHandler } from '../engine.ts';
import { defaultLimits } from '../limits.ts';
import { begin, framesOf } from '../testing/index.ts';
import { H2Engine } from './h2-engine.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A socket that takes what is written when it is told to. */
class SlowSocket extends Duplex {
  #taken: (() => void)[] = [];

  override _read(): void {}

  override _write(_chunk: Buffer, _encoding: string, done: () => void): void {
    this.#taken.push(done);
  }

  async takeAll(): Promise<void> {
    for (let done = this.#taken.pop(); done !== undefined; done = this.#taken.pop()) {
      done();
      await turn();
    }
  }
}

/** A connection on which a call was answered, and which was asked to go. */
async function leaving() {
  let nowMs = 0;
  let sweep = (): void => {};
  const answer = (exchange: Exchange): ExchangeHandler => {
    exchange.respond({ ':status': 200 });
    exchange.write(Buffer.from('answer'));
    exchange.end({ 'grpc-status': 0 });
    return { data() {}, requestEnded() {}, drained() {}, closed() {} };
  };
  const clock = {
    monotonicMs: () => nowMs,
    every(_: number, action: () => void) {
      sweep = action;
      return () => {};
    },
  };
  const engine = new H2Engine({ exchange: answer, closed() {} }, defaultLimits, clock);
  const socket = new SlowSocket();
  engine.accept(socket as unknown as Socket);
  const pass = async (ms: number): Promise<void> => {
    nowMs += ms;
    sweep();
    await turn();
  };
  await turn();
  socket.push(framesOf([...begin, 'HEADERS 1 end :method=POST :scheme=http :path=/a']));
  await turn();
  for (const connection of engine.connections()) connection.goaway();
  await pass(defaultLimits.goawayMsMax);
  expect(socket.writableEnded).toBe(true);
  return { socket, pass };
}

describe('a connection that was ended in peace', () => {
  it('is not cut while its client still has to read the last word', async () => {
    const { socket, pass } = await leaving();
    for (let waits = 0; waits < 3; waits += 1) await pass(defaultLimits.lingerMsMax);
    expect(socket.destroyed).toBe(false);
    await socket.takeAll();
    expect(socket.writableFinished).toBe(true);
    await pass(defaultLimits.lingerMsMax);
    expect(socket.destroyed).toBe(true);
  });

  it('is cut when its client takes longer than to answer a PING', async () => {
    const { socket, pass } = await leaving();
    await pass(defaultLimits.pingIntervalMs - 1);
    expect(socket.destroyed).toBe(false);
    await pass(defaultLimits.lingerMsMax);
    expect(socket.destroyed).toBe(true);
  });
});
