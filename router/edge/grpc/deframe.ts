import type { RequestBounds } from '../context.ts';
import { type LimitWords, limitExceeded, type Status } from './status.ts';

export const prefixBytes = 5;

export interface DeframeBounds extends RequestBounds {
  /** Which limit a message over the bound breaks. */
  readonly tooLarge: LimitWords;
}

/**
 * The length of the message whose prefix is in `bytes` from `at` on, or why it isn't taken.
 * @param words which limit a message over the bound breaks
 */
export function lengthIn(
  bytes: Uint8Array,
  at: number,
  bounds: RequestBounds,
  words: LimitWords,
): number | Status {
  const flag = bytes[at];
  if (flag === 1) {
    return {
      code: 'unimplemented',
      message: 'the request message is compressed; send it with identity encoding',
    };
  }
  if (flag !== 0) {
    return { code: 'internal', message: `the request message has the unknown flag ${flag}` };
  }
  const high = bytes[at + 1] as number;
  const middle = ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 8);
  const length = high * 0x1000000 + (middle | (bytes[at + 4] as number));
  if (length <= bounds.unaskedBytesMax) return length;
  const bytesMax = Math.max(bounds.unaskedBytesMax, bounds.messageBytesMax());
  if (length <= bytesMax) return length;
  const detail = `the request has ${length} bytes, at most ${bytesMax} are taken`;
  return limitExceeded(words, `${words} exceeded`, detail);
}

const firstBufferBytes = 4 * 1024;

/**
 * Takes the body of a call with exactly one request message out of its gRPC frame: a flag, the length in 4 bytes
 * (big-endian), the message. A message that arrives in one piece is not copied. One that arrives in many is collected
 * in a buffer that grows with what has arrived, never with what was announced.
 *
 * Refused, as gRPC servers do: more or less than one message UNIMPLEMENTED (the public status table's "cardinality
 * violation"), a compressed one UNIMPLEMENTED (no encoding is offered), a cut one INTERNAL. Over the bound:
 * RESOURCE_EXHAUSTED as soon as the length is known.
 */
export class Deframer {
  readonly #bounds: RequestBounds;
  readonly #tooLarge: LimitWords;
  #prefix: Buffer | undefined;
  #prefixFilled = 0;
  /** Length of the message, once known. */
  #length = -1;
  #message: Uint8Array | undefined;
  #collected: Buffer | undefined;
  #filled = 0;
  /** What this call has taken of `incomplete`. */
  #takenBytes = 0;

  /** @param tooLarge which limit a message over the bound breaks */
  constructor(bounds: RequestBounds, tooLarge: LimitWords) {
    this.#bounds = bounds;
    this.#tooLarge = tooLarge;
  }

  /** Takes the next piece. A status: the call is to be ended with it; don't push any more. */
  push(chunk: Uint8Array): Status | undefined {
    let rest = chunk;
    if (this.#length < 0) {
      const at = this.#readPrefix(rest);
      if (typeof at !== 'number') return at;
      if (this.#length < 0) return undefined;
      rest = rest.subarray(at);
    }
    return this.#readMessage(rest);
  }

  /** The body is over: its message, or how the call is to be ended. */
  finish(): Uint8Array | Status {
    if (this.#message) return this.#message;
    const problem: Status =
      this.#length < 0 && this.#prefixFilled === 0
        ? {
            code: 'unimplemented',
            message: 'the call has no request message; it takes exactly one',
          }
        : { code: 'internal', message: 'the request was cut off in the middle of its message' };
    this.release();
    return problem;
  }

  /** Lets go of what is held; for a call whose message was handed on, or that ends early. */
  release(): void {
    this.#bounds.incomplete.give(this.#takenBytes);
    this.#takenBytes = 0;
    this.#collected = undefined;
    this.#message = undefined;
  }

  /** How many bytes belonged to the prefix. */
  #readPrefix(chunk: Uint8Array): number | Status {
    if (this.#prefixFilled === 0 && chunk.length >= prefixBytes) {
      return this.#open(chunk) ?? prefixBytes;
    }
    this.#prefix ??= Buffer.alloc(prefixBytes);
    const taken = Math.min(prefixBytes - this.#prefixFilled, chunk.length);
    this.#prefix.set(chunk.subarray(0, taken), this.#prefixFilled);
    this.#prefixFilled += taken;
    if (this.#prefixFilled < prefixBytes) return taken;
    return this.#open(this.#prefix) ?? taken;
  }

  #open(prefix: Uint8Array): Status | undefined {
    const length = lengthIn(prefix, 0, this.#bounds, this.#tooLarge);
    if (typeof length !== 'number') return length;
    this.#length = length;
    return undefined;
  }

  #readMessage(chunk: Uint8Array): Status | undefined {
    if (this.#message) return chunk.length > 0 ? secondMessage : undefined;
    const missing = this.#length - this.#filled;
    if (chunk.length > missing) return secondMessage;
    if (this.#collected === undefined && chunk.length === missing) {
      if (!this.#take(chunk.length)) return overloaded;
      this.#message = chunk;
      return undefined;
    }
    return chunk.length > 0 ? this.#collect(chunk) : undefined;
  }

  #collect(chunk: Uint8Array): Status | undefined {
    const needed = this.#filled + chunk.length;
    if (this.#collected === undefined || needed > this.#collected.length) {
      if (!this.#grow(needed)) return overloaded;
    }
    this.#collected?.set(chunk, this.#filled);
    this.#filled = needed;
    if (needed < this.#length) return undefined;
    this.#message = this.#collected?.subarray(0, needed);
    return undefined;
  }

  #grow(needed: number): boolean {
    const size = Math.min(this.#length, Math.max(firstBufferBytes, 2 * needed));
    const before = this.#collected;
    if (!this.#take(size - (before?.length ?? 0))) return false;
    const grown = Buffer.allocUnsafeSlow(size);
    if (before) grown.set(before.subarray(0, this.#filled));
    this.#collected = grown;
    return true;
  }

  #take(bytes: number): boolean {
    if (!this.#bounds.incomplete.take(bytes)) return false;
    this.#takenBytes += bytes;
    return true;
  }
}

const secondMessage: Status = {
  code: 'unimplemented',
  message: 'the call has more than one request message; it takes exactly one',
};

export const overloaded: Status = {
  code: 'unavailable',
  message: 'this router holds too many incomplete requests; nothing was done, try again',
};
