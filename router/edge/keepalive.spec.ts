import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../runtime/index.ts';
import { defaultEdgeConfig } from './config.ts';
import { collect, PubsubClient, subscription, type TestEdge, testEdge } from './testing/index.ts';

const { pingIntervalMs } = defaultEdgeConfig;
const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const emptySettings = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);
const settings = 4;
const ping = 6;
const goaway = 7;

/** Its process can stand still: time goes on, and what came due runs late. */
class StallingClock extends ManualClock {
  stalledMs = 0;

  override monotonicMs(): number {
    return super.monotonicMs() + this.stalledMs;
  }
}

let test: TestEdge;
let clock: StallingClock;

beforeEach(async () => {
  clock = new StallingClock();
  test = await testEdge({}, clock);
});

afterEach(() => test.edge.close());

/** A client that says `bytes`, and then nothing whatever it is told. */
function mute(bytes: Uint8Array) {
  const socket = connect(test.port, '127.0.0.1');
  let said = Buffer.alloc(0);
  const state = {
    socket,
    isClosed: false,
    heard: (type: number) => frameTypes(said).filter((each) => each === type).length,
  };
  socket.on('data', (chunk) => (said = Buffer.concat([said, chunk])));
  socket.on('error', () => {});
  socket.on('close', () => (state.isClosed = true));
  socket.write(bytes);
  return state;
}

function frameTypes(bytes: Buffer): number[] {
  const types: number[] = [];
  for (let at = 0; at + 9 <= bytes.length; at += 9 + bytes.readUIntBE(at, 3)) {
    types.push(bytes.readUInt8(at + 3));
  }
  return types;
}

describe('a connection', () => {
  it('whose client says nothing from one ping to the next is closed', async () => {
    const client = mute(Buffer.concat([preface, emptySettings]));
    await expect.poll(() => client.heard(settings)).toBe(2);
    expect(client.heard(ping)).toBe(0);
    clock.advance(pingIntervalMs);
    await expect.poll(() => client.heard(ping)).toBe(1);
    expect(client.isClosed).toBe(false);
    clock.advance(pingIntervalMs);
    await expect.poll(() => client.isClosed).toBe(true);
    await expect.poll(() => test.edge.connections()).toBe(0);
  });

  it('whose client broke the protocol is closed, though the HTTP/2 library reads no further', async () => {
    // A SETTINGS frame of 6,862,751 bytes.
    const oversized = Buffer.from([0x68, 0xb7, 0x9f, 4, 0, 0, 0, 0, 0]);
    const client = mute(Buffer.concat([preface, emptySettings, oversized]));
    await expect.poll(() => client.heard(goaway)).toBe(1);
    client.socket.end();
    clock.advance(pingIntervalMs);
    clock.advance(pingIntervalMs);
    await expect.poll(() => test.edge.connections()).toBe(0);
  });

  it('whose client answers pings stays', async () => {
    const client = new PubsubClient(test.address);
    const subscriptions = [collect(client.subscribe(subscription('topic 0')))];
    await subscriptions[0]?.atLeast(1);
    for (let round = 1; round <= 4; round += 1) {
      clock.advance(pingIntervalMs);
      // The ping is ahead of this subscription's first answer, and the client's answer to it ahead of the next request.
      const next = collect(client.subscribe(subscription(`topic ${round}`)));
      await next.atLeast(1);
      subscriptions.push(next);
    }
    expect(test.edge.connections()).toBe(1);
    expect(test.edge.subscriptions()).toBe(5);
    client.close();
  });

  it('isn’t judged by a router that stood still itself', async () => {
    const client = mute(Buffer.concat([preface, emptySettings]));
    await expect.poll(() => client.heard(settings)).toBe(2);
    clock.advance(pingIntervalMs);
    await expect.poll(() => client.heard(ping)).toBe(1);
    clock.stalledMs = 10 * pingIntervalMs;
    clock.advance(defaultEdgeConfig.sweepMs);
    // Asked again instead of closed.
    await expect.poll(() => client.heard(ping)).toBe(2);
    expect(client.isClosed).toBe(false);
    clock.advance(pingIntervalMs);
    await expect.poll(() => client.isClosed).toBe(true);
  });
});
