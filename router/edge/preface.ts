/** What a client says first on an HTTP/2 connection (RFC 9113 section 3.4). */
const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

export type Spoken =
  /** The whole preface is there. */
  | 'http2'
  /** A request line of HTTP/1. */
  | 'http1'
  /** A handshake record (RFC 8446 section 5.1). */
  | 'tls'
  | 'unknown'
  /** It can still become one of the others. */
  | 'undecided';

const handshakeRecord = 0x16;
const majorVersion = 0x03;

/** What HTTP/1 clients begin a request line with. Whoever says anything else is not answered in HTTP. */
const requestLines = [
  'CONNECT ',
  'DELETE ',
  'GET ',
  'HEAD ',
  'OPTIONS ',
  'PATCH ',
  'POST ',
  'PUT ',
  'TRACE ',
].map((begin) => Buffer.from(begin, 'latin1'));

/** Says which protocol a connection's first bytes belong to; decided after 24 bytes at the latest. */
export function spokenBy(first: Uint8Array): Spoken {
  if (first[0] === handshakeRecord) {
    if (first[1] === undefined) return 'undecided';
    return first[1] === majorVersion ? 'tls' : 'unknown';
  }
  if (startsLike(preface, first)) return first.length >= preface.length ? 'http2' : 'undecided';
  for (const begin of requestLines) {
    if (startsLike(begin, first)) return first.length >= begin.length ? 'http1' : 'undecided';
  }
  return 'unknown';
}

function startsLike(wanted: Uint8Array, first: Uint8Array): boolean {
  const length = Math.min(wanted.length, first.length);
  for (let at = 0; at < length; at += 1) if (wanted[at] !== first[at]) return false;
  return true;
}
