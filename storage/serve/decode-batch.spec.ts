import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { link } from '../../proto/index.ts';
import { topology } from '../testing/topology.ts';
import { decodeBatch } from './decode-batch.ts';

const uint32 = fc.oneof(fc.nat(200), fc.integer({ min: 0, max: 2 ** 32 - 1 }));
const uint64 = fc.oneof(fc.nat(200), fc.maxSafeNat());
const name = fc.string({ unit: 'grapheme', maxLength: 20 });
const payload = fc.uint8Array({ maxLength: 300 });
const few = { maxLength: 3 };

const version = fc.record({ term: uint64, epoch: uint64 });
const handoff = { from: name, to: name, number: uint32, version };

const batches: fc.Arbitrary<link.RouterBatch> = fc.record({
  hello: fc.option(fc.record({ cluster: name, router: name, incarnation: name }), {
    nil: undefined,
  }),
  withdrawals: fc.array(uint32, few),
  interests: fc.array(
    fc.record({ feed: uint32, cache: name, topic: name, page: uint64, nextSequence: uint64 }),
    few,
  ),
  publishes: fc.array(
    fc.record({
      request: uint32,
      cache: name,
      topic: name,
      payload,
      text: fc.boolean(),
      publisherId: name,
    }),
  ),
  replays: fc.array(
    fc.record({ request: uint32, cache: name, topic: name, fromSequence: uint64, page: uint64 }),
    few,
  ),
  leaving: fc.boolean(),
  handoffs: fc.array(
    fc.record({ ...handoff, topics: fc.constant<link.TopicState[]>([]), last: fc.boolean() }),
    few,
  ),
  handoffResults: fc.array(
    fc.record({ ...handoff, outcome: fc.constantFrom(link.HandoffOutcome.TAKEN) }),
    few,
  ),
  topology: fc.option(
    fc.nat(3).map((epoch) => topology({ epoch })),
    { nil: undefined },
  ),
  asksTopology: fc.boolean(),
});

describe('a batch of a router', () => {
  it('is read as the generated code reads it', () => {
    fc.assert(
      fc.property(batches, (batch) => {
        const bytes = link.RouterBatch.encode(batch).finish();
        const again = link.RouterBatch.encode(decodeBatch(bytes)).finish();
        expect(Buffer.compare(again, bytes)).toBe(0);
      }),
      { numRuns: 500 },
    );
  });

  it('may hold fields of later versions, and withdrawals one by one', () => {
    const later = Buffer.from([0xfa, 0x01, 2, 1, 2]);
    const publish = Buffer.from([0x22, 7, 0x08, 5, 0xf8, 0x01, 9, 0x28, 1]);
    const batch = decodeBatch(Buffer.concat([later, publish, Buffer.from([0x10, 7, 0x10, 8])]));
    expect(batch.publishes).toMatchObject([{ request: 5, text: true }]);
    expect(batch.withdrawals).toEqual([7, 8]);
  });

  it.each([
    ['that is cut off', [0x22, 5, 0x08]],
    ['with a publish whose field is longer than it', [0x22, 3, 0x12, 9, 1, 1, 1, 1, 1, 1, 1, 1, 1]],
    ['with a topic that is not UTF-8', [0x22, 4, 0x1a, 2, 0xff, 0xfe]],
  ])('%s is refused', (_what, bytes) => {
    expect(() => decodeBatch(Uint8Array.from(bytes))).toThrow(/it is cut off|longer|not UTF-8/);
  });
});
