import type { Status } from '../grpc/index.ts';

const padding = 0x3d;
const none = 0xff;
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

const values = new Uint8Array(256).fill(none);
for (let value = 0; value < alphabet.length; value += 1) values[alphabet.charCodeAt(value)] = value;

/**
 * Reads base64 that arrives in pieces cut anywhere. Several texts may follow each other, each padded by itself, as
 * clients write a frame at a time. Strict: no white space, nothing but padding after padding within four characters.
 */
export class Base64Reader {
  #bits = 0;
  /** Characters of the present group of four. */
  #characters = 0;
  #padded = 0;

  /** The bytes that are complete; a status: it isn't base64. */
  read(chunk: Uint8Array): Uint8Array | Status {
    const bytes = Buffer.allocUnsafe(Math.ceil((chunk.length + 3) / 4) * 3);
    let length = 0;
    for (const character of chunk) {
      if (!this.#take(character)) return notBase64;
      if (this.#characters < 4) continue;
      const count = 3 - this.#padded;
      for (let at = 0; at < count; at += 1) bytes[length++] = this.#bits >>> (16 - 8 * at);
      this.#bits = 0;
      this.#characters = 0;
      this.#padded = 0;
    }
    return bytes.subarray(0, length);
  }

  #take(character: number): boolean {
    this.#characters += 1;
    if (character === padding) {
      this.#padded += 1;
      this.#bits <<= 6;
      return this.#characters > 2;
    }
    const value = values[character] as number;
    if (value === none || this.#padded > 0) return false;
    this.#bits = (this.#bits << 6) | value;
    return true;
  }
}

const notBase64: Status = {
  code: 'internal',
  message: 'the request is not base64, which its content-type says it is',
};
