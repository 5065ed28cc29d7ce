import type { RequestBounds } from '../context.ts';
import type { Status } from '../grpc/index.ts';

/** Collects the body of a request, within the bounds. One that arrives in one piece is not copied. */
export class Body {
  readonly #bounds: RequestBounds;
  #pieces: Uint8Array[] = [];
  #length = 0;

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
    if (!incomplete.take(chunk.length)) {
      return {
        code: 'unavailable',
        message: 'this router holds too many incomplete requests; nothing was done, try again',
      };
    }
    this.#pieces.push(chunk);
    this.#length = length;
    return undefined;
  }

  bytes(): Uint8Array {
    const [first] = this.#pieces;
    if (first === undefined) return new Uint8Array(0);
    return this.#pieces.length === 1 ? first : Buffer.concat(this.#pieces, this.#length);
  }

  /** Lets go of what is held. */
  release(): void {
    this.#bounds.incomplete.give(this.#length);
    this.#pieces = [];
    this.#length = 0;
  }
}
