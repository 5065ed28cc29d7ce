import { link } from '../../proto/index.ts';
import type { RouterBounds } from '../config.ts';
import type { LinkPort } from '../link/index.ts';
import type { Position, PublishRequest, Refusal } from '../service.ts';

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

interface Waiting {
  readonly request: PublishRequest;
  readonly deadlineMs: number;
  readonly done: (result: Position | Refusal) => void;
}

interface InFlight extends Waiting {
  readonly on: LinkPort;
  /** `#changes` when it was sent. */
  readonly sentAt: number;
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
  readonly #inFlight = new Map<number, InFlight>();
  #parked: Waiting[] = [];
  #request = 0;
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
    for (const inFlight of this.#inFlight.values()) if (inFlight.on === on) return true;
    return false;
  }

  publish(request: PublishRequest, nowMs: number): Promise<Position | Refusal> {
    if (this.#waitingBytes + request.payload.length > this.#bounds.publishesBytesMax) {
      return Promise.resolve({
        refused: 'exhausted',
        message: 'this router already holds as many unanswered publishes as it may; try again',
      });
    }
    return new Promise((resolve) => {
      this.#waitingBytes += request.payload.length;
      this.#dispatch({
        request,
        deadlineMs: nowMs + this.#bounds.publishWaitMsMax,
        done: (result) => {
          this.#waitingBytes -= request.payload.length;
          resolve(result);
        },
      });
    });
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
      const inFlight = this.#inFlight.get(result.request);
      if (!inFlight) continue;
      this.#inFlight.delete(result.request);
      this.#settle(inFlight, result);
    }
  }

  /** Nothing sent on `broken` will be answered any more. */
  broke(broken: LinkPort, reason: string): void {
    for (const [request, inFlight] of this.#inFlight) {
      if (inFlight.on !== broken) continue;
      this.#inFlight.delete(request);
      inFlight.done({
        refused: 'unavailable',
        message: `the link to ${broken.member} broke before it answered (${reason}); the item may or may not have been published`,
      });
    }
  }

  /** Fails what has waited too long. */
  tick(nowMs: number): void {
    for (const [request, inFlight] of this.#inFlight) {
      if (inFlight.deadlineMs > nowMs) continue;
      this.#inFlight.delete(request);
      inFlight.done({
        refused: 'unavailable',
        message: `${inFlight.on.member} did not answer in time; the item may or may not have been published`,
      });
    }
    if (this.#parked.some((waiting) => waiting.deadlineMs <= nowMs)) {
      const parked = this.#parked;
      this.#parked = parked.filter((waiting) => waiting.deadlineMs > nowMs);
      for (const waiting of parked) {
        if (waiting.deadlineMs > nowMs) continue;
        const owner = this.#owners.ownerOf(waiting.request.cache, waiting.request.topic);
        waiting.done({
          refused: 'unavailable',
          message: `no storage node took the item in time (owner: ${owner ?? 'none'}); it was not published`,
        });
      }
    }
  }

  #dispatch(waiting: Waiting): void {
    const { cache, topic, payload, text, publisherId } = waiting.request;
    const refusal = this.#owners.refusalOf(cache);
    if (refusal) return waiting.done(refusal);
    const owner = this.#owners.ownerOf(cache, topic);
    const on = owner === undefined ? undefined : this.#owners.open(owner);
    if (!on) {
      this.#parked.push(waiting);
      return;
    }
    if (on.full) {
      waiting.done({
        refused: 'exhausted',
        message: `${on.member} doesn't keep up with what this router has for it; try again`,
      });
      return;
    }
    this.#request = (this.#request + 1) >>> 0;
    this.#inFlight.set(this.#request, { ...waiting, on, sentAt: this.#changes });
    on.publish({ request: this.#request, cache, topic, payload, text, publisherId });
  }

  #settle(inFlight: InFlight, result: link.PublishResult): void {
    switch (result.outcome) {
      case link.Outcome.ACCEPTED:
        return inFlight.done({ page: result.page, sequence: result.sequence });
      case link.Outcome.MOVED:
        return this.#again(inFlight);
      case link.Outcome.EXHAUSTED:
        return inFlight.done({
          refused: 'exhausted',
          message: `${inFlight.on.member} holds as much as it may; try again`,
        });
      case link.Outcome.INVALID:
      case link.Outcome.UNSPECIFIED:
      default:
        return inFlight.done({
          refused: 'invalid-argument',
          message: `${inFlight.on.member} refused the item (outcome ${result.outcome})`,
        });
    }
  }

  /** Nothing was done with it: to the heir, if its source says so; else it waits for another owner. */
  #again(inFlight: InFlight): void {
    this.#moved += 1;
    const { cache, topic } = inFlight.request;
    const isPassedOn = this.#owners.passedOn(inFlight.on.member, cache, topic);
    // What it has to wait for may have come while the answer was on its way.
    if (isPassedOn || inFlight.sentAt !== this.#changes) this.#dispatch(inFlight);
    else this.#parked.push(inFlight);
  }
}
