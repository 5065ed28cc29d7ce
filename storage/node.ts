import type { topo } from '../proto/index.ts';
import type { Cancel, Clock, Logger } from '../runtime/index.ts';
import { describeDiff, formatVersion } from '../topology/index.ts';
import type { StorageBounds } from './config.ts';
import { type Applied, Ownership, type Self } from './ownership/index.ts';
import { LinkServer } from './serve/index.ts';
import { Topics } from './topics/index.ts';

export interface StorageNodeOptions {
  readonly self: Self;
  readonly bounds: StorageBounds;
  readonly clock: Clock;
  readonly log: Logger;
  /** A batch was written to a router, with so many items of feeds. */
  readonly onBatch?: (items: number) => void;
}

/** A storage node without its process: topology, topics and links, and what keeps them in step. */
export class StorageNode {
  readonly self: Self;
  readonly ownership: Ownership;
  readonly topics: Topics;
  readonly links: LinkServer;
  readonly #options: StorageNodeOptions;
  #stopSweeping: Cancel | undefined;
  #auditing = false;
  #sweeping = false;

  constructor(options: StorageNodeOptions) {
    this.#options = options;
    this.self = options.self;
    this.ownership = new Ownership(options.self);
    this.topics = new Topics(this.ownership, options.bounds);
    this.links = new LinkServer({
      ...options,
      topics: this.topics,
      version: () => this.ownership.version,
    });
  }

  /** Starts to serve links; returns the port. */
  async listen(address: string): Promise<number> {
    const { clock, bounds } = this.#options;
    this.#stopSweeping = clock.every(bounds.sweepMs, () => this.#sweep());
    return this.links.listen(address);
  }

  async stop(): Promise<void> {
    this.#stopSweeping?.();
    await this.links.stop();
  }

  /**
   * Takes a newer topology. It is in force on return: nothing is accepted any more for topics it gives to others.
   * Routers are told of such topics in this turn, or soon after when there are very many.
   */
  offer(topology: topo.Topology | undefined): Applied {
    const { log, clock } = this.#options;
    // What the last one moved is settled first, so that every topic is judged by every topology.
    while (this.#auditing && this.topics.audit());
    const applied = this.ownership.offer(topology);
    const version = formatVersion(this.ownership.version);
    if (applied.diff) {
      log.info({ version, changed: describeDiff(applied.diff) }, 'topology applied');
      this.topics.rebound(clock.monotonicMs());
      this.links.announce();
      this.#audit();
    } else if (applied.reason !== '') {
      log.warn({ held: version, reason: applied.reason }, 'topology refused');
    }
    return applied;
  }

  #audit(): void {
    if (this.#auditing) return;
    if (!this.topics.audit()) return;
    this.#auditing = true;
    setImmediate(() => {
      this.#auditing = false;
      this.#audit();
    });
  }

  #sweep(): void {
    if (this.#sweeping) return;
    const more = this.topics.sweep(this.#options.clock.monotonicMs());
    if (this.topics.takeRoomNotice()) this.links.announce();
    if (!more) return;
    this.#sweeping = true;
    setImmediate(() => {
      this.#sweeping = false;
      this.#sweep();
    });
  }
}
