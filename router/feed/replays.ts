import { link } from '../../proto/index.ts';
import type { LinkPort } from '../link/index.ts';

/** What is asked of an owner: items of the past. `fromSequence` 0: the newest only; `page` 0: whichever is current. */
export type ReplayAsk = Omit<link.Replay, 'request'>;

/** The answer; undefined: none will come. */
export type ReplayDone = (result: link.ReplayResult | undefined) => void;

interface OnLink {
  readonly inFlight: Map<number, ReplayDone>;
  readonly waiting: { readonly ask: ReplayAsk; readonly done: ReplayDone }[];
}

/** At most so many answers are on their way on one link: each may be as large as a whole history. */
const inFlightMax = 16;

/** Replays asked of owners, each answered once, in the order asked. */
export class Replays {
  readonly #links = new Map<LinkPort, OnLink>();
  #request = 0;

  ask(on: LinkPort, ask: ReplayAsk, done: ReplayDone): void {
    let held = this.#links.get(on);
    if (!held) {
      held = { inFlight: new Map(), waiting: [] };
      this.#links.set(on, held);
    }
    if (held.inFlight.size >= inFlightMax) held.waiting.push({ ask, done });
    else this.#send(on, held, ask, done);
  }

  answered(from: LinkPort, results: readonly link.ReplayResult[]): void {
    const held = this.#links.get(from);
    if (!held) return;
    for (const result of results) {
      const done = held.inFlight.get(result.request);
      if (!done) continue;
      held.inFlight.delete(result.request);
      done(result.outcome === link.Outcome.ACCEPTED ? result : undefined);
    }
    while (held.inFlight.size < inFlightMax) {
      const next = held.waiting.shift();
      if (!next) return;
      this.#send(from, held, next.ask, next.done);
    }
  }

  /** Nothing asked on `broken` will be answered. */
  broke(broken: LinkPort): void {
    const held = this.#links.get(broken);
    this.#links.delete(broken);
    for (const done of held?.inFlight.values() ?? []) done(undefined);
    for (const { done } of held?.waiting ?? []) done(undefined);
  }

  #send(on: LinkPort, held: OnLink, ask: ReplayAsk, done: ReplayDone): void {
    this.#request = (this.#request + 1) >>> 0;
    held.inFlight.set(this.#request, done);
    on.replay({ request: this.#request, ...ask });
  }
}
