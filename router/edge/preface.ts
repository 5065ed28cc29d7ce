/** What a client says first on an HTTP/2 connection (RFC 9113 section 3.4). */
const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

export type Spoken =
  /** The whole preface is there. */
  | 'http2'
  /** A request line of HTTP/1. */
  | 'http1'
  | 'unknown'
  /** It can still become one of the others. */
  | 'undecided';

/** `OPTIONS `, and with it every other method an HTTP/1 client would use here. */
const methodBytesMax = 8;

/** Says which protocol a connection's first bytes belong to; decided after 24 bytes at the latest. */
export function spokenBy(first: Uint8Array): Spoken {
  if (startsLike(preface, first)) return first.length >= preface.length ? 'http2' : 'undecided';
  for (let at = 0; at < methodBytesMax; at += 1) {
    const byte = first[at];
    if (byte === undefined) return 'undecided';
    if (byte === 0x20) return at === 0 ? 'unknown' : 'http1';
    if (byte < 0x41 || byte > 0x5a) return 'unknown';
  }
  return 'unknown';
}

function startsLike(wanted: Uint8Array, first: Uint8Array): boolean {
  const length = Math.min(wanted.length, first.length);
  for (let at = 0; at < length; at += 1) if (wanted[at] !== first[at]) return false;
  return true;
}
