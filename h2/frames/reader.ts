import { frameHeaderBytes } from './numbers.ts';

/** Who is told of frames. */
export interface FrameSink {
  /** A whole frame. `payload` is a view of what was read, or a copy; it may be kept. */
  frame(type: number, flags: number, stream: number, payload: Uint8Array): void;
  /** A frame is longer than allowed; nothing is read after it (RFC 9113 section 4.2). */
  oversized(type: number, stream: number, payloadBytes: number): void;
}

/**
 * Cuts what arrives into frames (RFC 9113 section 4.1), wherever it was cut on its way. A frame that is in one piece is
 * not copied. Of one that is not, as much is held as its header says, which is bounded before anything is allocated.
 */
export class FrameReader {
  readonly #sink: FrameSink;
  readonly #payloadBytesMax: number;
  #stopped = false;
  /** Of a header of which only a part is there. */
  #header: Uint8Array | undefined;
  #headerFilled = 0;
  /** Of a frame whose header is known. */
  #payload: Uint8Array | undefined;
  #payloadFilled = 0;
  #type = 0;
  #flags = 0;
  #stream = 0;

  constructor(sink: FrameSink, payloadBytesMax: number) {
    this.#sink = sink;
    this.#payloadBytesMax = payloadBytesMax;
  }

  /** What is held of a frame that is not complete. */
  get heldBytes(): number {
    return this.#payload?.length ?? 0;
  }

  push(chunk: Uint8Array): void {
    let at = 0;
    if (this.#header !== undefined) at = this.#completeHeader(chunk, at);
    if (this.#payload !== undefined) at = this.#completePayload(chunk, at);
    while (!this.#stopped && at + frameHeaderBytes <= chunk.length) {
      this.#readHeader(chunk, at);
      const payloadBytes = this.#payloadBytes(chunk, at);
      if (payloadBytes === undefined) return;
      const start = at + frameHeaderBytes;
      at = start + payloadBytes;
      if (at <= chunk.length) {
        this.#tell(chunk.subarray(start, at));
      } else {
        this.#hold(payloadBytes);
        at = this.#completePayload(chunk, start);
      }
    }
    if (this.#stopped || at >= chunk.length) return;
    this.#header = new Uint8Array(frameHeaderBytes);
    this.#headerFilled = 0;
    this.#completeHeader(chunk, at);
  }

  /** Reads nothing more and lets go of what is held. */
  stop(): void {
    this.#stopped = true;
    this.#header = undefined;
    this.#payload = undefined;
  }

  /** Goes on with a header; when it is there, the payload is next. */
  #completeHeader(chunk: Uint8Array, at: number): number {
    const header = this.#header as Uint8Array;
    const taken = Math.min(frameHeaderBytes - this.#headerFilled, chunk.length - at);
    header.set(chunk.subarray(at, at + taken), this.#headerFilled);
    this.#headerFilled += taken;
    if (this.#headerFilled < frameHeaderBytes) return at + taken;
    this.#header = undefined;
    this.#readHeader(header, 0);
    const payloadBytes = this.#payloadBytes(header, 0);
    if (payloadBytes !== undefined) this.#hold(payloadBytes);
    return at + taken;
  }

  #hold(payloadBytes: number): void {
    this.#payload = new Uint8Array(payloadBytes);
    this.#payloadFilled = 0;
  }

  #completePayload(chunk: Uint8Array, at: number): number {
    const payload = this.#payload as Uint8Array;
    const taken = Math.min(payload.length - this.#payloadFilled, chunk.length - at);
    payload.set(chunk.subarray(at, at + taken), this.#payloadFilled);
    this.#payloadFilled += taken;
    if (this.#payloadFilled === payload.length) {
      this.#payload = undefined;
      this.#tell(payload);
    }
    return at + taken;
  }

  #readHeader(bytes: Uint8Array, at: number): void {
    this.#type = bytes[at + 3] as number;
    this.#flags = bytes[at + 4] as number;
    this.#stream = uint32At(bytes, at + 5) & 0x7fff_ffff;
  }

  /** Undefined: over the bound; the sink was told. */
  #payloadBytes(bytes: Uint8Array, at: number): number | undefined {
    const payloadBytes = uint32At(bytes, at) >>> 8;
    if (payloadBytes <= this.#payloadBytesMax) return payloadBytes;
    this.stop();
    this.#sink.oversized(this.#type, this.#stream, payloadBytes);
    return undefined;
  }

  #tell(payload: Uint8Array): void {
    this.#sink.frame(this.#type, this.#flags, this.#stream, payload);
  }
}

/** Big-endian, unsigned. */
export function uint32At(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number)) >>>
    0
  );
}
