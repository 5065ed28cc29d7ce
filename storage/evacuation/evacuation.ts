import { type Clock, type Logger, sleep } from '../../runtime/index.ts';
import { formatVersion } from '../../topology/index.ts';
import type { Ownership } from '../ownership/index.ts';
import { decideEnd, type EvacuationBounds, type Situation } from './decide.ts';

/** What an evacuation looks at. */
export interface Evacuated {
  readonly ownership: Ownership;
  readonly topics: { readonly size: number };
  readonly links: { emptyMs(nowMs: number): number };
}

const LOOK_MS = 50;

/** The time between the order to end and the end: the node serves, and others take its topics. */
export class Evacuation {
  readonly #node: Evacuated;
  readonly #options: {
    readonly bounds: EvacuationBounds;
    readonly clock: Clock;
    readonly log: Logger;
  };
  #stopping = false;
  #released = false;
  #unneededSinceMs: number | undefined;
  #askedMs: number;

  constructor(
    node: Evacuated,
    options: { readonly bounds: EvacuationBounds; readonly clock: Clock; readonly log: Logger },
  ) {
    this.#node = node;
    this.#options = options;
    this.#askedMs = options.clock.monotonicMs();
  }

  get stopping(): boolean {
    return this.#stopping;
  }

  /** An operator is there. */
  asked(): void {
    this.#askedMs = this.#options.clock.monotonicMs();
  }

  /** Nobody can take its topics: if it was told to end, it need not wait for that. */
  release(): void {
    this.#released = true;
  }

  /** Resolves when the node may end; the log says what is lost. */
  async done(): Promise<void> {
    const { clock, log, bounds } = this.#options;
    this.#stopping = true;
    const sinceMs = clock.monotonicMs();
    for (;;) {
      const nowMs = clock.monotonicMs();
      const verdict = decideEnd(this.#situation(nowMs, sinceMs), bounds);
      if (verdict.is === 'empty') return;
      if (verdict.is === 'now') {
        const topics = this.#node.topics.size;
        const version = formatVersion(this.#node.ownership.version);
        log.warn({ version, topics, why: verdict.why }, 'ending with topics: they are lost');
        return;
      }
      await sleep(clock, LOOK_MS);
    }
  }

  #situation(nowMs: number, sinceMs: number): Situation {
    const { ownership, links } = this.#node;
    const needed = ownership.named && ownership.inRing;
    this.#unneededSinceMs = needed ? undefined : (this.#unneededSinceMs ?? nowMs);
    return {
      needed,
      unneededMs: nowMs - (this.#unneededSinceMs ?? nowMs),
      released: this.#released,
      withoutLinksMs: links.emptyMs(nowMs),
      unaskedMs: nowMs - this.#askedMs,
      waitedMs: nowMs - sinceMs,
    };
  }
}
