import { flags } from './numbers.ts';
import { uint32At } from './reader.ts';

/** What a HEADERS frame carries beside its block (RFC 9113 section 6.2). */
export interface HeadersPayload {
  readonly block: Uint8Array;
  /** The stream that this one is said to depend on; priorities do nothing (RFC 9113 section 5.3). */
  readonly dependsOn: number | undefined;
}

/** DATA without its padding; undefined when there is more padding than frame (RFC 9113 section 6.1). */
export function unpadded(flagBits: number, payload: Uint8Array): Uint8Array | undefined {
  if ((flagBits & flags.padded) === 0) return payload;
  const padding = payload[0];
  if (padding === undefined || padding >= payload.length) return undefined;
  return payload.subarray(1, payload.length - padding);
}

/** What is wrong with the length of a HEADERS frame is told apart as RFC 9113 does: its size, or its padding. */
export function headersPayload(
  flagBits: number,
  payload: Uint8Array,
): HeadersPayload | 'too short' | 'padding' {
  const priorityBytes = (flagBits & flags.priority) === 0 ? 0 : 5;
  const padBytes = (flagBits & flags.padded) === 0 ? 0 : 1;
  const start = padBytes + priorityBytes;
  if (start > payload.length) return 'too short';
  const end = payload.length - (padBytes === 0 ? 0 : (payload[0] as number));
  if (end < start) return 'padding';
  return {
    block: start === 0 && end === payload.length ? payload : payload.subarray(start, end),
    dependsOn: priorityBytes === 0 ? undefined : uint32At(payload, padBytes) & 0x7fff_ffff,
  };
}
