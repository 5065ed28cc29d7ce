import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { link } from '../../proto/index.ts';
import { topology } from '../testing/topology.ts';
import { encodeBatch } from './encode-batch.ts';

const uint32 = fc.oneof(fc.nat(200), fc.integer({ min: 0, max: 2 ** 32 - 1 }));
const uint64 = fc.oneof(fc.nat(200), fc.maxSafeNat());
const items = fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 });
const outcome = fc.constantFrom(...Object.values(link.Outcome));
const position = fc.record({ page: uint64, sequence: uint64 });
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

const version = optional(fc.record({ term: uint64, epoch: uint64 }));
const names = { from: fc.string(), to: fc.string({ unit: 'grapheme' }), version, number: uint32 };
const states = fc.record({
  cache: fc.string(),
  topic: fc.string({ unit: 'grapheme' }),
  page: uint64,
  head: uint64,
  items,
  agesMs: fc.array(uint32, { maxLength: 5 }),
  orphans: fc.array(fc.record({ after: uint64, leftMs: uint32, router: fc.string() }), {
    maxLength: 2,
  }),
});

const batches: fc.Arbitrary<link.StorageBatch> = fc.record({
  welcome: optional(fc.record({ storage: fc.string(), incarnation: fc.string() })),
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
  ),
  handoffs: fc.array(
    fc.record({ ...names, topics: fc.array(states, { maxLength: 4 }), last: fc.boolean() }),
    { maxLength: 3 },
  ),
  handoffResults: fc.array(
    fc.record({ ...names, outcome: fc.constantFrom(...Object.values(link.HandoffOutcome)) }),
    { maxLength: 3 },
  ),
  topology: optional(fc.nat(3).map((epoch) => topology({ epoch }))),
});

describe('the encoding of a batch', () => {
  it('is byte for byte that of the generated code', () => {
    fc.assert(
      fc.property(batches, (batch) => {
        const encoded = encodeBatch(batch);
        expect(Buffer.compare(encoded, link.StorageBatch.encode(batch).finish())).toBe(0);
      }),
      { numRuns: 500 },
    );
  });

  it('is empty for a heartbeat', () => {
    expect(encodeBatch(link.StorageBatch.decode(new Uint8Array()))).toHaveLength(0);
  });
});
