import type { RequestBounds } from '../context.ts';
import type { Status } from '../grpc/index.ts';

const firstBufferBytes = 4 * 1024;

/**
 * Collects the body of a request, within the bounds. One that arrives in one piece is not copied; one that arrives in many
 * is collected in a buffer that grows with what has arrived, as each piece by itself would cost more than its bytes.
 */
export class Body {
  readonly #bounds: RequestBounds;
  /** The only piece, or room for what has arrived and more. */
  #held: Uint8Array = nothing;
  #length = 0;
  /** What this request has taken of `incomplete`. */
  #takenBytes = 0;

  constructor(bounds: RequestBounds) {
    this.#bounds = bounds;
  }

  /** A status: the request is to be refused with it. */
  push(chunk: Uint8Array): Status | undefined {
    const length = this.#length + chunk.length;
    const { unaskedBytesMax, incomplete } = this.#bounds;
    if (length > unaskedBytesMax) {
      const bytesMax = Math.max(unaskedBytesMax, this.#bounds.messageBytesMax());
      if (length > bytesMax) {
        return {
          code: 'resource-exhausted',
          message: `item size limit exceeded: at most ${bytesMax} bytes are taken`,
          err: 'item_size_limit_exceeded',
        };
      }
    }
    const isOnly = this.#length === 0;
    const size = isOnly ? length : this.#roomFor(length);
    if (!incomplete.take(size - this.#takenBytes)) {
      return {
        code: 'unavailable',
        message: 'this router holds too many incomplete requests; nothing was done, try again',
      };
    }
    this.#takenBytes = size;
    if (isOnly) this.#held = chunk;
    else this.#add(chunk, size);
    this.#length = length;
    return undefined;
  }

  bytes(): Uint8Array {
    return this.#held.subarray(0, this.#length);
  }

  /** Lets go of what is held. */
  release(): void {
    this.#bounds.incomplete.give(this.#takenBytes);
    this.#held = nothing;
    this.#length = 0;
    this.#takenBytes = 0;
  }

  #roomFor(length: number): number {
    if (length <= this.#takenBytes) return this.#takenBytes;
    return Math.max(firstBufferBytes, 2 * length);
  }

  #add(chunk: Uint8Array, size: number): void {
    if (size > this.#held.length) {
      const grown = Buffer.allocUnsafeSlow(size);
      grown.set(this.bytes());
      this.#held = grown;
    }
    this.#held.set(chunk, this.#length);
  }
}

const nothing = new Uint8Array(0);
