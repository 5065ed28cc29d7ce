import { BinaryWriter } from '@bufbuild/protobuf/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pubsub } from '../../../proto/index.ts';
import { decodePublish, decodeSubscription, isStatus } from './requests.ts';

const text = fc
  .string({ unit: 'grapheme', maxLength: 30 })
  .filter((name) => !name.startsWith('\ufeff'));

const value = fc.oneof(
  text.map((content): pubsub.TopicValue => ({ kind: { $case: 'text', value: content } })),
  fc
    .uint8Array({ maxLength: 300 })
    .map((content): pubsub.TopicValue => ({ kind: { $case: 'binary', value: content } })),
);

/** Fields that no request has; decoders pass over them. */
const unknownField = fc
  .tuple(fc.integer({ min: 5, max: 100_000 }), fc.constantFrom(0, 1, 2, 5))
  .map(([field, type]) => {
    const writer = new BinaryWriter().tag(field, type);
    if (type === 0) return writer.uint64('18446744073709551615').finish();
    if (type === 1) return writer.fixed64(1).finish();
    if (type === 5) return writer.fixed32(1).finish();
    return writer.bytes(Buffer.from('unknown')).finish();
  });

/** Parts of a message in any order, each encoded by itself: what a message looks like that was put together. */
function shuffled(...parts: fc.Arbitrary<Uint8Array>[]): fc.Arbitrary<Buffer> {
  return fc
    .tuple(fc.tuple(...parts), fc.array(unknownField, { maxLength: 3 }))
    .chain(([known, unknown]) =>
      fc.shuffledSubarray([...known, ...unknown], { minLength: known.length + unknown.length }),
    )
    .map((all) => Buffer.concat(all));
}

const noPublish: pubsub.PublishRequest = { cacheName: '', topic: '', value: undefined };
const noSubscription: pubsub.SubscriptionRequest = {
  cacheName: '',
  topic: '',
  resumeAtTopicSequenceNumber: 0,
  sequencePage: 0,
};

const publishPart = (part: Partial<pubsub.PublishRequest>): Uint8Array =>
  pubsub.PublishRequest.encode({ ...noPublish, ...part }).finish();
const subscriptionPart = (part: Partial<pubsub.SubscriptionRequest>): Uint8Array =>
  pubsub.SubscriptionRequest.encode({ ...noSubscription, ...part }).finish();

describe('a publish request', () => {
  it('is read as the generated decoder reads it', () => {
    const parts = shuffled(
      text.map((cacheName) => publishPart({ cacheName })),
      text.map((topic) => publishPart({ topic })),
      value.map((one) => publishPart({ value: one })),
      value.map((one) => publishPart({ value: one })),
      text.map((topic) => publishPart({ topic })),
    );
    fc.assert(
      fc.property(parts, (bytes) => {
        const generated = pubsub.PublishRequest.decode(bytes);
        const kind = generated.value?.kind;
        expect(decodePublish(bytes)).toEqual({
          cache: generated.cacheName,
          topic: generated.topic,
          text: kind?.$case === 'text',
          payload: Buffer.from(kind?.value ?? ''),
          publisherId: '',
        });
      }),
    );
  });

  it('gives its payload as a view, not a copy', () => {
    const bytes = publishPart({ value: { kind: { $case: 'binary', value: Buffer.from('abc') } } });
    const request = decodePublish(bytes);
    expect(isStatus(request) ? undefined : request.payload.buffer).toBe(bytes.buffer);
  });

  it('may have an empty text or binary, but not none', () => {
    for (const $case of ['text', 'binary'] as const) {
      const kind = $case === 'text' ? { $case, value: '' } : { $case, value: Buffer.alloc(0) };
      expect(decodePublish(publishPart({ value: { kind } }))).toMatchObject({
        payload: new Uint8Array(0),
        text: $case === 'text',
      });
    }
    const none = { code: 'invalid-argument', message: expect.stringContaining('no value') };
    expect(decodePublish(publishPart({ topic: 'a' }))).toMatchObject(none);
    expect(decodePublish(publishPart({ value: { kind: undefined } }))).toMatchObject(none);
  });

  it('with text that is not UTF-8 is refused, as binary it is taken', () => {
    const as = (tag: number): Uint8Array => Buffer.of(26, 4, tag, 2, 0xff, 0xfe);
    expect(decodePublish(as(10))).toMatchObject({
      code: 'invalid-argument',
      message: expect.stringContaining('not UTF-8'),
    });
    expect(decodePublish(as(18))).toMatchObject({ payload: Buffer.of(0xff, 0xfe) });
  });

  it('with a name that is not UTF-8 is refused', () => {
    expect(decodePublish(Buffer.of(10, 1, 0xff, 26, 2, 18, 0))).toMatchObject({
      message: 'the request is not a valid _PublishRequest: its cache_name is not UTF-8',
    });
  });

  it('merges a value that comes in parts, as protobuf wants', () => {
    const full = publishPart({ value: { kind: { $case: 'text', value: 'kept' } } });
    const empty = publishPart({ value: { kind: undefined } });
    expect(decodePublish(Buffer.concat([full, empty]))).toMatchObject({
      payload: Buffer.from('kept'),
    });
  });
});

