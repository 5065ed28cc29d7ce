/** Of HTTP/2: length, type, flags, stream. */
export const headBytes = 9;
export const frameTypes = {
  data: 0,
  headers: 1,
  reset: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
} as const;
export const flags = { none: 0, ack: 1, endStream: 1, endHeaders: 4 } as const;

export function frame(
  type: number,
  flag: number,
  stream: number,
  body: Uint8Array = Buffer.alloc(0),
): Buffer {
  const bytes = Buffer.allocUnsafe(headBytes + body.length);
  bytes.writeUIntBE(body.length, 0, 3);
  bytes[3] = type;
  bytes[4] = flag;
  bytes.writeUInt32BE(stream, 5);
  bytes.set(body, headBytes);
  return bytes;
}
