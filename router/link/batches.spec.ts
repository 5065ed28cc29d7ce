import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { link, topo } from '../../proto/index.ts';
import { decodeBatch } from './decode-batch.ts';
import { encodeBatch } from './encode-batch.ts';

const uint32 = fc.oneof(fc.nat(200), fc.integer({ min: 0, max: 2 ** 32 - 1 }));
const uint64 = fc.oneof(fc.nat(200), fc.maxSafeNat());
const name = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.string({ minLength: 40, maxLength: 60 }),
);
const payload = fc.uint8Array({ maxLength: 300 });
const version = fc.option(fc.record({ term: uint64, epoch: uint64 }), { nil: undefined });
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const few = { maxLength: 3 };

const handoffs = fc.array(
  fc.record({
    from: name,
    to: name,
    number: uint32,
    last: fc.boolean(),
    version,
    topics: fc.constant<link.TopicState[]>([]),
  }),
  few,
);
const handoffResults = fc.array(
  fc.record({
    from: name,
    to: name,
    number: uint32,
    version,
    outcome: fc.constantFrom(link.HandoffOutcome.TAKEN, link.HandoffOutcome.NOT_YET),
  }),
  few,
);

const topology = fc.record({
  cluster: name,
  version,
  pageOrigin: uint64,
  caches: fc.array(
    fc.record({ name, publishesPerSecondMax: uint32, subscriptionsMax: uint32 }),
    few,
  ),
  storage: fc.array(fc.record({ name, address: name, incarnation: name }), few),
  ring: fc.array(name, few),
  settings: fc.constant(undefined),
  ringEpoch: uint64,
  previousRingEpoch: uint64,
  move: fc.option(
    fc.record({
      ring: fc.array(name, few),
      phase: fc.constantFrom(topo.MovePhase.PREPARE, topo.MovePhase.COMMIT),
      sources: fc.array(name, few),
    }),
    { nil: undefined },
  ),
});

const routerBatches: fc.Arbitrary<link.RouterBatch> = fc.record({
  hello: optional(fc.record({ cluster: name, router: name, incarnation: name })),
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
  handoffs,
  handoffResults,
  topology: optional(topology),
  asksTopology: fc.boolean(),
});

const outcome = fc.constantFrom(
  link.Outcome.UNSPECIFIED,
  link.Outcome.ACCEPTED,
  link.Outcome.MOVED,
);
const position = fc.record({ page: uint64, sequence: uint64 });
const items = fc.array(payload, few);

const storageBatches: fc.Arbitrary<link.StorageBatch> = fc.record({
  welcome: optional(fc.record({ storage: name, incarnation: name })),
  version,
  results: fc.array(fc.record({ request: uint32, outcome, page: uint64, sequence: uint64 })),
  feeds: fc.array(
    fc.record({
      feed: uint32,
      start: optional(position),
      firstSequence: uint64,
      items,
      moved: fc.boolean(),
      orphanedAfter: optional(position),
    }),
  ),
  replays: fc.array(
    fc.record({ request: uint32, outcome, page: uint64, firstSequence: uint64, items }),
    few,
  ),
  handoffs,
  handoffResults,
  topology: optional(topology),
});

describe('what a router says', () => {
  it('is byte for byte what the generated code says', () => {
    fc.assert(
      fc.property(routerBatches, (batch) => {
        const generated = link.RouterBatch.encode(batch).finish();
        expect(Buffer.compare(encodeBatch(batch), generated)).toBe(0);
      }),
      { numRuns: 500 },
    );
  });

  it('is nothing for a heartbeat', () => {
    expect(encodeBatch(link.RouterBatch.decode(new Uint8Array()))).toHaveLength(0);
  });
});

describe('what a storage node says', () => {
  it('is read as the generated code reads it', () => {
    fc.assert(
      fc.property(storageBatches, (batch) => {
        const bytes = link.StorageBatch.encode(batch).finish();
        const again = link.StorageBatch.encode(decodeBatch(bytes)).finish();
        expect(Buffer.compare(again, bytes)).toBe(0);
      }),
      { numRuns: 500 },
    );
  });

  it('is refused when it is cut off', () => {
    expect(() => decodeBatch(Uint8Array.of(0x1a, 4, 0x08))).toThrow('longer than the message');
    expect(() => decodeBatch(Uint8Array.of(0x22, 1, 0x08))).toThrow('cut off');
  });
});
