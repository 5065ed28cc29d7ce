import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pubsub } from '../../proto/index.ts';
import { chunkBytesMax, encodeItem as encodeInto, Sequencer, Slab } from './index.ts';

const utf8 = new TextDecoder();

function encodeItem(
  sequence: number,
  page: number,
  payload: Uint8Array,
  text: boolean,
  publisherId: string,
): Uint8Array {
  return encodeInto(sequence, page, { payload, text, publisherId }, new Slab(), 0);
}

function generated(
  sequence: number,
  page: number,
  payload: Uint8Array,
  text: boolean,
  publisherId: string,
): Uint8Array {
  const kind = text
    ? { $case: 'text' as const, value: utf8.decode(payload) }
    : { $case: 'binary' as const, value: payload };
  const value = { topicSequenceNumber: sequence, value: { kind }, publisherId, sequencePage: page };
  return pubsub.SubscriptionItem.encode({ kind: { $case: 'item', value } }).finish();
}

const positive = fc.oneof(
  fc.integer({ min: 1, max: 300 }),
  fc.maxSafeNat().map((n) => n || 1),
);
const publisher = fc.oneof(fc.constant(''), fc.string({ unit: 'grapheme' }));

describe('the encoding of an item', () => {
  it('is byte for byte that of the generated code for bytes', () => {
    fc.assert(
      fc.property(
        positive,
        positive,
        fc.uint8Array({ maxLength: 300 }),
        publisher,
        (s, p, b, id) => {
          expect(new Uint8Array(encodeItem(s, p, b, false, id))).toEqual(
            generated(s, p, b, false, id),
          );
        },
      ),
    );
  });

  it('is byte for byte that of the generated code for text', () => {
    fc.assert(
      fc.property(positive, positive, fc.string({ unit: 'grapheme' }), publisher, (s, p, t, id) => {
        const payload = new TextEncoder().encode(t);
        const encoded = new Uint8Array(encodeItem(s, p, payload, true, id));
        expect(encoded).toEqual(generated(s, p, payload, true, id));
      }),
    );
  });

  it('holds for payloads whose lengths need one more byte to write', () => {
    for (const length of [0, 100, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152]) {
      const payload = new Uint8Array(length).fill(7);
      const encoded = encodeItem(2 ** 53 - 1, 2 ** 53 - 1, payload, false, 'p');
      const expected = generated(2 ** 53 - 1, 2 ** 53 - 1, payload, false, 'p');
      expect(Buffer.compare(encoded, expected)).toBe(0);
    }
  });

  it.each([true, false])('says whether an empty payload is text (%s)', (text) => {
    const decoded = pubsub.SubscriptionItem.decode(encodeItem(1, 1, new Uint8Array(), text, ''));
    if (decoded.kind?.$case !== 'item') throw new Error('not an item');
    expect(decoded.kind.value.value?.kind?.$case).toBe(text ? 'text' : 'binary');
  });
});

describe('a sequencer', () => {
  it('numbers from 1 without a gap on its page', () => {
    const sequencer = new Sequencer(77);
    const content = { payload: new Uint8Array(1), text: false, publisherId: '' };
    expect(sequencer.head).toBe(0);
    for (let expected = 1; expected <= 300; expected++) {
      const { kind } = pubsub.SubscriptionItem.decode(sequencer.next(content, expected));
      if (kind?.$case !== 'item') throw new Error('not an item');
      expect(kind.value.topicSequenceNumber).toBe(expected);
      expect(kind.value.sequencePage).toBe(77);
      expect(sequencer.head).toBe(expected);
    }
  });
});

describe('a sequencer that goes on where another left off', () => {
  it('numbers on in that page', () => {
    const sequencer = new Sequencer(7, 41);
    sequencer.next({ payload: new Uint8Array(3), text: false, publisherId: '' }, 0);
    expect(sequencer).toMatchObject({ page: 7, head: 42 });
  });

  it('keeps copies of the items that came, few chunks for many', () => {
    const items = fc.array(fc.uint8Array({ maxLength: 1500 }), { maxLength: 40 });
    fc.assert(
      fc.property(items, (came) => {
        const kept = new Sequencer(7, came.length).keep(came, 0);
        expect(kept.map((item) => Buffer.from(item))).toEqual(
          came.map((item) => Buffer.from(item)),
        );
        const small = kept.filter(({ length }) => length > 0 && length <= chunkBytesMax / 4);
        const bytes = small.reduce((sum, { length }) => sum + length, 0);
        const chunks = new Set(small.map(({ buffer }) => buffer)).size;
        // At worst, a quarter of each chunk is left for an item that didn't fit.
        expect(chunks).toBeLessThanOrEqual(1 + Math.ceil(bytes / (chunkBytesMax * 0.75)));
      }),
    );
  });
});

describe('the memory of a topic', () => {
  it('gives every item bytes that no other item has', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ bytes: fc.integer({ min: 1, max: 1500 }), waitMs: fc.nat(600) })),
        (takes) => {
          const slab = new Slab();
          let nowMs = 0;
          const taken = takes.map(({ bytes, waitMs }, index) => {
            nowMs += waitMs;
            return slab.take(bytes, nowMs).fill(index & 0xff);
          });
          for (const [index, memory] of taken.entries()) {
            expect(memory.length).toBe(takes[index]?.bytes);
            expect(memory.every((byte) => byte === (index & 0xff))).toBe(true);
          }
        },
      ),
    );
  });

  it('is of the exact size for an item that comes alone', () => {
    const slab = new Slab();
    for (let nowMs = 0; nowMs < 10_000; nowMs += 2000) {
      expect(slab.take(100, nowMs).buffer.byteLength).toBe(100);
      expect(slab.slackBytes).toBe(0);
    }
  });

  it('is of the exact size for a large item, and the chunk of the small ones goes on', () => {
    const slab = new Slab();
    for (let turn = 0; turn < 100; turn++) slab.take(100, 0);
    const before = slab.take(100, 0).buffer;
    expect(slab.take(2000, 0).buffer.byteLength).toBe(2000);
    expect(slab.take(100, 0).buffer).toBe(before);
  });

  it('is shared by the items of a busy topic, in chunks that grow to their bound', () => {
    const slab = new Slab();
    const chunks = new Set(Array.from({ length: 500 }, () => slab.take(100, 0).buffer));
    const sizes = [...chunks].map((chunk) => chunk.byteLength);
    expect(sizes.slice(0, 7)).toEqual([100, 200, 400, 800, 1600, 3200, chunkBytesMax]);
    expect(Math.max(...sizes)).toBe(chunkBytesMax);
    expect(slab.slackBytes).toBe(2 * chunkBytesMax);
  });

  it('keeps nothing alive once it is released', () => {
    const slab = new Slab();
    for (let turn = 0; turn < 50; turn++) slab.take(100, 0);
    slab.release();
    expect(slab.slackBytes).toBe(0);
    expect(slab.take(100, 1).buffer.byteLength).toBe(100);
  });
});
