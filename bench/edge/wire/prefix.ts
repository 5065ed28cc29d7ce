export const prefixBytes = 5;

/** A message as gRPC frames it: flag 0, its length. */
export function prefixed(message: Uint8Array): Buffer {
  const head = Buffer.alloc(prefixBytes);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}
