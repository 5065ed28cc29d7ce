/** Of a gRPC message on the wire: a flag that says whether it is compressed, and its length in 4 bytes, big-endian. */
export const messagePrefixBytes = 5;

/** Writes the prefix of a message that isn't compressed. */
export function writeMessagePrefix(to: Uint8Array, at: number, messageBytes: number): void {
  to[at] = 0;
  to[at + 1] = messageBytes >>> 24;
  to[at + 2] = messageBytes >>> 16;
  to[at + 3] = messageBytes >>> 8;
  to[at + 4] = messageBytes;
}

/**
 * Takes the messages of a gRPC stream out of the pieces in which they arrive. One that lies in one piece is not copied; of
 * one that doesn't, what has arrived is held, never what was announced.
 */
export class MessageReader {
  readonly #bytesMax: number;
  readonly #take: (message: Uint8Array) => void;
  /** Of a message that is not complete, prefix included. */
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  /** What has to be there before the next look: a prefix, or a message with its prefix. */
  #wanted = messagePrefixBytes;

  /** @param bytesMax of one message */
  constructor(bytesMax: number, take: (message: Uint8Array) => void) {
    this.#bytesMax = bytesMax;
    this.#take = take;
  }

  /** What came that can't be taken, for people: nothing may be pushed after it. Undefined: nothing. */
  push(piece: Uint8Array): string | undefined {
    this.#heldBytes += piece.length;
    if (this.#heldBytes < this.#wanted) {
      this.#held.push(piece);
      return undefined;
    }
    let bytes = piece;
    if (this.#held.length > 0) {
      this.#held.push(piece);
      bytes = Buffer.concat(this.#held);
      this.#held = [];
    }
    let at = 0;
    this.#wanted = messagePrefixBytes;
    while (bytes.length - at >= messagePrefixBytes) {
      const length = lengthAt(bytes, at);
      if (bytes[at] !== 0) return 'a message that is compressed, which was not agreed on';
      if (length > this.#bytesMax) {
        return `a message of ${length} bytes, more than the ${this.#bytesMax} that are taken`;
      }
      this.#wanted = messagePrefixBytes + length;
      if (bytes.length - at < this.#wanted) break;
      const start = at + messagePrefixBytes;
      at += this.#wanted;
      this.#wanted = messagePrefixBytes;
      this.#take(bytes.subarray(start, at));
    }
    this.#heldBytes = bytes.length - at;
    if (this.#heldBytes > 0) this.#held.push(bytes.subarray(at));
    return undefined;
  }
}

function lengthAt(bytes: Uint8Array, at: number): number {
  const high = bytes[at + 1] as number;
  const rest = ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 8);
  return high * 0x100_0000 + (rest | (bytes[at + 4] as number));
}
