import { type ErrorCode, flags, frameHeaderBytes, frameTypes } from './numbers.ts';

/** Writes a frame's header (RFC 9113 section 4.1) and returns where its payload starts. */
export function writeFrameHeader(
  to: Uint8Array,
  at: number,
  type: number,
  flagBits: number,
  stream: number,
  payloadBytes: number,
): number {
  to[at] = payloadBytes >>> 16;
  to[at + 1] = payloadBytes >>> 8;
  to[at + 2] = payloadBytes;
  to[at + 3] = type;
  to[at + 4] = flagBits;
  writeUint32(to, at + 5, stream);
  return at + frameHeaderBytes;
}

/** One whole frame. For what is sent seldom; DATA and HEADERS of a server are written as runs. */
export function frameOf(
  type: number,
  flagBits: number,
  stream: number,
  payload: Uint8Array,
): Uint8Array {
  const frame = new Uint8Array(frameHeaderBytes + payload.length);
  frame.set(payload, writeFrameHeader(frame, 0, type, flagBits, stream, payload.length));
  return frame;
}

/** @param settings pairs of identifier and value */
export function settingsFrame(settings: readonly (readonly [number, number])[]): Uint8Array {
  const payload = new Uint8Array(6 * settings.length);
  let at = 0;
  for (const [id, value] of settings) {
    payload[at + 1] = id;
    writeUint32(payload, at + 2, value);
    at += 6;
  }
  return frameOf(frameTypes.settings, 0, 0, payload);
}

export const settingsAckFrame: Uint8Array = frameOf(
  frameTypes.settings,
  flags.ack,
  0,
  new Uint8Array(0),
);

/** @param opaque 8 bytes */
export function pingFrame(opaque: Uint8Array, isAck: boolean): Uint8Array {
  return frameOf(frameTypes.ping, isAck ? flags.ack : 0, 0, opaque);
}

export function rstStreamFrame(stream: number, code: ErrorCode): Uint8Array {
  return frameOf(frameTypes.rstStream, 0, stream, uint32(code));
}

export function windowUpdateFrame(stream: number, bytes: number): Uint8Array {
  return frameOf(frameTypes.windowUpdate, 0, stream, uint32(bytes));
}

/** @param reason for people who look at the connection */
export function goawayFrame(lastStream: number, code: ErrorCode, reason = ''): Uint8Array {
  const text = Buffer.from(reason, 'latin1');
  const payload = new Uint8Array(8 + text.length);
  writeUint32(payload, 0, lastStream);
  writeUint32(payload, 4, code);
  payload.set(text, 8);
  return frameOf(frameTypes.goaway, 0, 0, payload);
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  writeUint32(bytes, 0, value);
  return bytes;
}

function writeUint32(to: Uint8Array, at: number, value: number): void {
  to[at] = value >>> 24;
  to[at + 1] = value >>> 16;
  to[at + 2] = value >>> 8;
  to[at + 3] = value;
}