describe('a subscription request', () => {
  const number = fc.maxSafeNat();

  it('is read as the generated decoder reads it', () => {
    const parts = shuffled(
      text.map((cacheName) => subscriptionPart({ cacheName })),
      text.map((topic) => subscriptionPart({ topic })),
      number.map((sequence) => subscriptionPart({ resumeAtTopicSequenceNumber: sequence })),
      number.map((page) => subscriptionPart({ sequencePage: page })),
    );
    fc.assert(
      fc.property(parts, (bytes) => {
        const generated = pubsub.SubscriptionRequest.decode(bytes);
        expect(decodeSubscription(bytes)).toEqual({
          cache: generated.cacheName,
          topic: generated.topic,
          sequence: generated.resumeAtTopicSequenceNumber,
          page: generated.sequencePage,
        });
      }),
    );
  });

  it.each(['9007199254740992', '18446744073709551615'])('with the number %s is refused', (big) => {
    const bytes = new BinaryWriter().uint32(24).uint64(big).finish();
    expect(decodeSubscription(bytes)).toMatchObject({
      code: 'invalid-argument',
      message: expect.stringContaining('resume_at_topic_sequence_number is above'),
    });
  });

  it('with the largest number is taken', () => {
    const bytes = new BinaryWriter().uint32(32).uint64(`${Number.MAX_SAFE_INTEGER}`).finish();
    expect(decodeSubscription(bytes)).toMatchObject({ page: Number.MAX_SAFE_INTEGER });
  });
});

describe('garbage', () => {
  it('is refused or read, never thrown at the caller', () => {
    const valid = publishPart({
      cacheName: 'a',
      topic: 'b',
      value: { kind: { $case: 'text', value: 'c' } },
    });
    const damaged = fc
      .tuple(fc.nat(valid.length - 1), fc.nat(255))
      .map(([at, byte]) => Buffer.from(valid).fill(byte, at, at + 1));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 60 }), damaged), (bytes) => {
        for (const outcome of [decodePublish(bytes), decodeSubscription(bytes)]) {
          if (isStatus(outcome)) expect(outcome.code).toBe('invalid-argument');
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['a field of the number 0', Buffer.of(0)],
    ['an unknown wire type', Buffer.of(15)],
    ['an end of a group without a start', Buffer.of(12)],
    ['a number that never ends', Buffer.alloc(20, 0xff)],
    ['a group that never ends', Buffer.alloc(200, 43)],
    ['a field longer than the message', Buffer.of(10, 100, 1)],
  ])('such as %s is refused', (_what, bytes) => {
    expect(decodeSubscription(bytes)).toMatchObject({ code: 'invalid-argument' });
  });

  it('in a group is passed over when the group is whole', () => {
    expect(decodeSubscription(Buffer.of(43, 8, 1, 44, 18, 1, 0x61))).toMatchObject({ topic: 'a' });
  });
});
