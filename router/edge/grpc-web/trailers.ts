import type { Exchange, Headers } from '../../../h2/index.ts';

/** The flag of the frame that carries what would be trailers. */
const trailersFlag = 0x80;
const prefixBytes = 5;

/** Trailers as a frame of the body: lines of HTTP/1 headers, names in lower case. */
export function trailersFrame(trailers: Headers): Uint8Array {
  const lines = Object.entries(trailers).map(([name, value]) => `${name}: ${value}\r\n`);
  const text = Buffer.from(lines.join(''), 'latin1');
  const framed = Buffer.allocUnsafe(prefixBytes + text.length);
  framed[0] = trailersFlag;
  framed.writeUInt32BE(text.length, 1);
  framed.set(text, prefixBytes);
  return framed;
}

/** Ends a body with its trailers. */
export function endWith(exchange: Exchange, last: Uint8Array): void {
  exchange.write(last);
  exchange.end({});
}
