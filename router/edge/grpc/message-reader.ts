import { type DeframeBounds, lengthIn, overloaded, prefixBytes } from './deframe.ts';
import type { Status } from './status.ts';

/** Where messages go. */
export interface Messages {
  message(message: Uint8Array): void;
}

const firstBufferBytes = 4 * 1024;

/**
 * Takes many messages out of their gRPC frames. Those that arrive in one piece are not copied; one that is cut is collected
 * in a buffer that grows with what has arrived, never with what was announced. Refusals are those of `Deframer`.
 */
export class MessageReader {
  readonly #bounds: DeframeBounds;
  readonly #messages: Messages;
  /** The beginning of a message, with its prefix. */
  #collected: Buffer | undefined;
  #filled = 0;
  /** Prefix and message, once known. */
  #wanted = 0;
  #stopped = false;

  constructor(bounds: DeframeBounds, messages: Messages) {
    this.#bounds = bounds;
    this.#messages = messages;
  }

  /** Hands on all messages that are complete. A status: the call is to be ended with it; don't push any more. */
  push(chunk: Uint8Array): Status | undefined {
    let at = 0;
    while (at < chunk.length && !this.#stopped) {
      const taken = this.#collected ? this.#goOn(chunk, at) : this.#begin(chunk, at);
      if (typeof taken !== 'number') return taken;
      at += taken;
    }
    return undefined;
  }

  problemAtEnd(): Status | undefined {
    if (!this.#collected) return undefined;
    return { code: 'internal', message: 'the request was cut off in the middle of a message' };
  }

  /** Hands on nothing more, and lets go of what is held. */
  release(): void {
    this.#stopped = true;
    this.#drop();
  }

  /** @returns bytes taken */
  #begin(chunk: Uint8Array, at: number): number | Status {
    const there = chunk.length - at;
    if (there >= prefixBytes) {
      const length = lengthIn(chunk, at, this.#bounds, this.#bounds.tooLarge);
      if (typeof length !== 'number') return length;
      const end = at + prefixBytes + length;
      if (end <= chunk.length) {
        this.#messages.message(chunk.subarray(at + prefixBytes, end));
        return end - at;
      }
      this.#wanted = prefixBytes + length;
    }
    return this.#keep(chunk.subarray(at)) ? there : overloaded;
  }

  #goOn(chunk: Uint8Array, at: number): number | Status {
    if (this.#wanted === 0) {
      const piece = chunk.subarray(at, at + prefixBytes - this.#filled);
      if (!this.#keep(piece)) return overloaded;
      if (this.#filled < prefixBytes) return piece.length;
      const length = this.#lengthOfCollected();
      if (typeof length !== 'number') return length;
      this.#wanted = prefixBytes + length;
      if (length === 0) this.#complete();
      return piece.length;
    }
    const piece = chunk.subarray(at, at + this.#wanted - this.#filled);
    if (!this.#keep(piece)) return overloaded;
    if (this.#filled === this.#wanted) this.#complete();
    return piece.length;
  }

  #lengthOfCollected(): number | Status {
    return lengthIn(this.#collected as Buffer, 0, this.#bounds, this.#bounds.tooLarge);
  }

  #complete(): void {
    const message = this.#collected?.subarray(prefixBytes, this.#filled) ?? new Uint8Array(0);
    this.#drop();
    this.#messages.message(message);
  }

  #keep(piece: Uint8Array): boolean {
    const needed = this.#filled + piece.length;
    if (this.#collected === undefined || needed > this.#collected.length) {
      if (!this.#grow(needed)) return false;
    }
    this.#collected?.set(piece, this.#filled);
    this.#filled = needed;
    return true;
  }

  #grow(needed: number): boolean {
    const before = this.#collected;
    const roomy = Math.max(firstBufferBytes, 2 * needed);
    const size = this.#wanted === 0 ? roomy : Math.max(needed, Math.min(this.#wanted, roomy));
    if (!this.#bounds.incomplete.take(size - (before?.length ?? 0))) return false;
    const grown = Buffer.allocUnsafeSlow(size);
    if (before) grown.set(before.subarray(0, this.#filled));
    this.#collected = grown;
    return true;
  }

  #drop(): void {
    this.#bounds.incomplete.give(this.#collected?.length ?? 0);
    this.#collected = undefined;
    this.#filled = 0;
    this.#wanted = 0;
  }
}
