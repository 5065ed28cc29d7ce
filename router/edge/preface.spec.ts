import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { spokenBy } from './preface.ts';

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

describe('the first bytes of a connection', () => {
  it.each(['GET / HTTP/1.1\r\n', 'POST /x', 'PUT /x', 'PATCH ', 'OPTIONS * HTTP/1.1', 'HEAD /'])(
    'are HTTP/1 when they are %j',
    (text) => expect(spokenBy(Buffer.from(text))).toBe('http1'),
  );

  it('are HTTP/2 when they are the preface, whatever follows', () => {
    expect(spokenBy(preface)).toBe('http2');
    expect(spokenBy(Buffer.concat([preface, Buffer.from('more')]))).toBe('http2');
  });

  it('are undecided while they are a part of the preface', () => {
    for (let length = 0; length < preface.length; length += 1) {
      expect(spokenBy(preface.subarray(0, length))).toBe('undecided');
    }
  });

  it('are TLS when they begin a handshake', () => {
    expect(spokenBy(Buffer.of(0x16))).toBe('undecided');
    expect(spokenBy(Buffer.of(0x16, 0x03, 0x01))).toBe('tls');
    expect(spokenBy(Buffer.of(0x16, 0x02))).toBe('unknown');
  });

  it('are unknown when they are anything else', () => {
    expect(spokenBy(Buffer.from(' GET'))).toBe('unknown');
    expect(spokenBy(Buffer.from('get /'))).toBe('unknown');
    expect(spokenBy(Buffer.from('INVALID CONNECTION PREFACE\r\n\r\n'))).toBe('unknown');
    expect(spokenBy(Buffer.from('PRI * HTTP/2.1\r\n'))).toBe('unknown');
  });

  it('are decided after 24 bytes, and a decision never changes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 24, maxLength: 40 }), fc.nat(24), (tail, keep) => {
        const bytes = Buffer.concat([preface.subarray(0, keep), tail]);
        let decided: string | undefined;
        for (let length = 0; length <= bytes.length; length += 1) {
          const spoken = spokenBy(bytes.subarray(0, length));
          if (decided !== undefined) expect(spoken).toBe(decided);
          if (spoken !== 'undecided') decided = spoken;
        }
        expect(spokenBy(bytes.subarray(0, 24))).not.toBe('undecided');
      }),
    );
  });
});
