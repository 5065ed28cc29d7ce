import { describe, expect, it } from 'vitest';
import { type Payload, payloadOf, readPayload } from './payload.ts';

const sizeOf = (payload: Payload) =>
  payload.kind === 'text' ? payload.text.length : payload.bytes.length;

describe('the payload of a canary', () => {
  it('tells its number to the process that sent it, and to no other', () => {
    for (let n = 0; n < 300; n += 1) {
      const payload = payloadOf('aaaa', n, 1 << 20);
      expect(readPayload('aaaa', payload)).toEqual({ n, intact: true });
      expect(readPayload('bbbb', payload)).toBeUndefined();
    }
  });

  it('comes in several sizes and both kinds, within what the cluster takes', () => {
    const payloads = Array.from({ length: 64 }, (_, n) => payloadOf('aaaa', n, 1 << 20));
    expect(new Set(payloads.map(sizeOf)).size).toBeGreaterThan(3);
    expect(new Set(payloads.map(({ kind }) => kind)).size).toBe(2);
    for (let n = 0; n < 64; n += 1)
      expect(sizeOf(payloadOf('aaaa', n, 100))).toBeLessThanOrEqual(100);
  });

  it('shows when it was cut, changed, or turned into the other kind', () => {
    const intact = (payload: Payload) => readPayload('aaaa', payload)?.intact;
    const text = payloadOf('aaaa', 2, 1 << 20) as Extract<Payload, { kind: 'text' }>;
    const binary = payloadOf('aaaa', 3, 1 << 20) as Extract<Payload, { kind: 'binary' }>;
    expect([intact(text), intact(binary)]).toEqual([true, true]);
    expect(intact({ ...text, text: text.text.slice(0, -1) })).toBe(false);
    expect(intact({ kind: 'binary', bytes: Buffer.from(text.text) })).toBe(false);
    const bytes = Buffer.from(binary.bytes);
    bytes[bytes.length - 1] = 0;
    expect(intact({ ...binary, bytes })).toBe(false);
  });

  it('of somebody else may be anything', () => {
    for (const text of ['', 'aaaa', 'aaaa x 1 ', 'aaaa 1', `aaaa ${'9'.repeat(50)} 1 `]) {
      expect(readPayload('aaaa', { kind: 'text', text })).toBeUndefined();
    }
  });
});
