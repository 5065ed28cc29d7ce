/** Bytes of JSON that matter between strings. */
const quote = 0x22;
const backslash = 0x5c;
const openings: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const closings: ReadonlySet<number> = new Set([0x5d, 0x7d]);

/** How deep the elements of `{"data":{"result":[...]}}` are. */
const elementDepth = 3;
const resultKey = 'result';
/** Of one series: two thousand samples and more. Of all that isn't a series, as well. */
const partCharsMax = 256 * 1024;

/** The answer but for its series: in the place of each stands a 0. */
export interface Rest {
  readonly text: string;
  readonly series: number;
}

/**
 * Cuts the series out of the answer to a query while it comes in. Parsed as a whole, an answer of the length that is
 * allowed would take seconds, in which the operator does nothing else, and a gigabyte.
 */
export class SeriesCutter {
  readonly #onSeries: (text: string) => boolean;
  /** Both as Latin-1: a chunk may end within a character. */
  #rest = '';
  #piece = '';
  #series = 0;
  #depth = 0;
  #isInString = false;
  #isEscaped = false;
  #isInResult = false;
  #isInPiece = false;
  /** The last string where keys of `data` are, or its beginning. */
  #key = '';

  /** @param onSeries takes the JSON of one; false: no more are of interest */
  constructor(onSeries: (text: string) => boolean) {
    this.#onSeries = onSeries;
  }

  /** False: no more of the answer is of interest, or a part of it is too long. */
  push(chunk: Buffer): boolean {
    let from = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] ?? 0;
      if (this.#isInString) {
        this.#inString(byte);
      } else if (byte === quote) {
        this.#isInString = true;
        this.#key = '';
      } else if (openings.has(byte)) {
        if (this.#depth === elementDepth - 1) this.#isInResult = this.#key === resultKey;
        if (this.#depth === elementDepth && this.#isInResult) {
          this.#keep(chunk, from, at);
          from = at;
          this.#isInPiece = true;
        }
        this.#depth += 1;
      } else if (closings.has(byte)) {
        this.#depth -= 1;
        if (this.#isInPiece && this.#depth === elementDepth) {
          this.#keep(chunk, from, at + 1);
          from = at + 1;
          if (!this.#cut()) return false;
        }
      }
    }
    this.#keep(chunk, from, chunk.length);
    return Math.max(this.#rest.length, this.#piece.length) <= partCharsMax;
  }

  /** To be called at the end. */
  get rest(): Rest {
    return { text: decoded(this.#rest), series: this.#series };
  }

  #inString(byte: number): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (byte === backslash) this.#isEscaped = true;
    else if (byte === quote) this.#isInString = false;
    else if (this.#depth === elementDepth - 1 && this.#key.length <= resultKey.length) {
      this.#key += String.fromCharCode(byte);
    }
  }

  #keep(chunk: Buffer, from: number, to: number): void {
    const text = chunk.toString('latin1', from, to);
    if (this.#isInPiece) this.#piece += text;
    else this.#rest += text;
  }

  #cut(): boolean {
    const text = decoded(this.#piece);
    this.#isInPiece = false;
    this.#piece = '';
    this.#rest += '0';
    this.#series += 1;
    return this.#onSeries(text);
  }
}

function decoded(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('utf8');
}
