import { type Cancel, type Clock, type Logger, sleep } from '../../runtime/index.ts';
import type { LinkBounds } from './bounds.ts';
import { type Ending, type EndReason, statusOf } from './ending.ts';
import { Link } from './link.ts';
import type { SessionOptions } from './session.ts';
import type { RouterStream } from './stream.ts';

export interface LinksOptions extends Omit<SessionOptions, 'onPending' | 'sureMs'> {
  readonly clock: Clock;
  readonly log: Logger;
  /** A batch was written to a router, with so many items of feeds. */
  readonly onBatch?: (items: number) => void;
  /** Looks whether this process stood still; called all the time, and before anything is taken from or given to a router. */
  readonly notice: () => void;
}

/** The links of a storage node. They are independent: two of one router live side by side. */
export class Links {
  readonly #options: LinksOptions;
  readonly #bounds: LinkBounds;
  readonly #tickMs: number;
  readonly #links = new Set<Link>();
  readonly #ended: Record<EndReason, number> = {
    refused: 0,
    full: 0,
    violation: 0,
    silent: 0,
    slow: 0,
    stopping: 0,
    gone: 0,
  };
  #sentItems = 0;
  #emptySinceMs: number;
  #stopTicking: Cancel | undefined;
  #stopping = false;

  constructor(options: LinksOptions) {
    this.#options = options;
    this.#bounds = options.bounds;
    this.#tickMs = options.bounds.linkHeartbeatMs / 2;
    this.#emptySinceMs = options.clock.monotonicMs();
  }

  /** Links up. */
  get links(): number {
    return this.#links.size;
  }

  /** Links ended since the start, by reason. */
  get ended(): Readonly<Record<EndReason, number>> {
    return this.#ended;
  }

  /** Items of clients that were written to routers since the start, once for each. */
  get sentItems(): number {
    return this.#sentItems;
  }

  /** Of all links: collected or handed to a stream, and not written. */
  get unsentBytes(): number {
    let bytes = 0;
    for (const link of this.#links) bytes += link.unsentBytes;
    return bytes;
  }

  /** For how long there has been no link; 0 while there is one. */
  emptyMs(nowMs: number): number {
    return this.#links.size > 0 ? 0 : nowMs - this.#emptySinceMs;
  }

  /** Starts to send heartbeats and to listen for silence. */
  start(): void {
    this.#stopTicking ??= this.#options.clock.every(this.#tickMs, () => this.#tick());
  }

  /** Takes a new stream of a router, or ends it with the reason. */
  accept(stream: RouterStream): void {
    const refusal = this.#refusal();
    if (refusal) {
      this.#ended[refusal.reason] += 1;
      stream.end(statusOf(refusal));
      return;
    }
    const link = new Link(stream, {
      ...this.#options,
      tickMs: this.#tickMs,
      onBatch: ({ items, canaryItems }) => {
        this.#sentItems += items - canaryItems;
        this.#options.onBatch?.(items);
      },
      onEnd: (ended, ending) => this.#onEnd(ended, ending),
    });
    this.#links.add(link);
  }

  /** Every feed ends, with what was collected for it; routers ask again for them when a version is announced. */
  hold(nowMs: number): void {
    for (const link of this.#links) link.hold(nowMs);
  }

  /** Tells every router which topology is held now. */
  announce(): void {
    for (const link of this.#links) link.announce();
  }

  /** Takes no more links, writes what is collected, ends the links; within `stopMsMax` in any case. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const late = sleep(this.#options.clock, this.#bounds.stopMsMax);
    const finished = [...this.#links].map((link) => link.finish(this.#stopped()));
    await Promise.race([Promise.all(finished), late]);
    this.#stopTicking?.();
  }

  #refusal(): Ending | undefined {
    if (this.#stopping) return this.#stopped();
    const { linksMax } = this.#bounds;
    if (this.#links.size < linksMax) return undefined;
    const message = `storage node ${this.#options.self.name} has ${linksMax} links and takes no more`;
    return { reason: 'full', message };
  }

  #stopped(): Ending {
    const message = `storage node ${this.#options.self.name} is stopping`;
    return { reason: 'stopping', message };
  }

  #onEnd(link: Link, { reason, message }: Ending): void {
    this.#links.delete(link);
    this.#ended[reason] += 1;
    const { log, clock } = this.#options;
    if (this.#links.size === 0) this.#emptySinceMs = clock.monotonicMs();
    const level = reason === 'gone' || reason === 'stopping' ? 'info' : 'warn';
    log[level]({ router: link.peer, reason, why: message }, 'link ended');
  }

  #tick(): void {
    this.#options.notice();
    const nowMs = this.#options.clock.monotonicMs();
    for (const link of this.#links) link.tick(nowMs);
  }
}
