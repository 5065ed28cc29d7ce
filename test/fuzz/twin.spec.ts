import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import {
  defaultLimits,
  type Engine,
  type EngineOwner,
  type Exchange,
  type ExchangeHandler,
  H2Engine,
} from '../../h2/index.ts';
import { TwinEngine } from '../../h2/testing/index.ts';
import { systemClock } from '../../runtime/index.ts';
import { MemorySocket } from './memory-socket.ts';
import { makeSession } from './session.ts';

/** FUZZ_SEED: only this one. */
const { FUZZ_SEED } = process.env;
const sessions = 1_000;

/** Requests in the order of their streams, as handlers saw them. */
class Seen implements EngineOwner {
  readonly requests: string[] = [];

  closed(): void {}

  exchange(exchange: Exchange): ExchangeHandler {
    const { method, path } = exchange;
    const at = this.requests.push(`${method} ${path} unfinished`) - 1;
    const body = createHash('sha1');
    const names = ['content-type', 'te', 'authorization', 'grpc-timeout', 'last-event-id'];
    const fields = names.map((name) => exchange.header(name) ?? '').join('|');
    return {
      data: (chunk) => void body.update(chunk),
      requestEnded: () => {
        this.requests[at] = `${method} ${path} ${fields} ${body.digest('hex')}`;
        exchange.end({ ':status': 204 });
      },
      drained() {},
      closed() {},
    };
  }
}

async function judged(seed: number, make: (owner: EngineOwner) => Engine): Promise<unknown> {
  const seen = new Seen();
  const socket = new MemorySocket();
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const engine = make(seen);
  engine.accept(socket.socket);
  for (const piece of makeSession(seed, true).pieces) {
    socket.say(piece);
    await new Promise((resolve) => setImmediate(resolve));
  }
  // node:http2 takes some turns for what ours does in one.
  for (let turns = 0; turns < 10; turns += 1) await new Promise((resolve) => setImmediate(resolve));
  socket.hangUp();
  await closed;
  return { requests: seen.requests, errors: errorsIn(Buffer.concat(socket.heard)) };
}

/** RST_STREAM and GOAWAY with a reason. */
function errorsIn(heard: Buffer): string[] {
  const errors: string[] = [];
  for (let at = 0; at + 9 <= heard.length; at += 9 + heard.readUIntBE(at, 3)) {
    const type = heard.readUInt8(at + 3);
    if (type === 3 && heard.readUInt32BE(at + 9) !== 0)
      errors.push(`reset ${heard.readUInt32BE(at + 5)}`);
    if (type === 7 && heard.readUInt32BE(at + 13) !== 0) errors.push('goaway');
  }
  return errors;
}

it('our HTTP/2 and node:http2 make the same of what is well-formed', async () => {
  const first = Number(FUZZ_SEED ?? 1);
  const last = FUZZ_SEED === undefined ? sessions : first;
  let requests = 0;
  for (let seed = first; seed <= last; seed += 1) {
    const again = `FUZZ_SEED=${seed} npx vitest run --project e2e test/fuzz/twin`;
    const ours = await judged(seed, (owner) => new H2Engine(owner, defaultLimits, systemClock));
    const theirs = await judged(seed, (owner) => new TwinEngine(owner, defaultLimits));
    expect(ours, again).toEqual(theirs);
    requests += (ours as { requests: string[] }).requests.length;
  }
  console.log(`${requests} requests of the sessions ${first} to ${last}`);
  expect(requests).toBeGreaterThan(0);
});
