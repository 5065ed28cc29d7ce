import {
  flags,
  frameHeaderBytes,
  framePayloadBytes,
  frameTypes,
  writeFrameHeader,
} from '../frames/index.ts';

/** What a link of a run is: a frame's type and flags, or bytes that are frames already. */
export type RunKind = number;
export const dataKind: RunKind = frameTypes.data << 8;
export const lastDataKind: RunKind = dataKind | flags.endStream;
export const headersKind: RunKind = (frameTypes.headers << 8) | flags.endHeaders;
export const lastHeadersKind: RunKind = headersKind | flags.endStream;
export const framedKind: RunKind = -1;

/**
 * What a connection sends at the end of a turn: a chain of frames, of which this is the last, not yet put together.
 *
 * Connections that send the same frames on the same streams share one chain, and with it the bytes:
 *
 *            .- a on 3 -- b on 1      connections 7 and 9
 *   a on 1 --|
 *            `- b on 1                connections 1 to 6
 *
 * So an item that goes to 100 streams on each of 10 connections costs 1,000 comparisons and 100 copies.
 */
export class Run {
  readonly before: Run | undefined;
  readonly kind: RunKind;
  readonly stream: number;
  readonly payload: Uint8Array;
  /** Of the whole run, up to and with this frame. */
  readonly byteLength: number;
  /** How a connection went on last: likely what the next one does, too. */
  next: Run | undefined;
  #bytes: Uint8Array | undefined;

  constructor(before: Run | undefined, kind: RunKind, stream: number, payload: Uint8Array) {
    this.before = before;
    this.kind = kind;
    this.stream = stream;
    this.payload = payload;
    const header = kind === framedKind ? 0 : frameHeaderBytes;
    this.byteLength = (before === undefined ? 0 : before.byteLength) + header + payload.length;
  }

  /** The frames. Put together once for all who share the run; must not be changed. */
  bytes(): Uint8Array {
    return (this.#bytes ??= joined(this));
  }

  isFor(kind: RunKind, stream: number, payload: Uint8Array): boolean {
    return this.payload === payload && this.stream === stream && this.kind === kind;
  }
}

function joined(last: Run): Uint8Array {
  if (last.kind === framedKind && last.before === undefined) return last.payload;
  const bytes = Buffer.allocUnsafe(last.byteLength);
  let end = last.byteLength;
  for (let run: Run | undefined = last; run !== undefined; run = run.before) {
    const { kind, payload } = run;
    end -= payload.length;
    bytes.set(payload, end);
    if (kind === framedKind) continue;
    end -= frameHeaderBytes;
    writeFrameHeader(bytes, end, kind >> 8, kind & 0xff, run.stream, payload.length);
  }
  return bytes;
}

const slotCount = 64;

/** The runs of a turn, of all connections of an engine. */
export class Runs {
  readonly #parts = new Map<Uint8Array, Uint8Array[]>();
  readonly #first: (Run | undefined)[] = Array.from({ length: slotCount }, () => undefined);

  /** `before` and one frame more. */
  extend(before: Run | undefined, kind: RunKind, stream: number, payload: Uint8Array): Run {
    if (before !== undefined) {
      const { next } = before;
      if (next?.isFor(kind, stream, payload)) return next;
      return (before.next = new Run(before, kind, stream, payload));
    }
    // Clients number alike: most that hear of a topic do so on one of their first streams.
    const slot = (stream >> 1) & (slotCount - 1);
    const first = this.#first[slot];
    if (first?.isFor(kind, stream, payload)) return first;
    return (this.#first[slot] = new Run(undefined, kind, stream, payload));
  }

  /**
   * What one frame carries of bytes that are too many for it. Those of whole frames are the same view for all who send them
   * in this turn, so that their runs are shared, too.
   */
  part(bytes: Uint8Array, start: number, size: number): Uint8Array {
    if (size === bytes.length) return bytes;
    const end = start + size;
    const index = start / framePayloadBytes;
    const isWhole = size === framePayloadBytes || end === bytes.length;
    if (!isWhole || !Number.isInteger(index)) return bytes.subarray(start, end);
    let parts = this.#parts.get(bytes);
    if (parts === undefined) this.#parts.set(bytes, (parts = []));
    return (parts[index] ??= bytes.subarray(start, end));
  }

  /** The turn is over: holds on to nothing. Runs that connections still have remain good. */
  forget(): void {
    this.#first.fill(undefined);
    this.#parts.clear();
  }
}
