import { link } from '../../proto/index.ts';
import type { RouterBounds } from '../config.ts';
import type { LinkPort } from '../link/index.ts';
import type { Position, PublishAnswered, PublishRequest, Refusal } from '../service.ts';
import { InFlight, Waiting } from './in-flight.ts';

/** How a publish finds its owner's link right now; see `Whereabouts`. */
export interface Owners {
  /** The storage node that numbers the topic; undefined without a topology. */
  ownerOf(cache: string, topic: string): string | undefined;
  /** True: `member` was the topic's source in a move, and `ownerOf` names its heir now. */
  passedOn(member: string, cache: string, topic: string): boolean;
  /** Why the cache takes no publishes (any more). */
  refusalOf(cache: string): Refusal | undefined;
  open(member: string): LinkPort | undefined;
}

/**
 * Publishes on their way: handed to the owner's link, or parked until there is an owner that can take them.
 *
 * parked -> in flight -> answered. Only a MOVED answer, which says that nothing was done, leads back to parked; in the
 * COMMIT of a move, from the topic's source, it leads to the heir at once. A publish whose link broke before its answer fails: it may have been taken, so it is never sent again.
 */
export class Publisher {
  readonly #owners: Owners;
  readonly #bounds: RouterBounds;
  readonly #inFlight = new InFlight();
  #parked: Waiting[] = [];
  /** How often owners may have changed. */
  #changes = 0;
  #waitingBytes = 0;
  #moved = 0;

  constructor(owners: Owners, bounds: RouterBounds) {
    this.#owners = owners;
    this.#bounds = bounds;
  }

  /** Publishes that are not answered yet. */
  get waiting(): number {
    return this.#inFlight.size + this.#parked.length;
  }

  /** MOVED answers: each led to another try. */
  get moved(): number {
    return this.#moved;
  }

  /** Whether something sent on `on` is unanswered. */
  awaits(on: LinkPort): boolean {
    for (const waiting of this.#inFlight) if (waiting.on === on) return true;
    return false;
  }

  /** @param answered called once, perhaps before this returns */
  publish(request: PublishRequest, nowMs: number, answered: PublishAnswered): void {
    const bytes = bytesOf(request);
    if (this.#waitingBytes + bytes > this.#bounds.publishesBytesMax) return answered(tooMany);
    this.#waitingBytes += bytes;
    this.#dispatch(new Waiting(request, nowMs + this.#bounds.publishWaitMsMax, answered));
  }

  /** Something changed that may have given parked publishes an owner. */
  redispatch(): void {
    this.#changes += 1;
    if (this.#parked.length === 0) return;
    const parked = this.#parked;
    this.#parked = [];
    for (const waiting of parked) this.#dispatch(waiting);
  }

  /** The owner's answers. */
  answered(results: readonly link.PublishResult[]): void {
    for (const result of results) {
      const waiting = this.#inFlight.take(result.request);
      if (waiting) this.#settle(waiting, result);
    }
  }

  /** Nothing sent on `broken` will be answered any more. */
  broke(broken: LinkPort, reason: string): void {
    for (const waiting of this.#inFlight) {
      if (waiting.on !== broken) continue;
      this.#inFlight.take(waiting.request);
      this.#done(waiting, {
        refused: 'unavailable',
        message: `the link to ${broken.member} broke before it answered (${reason}); the item may or may not have been published`,
      });
    }
  }

  /** Fails what has waited too long. */
  tick(nowMs: number): void {
    for (const waiting of this.#inFlight) {
      if (waiting.deadlineMs > nowMs) continue;
      this.#inFlight.take(waiting.request);
      this.#done(waiting, {
        refused: 'unavailable',
        message: `${waiting.on?.member} did not answer in time; the item may or may not have been published`,
      });
    }
    this.#inFlight.shrink();
    if (this.#parked.some((waiting) => waiting.deadlineMs <= nowMs)) {
      const parked = this.#parked;
      this.#parked = parked.filter((waiting) => waiting.deadlineMs > nowMs);
      for (const waiting of parked) {
        if (waiting.deadlineMs > nowMs) continue;
        const owner = this.#owners.ownerOf(waiting.cache, waiting.topic);
        this.#done(waiting, {
          refused: 'unavailable',
          message: `no storage node took the item in time (owner: ${owner ?? 'none'}); it was not published`,
        });
      }
    }
  }

  #dispatch(waiting: Waiting): void {
    const { cache, topic } = waiting;
    const refusal = this.#owners.refusalOf(cache);
    if (refusal) return this.#done(waiting, refusal);
    const owner = this.#owners.ownerOf(cache, topic);
    const on = owner === undefined ? undefined : this.#owners.open(owner);
    if (!on) return this.#park(waiting);
    if (on.full) {
      return this.#done(waiting, {
        refused: 'exhausted',
        message: `${on.member} doesn't keep up with what this router has for it; try again`,
      });
    }
    waiting.on = on;
    waiting.sentAt = this.#changes;
    this.#inFlight.add(waiting);
    on.publish(waiting);
  }

  #settle(waiting: Waiting, result: link.PublishResult): void {
    switch (result.outcome) {
      case link.Outcome.ACCEPTED:
        return this.#done(waiting, result);
      case link.Outcome.MOVED:
        return this.#again(waiting);
      case link.Outcome.EXHAUSTED:
        return this.#done(waiting, {
          refused: 'exhausted',
          message: `${waiting.on?.member} holds as much as it may; try again`,
        });
      case link.Outcome.INVALID:
      case link.Outcome.UNSPECIFIED:
      default:
        return this.#done(waiting, {
          refused: 'invalid-argument',
          message: `${waiting.on?.member} refused the item (outcome ${result.outcome})`,
        });
    }
  }

  /** Nothing was done with it: to the heir, if its source says so; else it waits for another owner. */
  #again(waiting: Waiting): void {
    this.#moved += 1;
    const { cache, topic, on } = waiting;
    const isPassedOn = on !== undefined && this.#owners.passedOn(on.member, cache, topic);
    // What it has to wait for may have come while the answer was on its way.
    if (isPassedOn || waiting.sentAt !== this.#changes) this.#dispatch(waiting);
    else this.#park(waiting);
  }

  #park(waiting: Waiting): void {
    waiting.detach();
    this.#parked.push(waiting);
  }

  #done(waiting: Waiting, outcome: Position | Refusal): void {
    this.#waitingBytes -= bytesOf(waiting);
    waiting.answered(outcome);
  }
}

/** What a publish is taken to cost beside its payload. */
const publishBytes = 256;

function bytesOf({ payload }: { readonly payload: Uint8Array }): number {
  return publishBytes + payload.length;
}

const tooMany: Refusal = {
  refused: 'exhausted',
  message: 'this router already holds as many unanswered publishes as it may; try again',
};
