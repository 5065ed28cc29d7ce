/** A header block that comes in several frames (RFC 9113 section 4.3): HEADERS, then CONTINUATION until the last. */
export class HeaderBlock {
  readonly stream: number;
  readonly endsStream: boolean;
  readonly dependsOn: number | undefined;
  readonly #bytesMax: number;
  readonly #fragments: Uint8Array[] = [];
  #bytes = 0;

  constructor(
    stream: number,
    endsStream: boolean,
    dependsOn: number | undefined,
    bytesMax: number,
  ) {
    this.stream = stream;
    this.endsStream = endsStream;
    this.dependsOn = dependsOn;
    this.#bytesMax = bytesMax;
  }

  /** False: the block is larger than allowed, and not kept. */
  add(fragment: Uint8Array): boolean {
    this.#bytes += fragment.length;
    if (this.#bytes > this.#bytesMax) return false;
    if (fragment.length > 0) this.#fragments.push(fragment);
    return true;
  }

  whole(): Uint8Array {
    const [first, second] = this.#fragments;
    return first !== undefined && second === undefined ? first : Buffer.concat(this.#fragments);
  }
}
