import type { Limits } from '../limits.ts';

type HeaderBlockLimits = Pick<Limits, 'headerBlockBytesMax' | 'continuationsPerBlockMax'>;

/** A header block that comes in several frames (RFC 9113 section 4.3): HEADERS, then CONTINUATION until the last. */
export class HeaderBlock {
  readonly stream: number;
  readonly endsStream: boolean;
  readonly dependsOn: number | undefined;
  readonly #limits: HeaderBlockLimits;
  readonly #fragments: Uint8Array[] = [];
  #bytes = 0;
  #frames = 0;

  constructor(
    stream: number,
    endsStream: boolean,
    dependsOn: number | undefined,
    limits: HeaderBlockLimits,
  ) {
    this.stream = stream;
    this.endsStream = endsStream;
    this.dependsOn = dependsOn;
    this.#limits = limits;
  }

  /** Takes what one frame carries of it, unless that is over a limit. */
  add(fragment: Uint8Array): 'header-block' | 'continuations' | undefined {
    this.#bytes += fragment.length;
    if (this.#bytes > this.#limits.headerBlockBytesMax) return 'header-block';
    this.#frames += 1;
    if (this.#frames - 1 > this.#limits.continuationsPerBlockMax) return 'continuations';
    if (fragment.length > 0) this.#fragments.push(fragment);
    return undefined;
  }

  whole(): Uint8Array {
    const [first, second] = this.#fragments;
    return first !== undefined && second === undefined ? first : Buffer.concat(this.#fragments);
  }
}
