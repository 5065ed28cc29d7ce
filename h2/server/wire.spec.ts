import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { Exchange, ExchangeHandler } from '../engine.ts';
import { defaultLimits, type Limits } from '../limits.ts';
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

const request = 'HEADERS 1 end :method=POST :scheme=http :path=/a';

/** An engine whose time passes when it is told so. */
function started(answer: (exchange: Exchange) => void, limits: Partial<Limits> = {}) {
  let nowMs = 0;
  let sweep = (): void => {};
  const exchange = (one: Exchange): ExchangeHandler => {
    answer(one);
    return { data() {}, requestEnded() {}, drained() {}, closed() {} };
  };
  const clock = {
    monotonicMs: () => nowMs,
    every(_: number, action: () => void) {
      sweep = action;
      return () => {};
    },
  };
  const engine = new H2Engine({ exchange, closed() {} }, { ...defaultLimits, ...limits }, clock);
  const pass = async (ms: number): Promise<void> => {
    nowMs += ms;
    sweep();
    await turn();
  };
  const connect = async (...lines: string[]): Promise<SlowSocket> => {
    const socket = new SlowSocket();
    engine.accept(socket as unknown as Socket);
    await turn();
    socket.push(framesOf([...begin, ...lines]));
    await turn();
    return socket;
  };
  return { engine, pass, connect };
}

/** A connection on which a call was answered, and which was asked to go. */
async function leaving() {
  const { engine, pass, connect } = started((exchange) => {
    exchange.respond({ ':status': 200 });
    exchange.write(Buffer.from('answer'));
    exchange.end({ 'grpc-status': 0 });
  });
  const socket = await connect(request);
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

describe('a connection with more bytes than all may have', () => {
  it('is ended, and no other for what it leaves behind', async () => {
    const exchanges: Exchange[] = [];
    const { pass, connect } = started((exchange) => exchanges.push(exchange), {
      unreadBytesMax: 130_000,
    });
    const lines = ['SETTINGS 4=1000000', 'WINDOW_UPDATE 0 1000000', request];
    const [greedy, other] = [await connect(...lines), await connect(...lines)];
    for (const [at, bytes] of [200_000, 80_000].entries()) {
      exchanges[at]?.respond({ ':status': 200 });
      exchanges[at]?.write(Buffer.alloc(bytes));
    }
    await turn();
    for (let sweeps = 0; sweeps < 4; sweeps += 1) await pass(defaultLimits.sweepMs);
    await pass(defaultLimits.lingerMsMax);
    expect(greedy.destroyed).toBe(true);
    expect([other.destroyed, other.writableEnded]).toEqual([false, false]);
    expect(other.writableLength).toBeGreaterThan(60_000);
  });
});
