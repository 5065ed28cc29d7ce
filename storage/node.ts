import type { topo } from '../proto/index.ts';
import type { Cancel, Clock, Logger } from '../runtime/index.ts';
import { describeDiff, formatVersion } from '../topology/index.ts';
import type { StorageBounds } from './config.ts';
import { Evacuation } from './evacuation/index.ts';
import { type HandedOver, HandoffTarget, Mover } from './handoff/index.ts';
import { type Applied, generationsMax, Ownership, type Self } from './ownership/index.ts';
import { LinkServer, Links, type RouterStream } from './serve/index.ts';
import { Standstill } from './standstill/index.ts';
import { Topics } from './topics/index.ts';

export interface StorageNodeOptions {
  readonly self: Self;
  readonly bounds: StorageBounds;
  readonly clock: Clock;
  readonly log: Logger;
  /** A batch was written to a router, with so many items of feeds. */
  readonly onBatch?: (items: number) => void;
  /** Topics that moved were taken by their heir. */
  readonly onHandedOver?: (handedOver: HandedOver) => void;
}

/** A storage node without its process: topology, topics and links, and what keeps them in step. */
export class StorageNode {
  readonly self: Self;
  readonly ownership: Ownership;
  readonly topics: Topics;
  readonly mover: Mover;
  readonly links: Links;
  readonly #options: StorageNodeOptions;
  readonly #evacuation: Evacuation;
  readonly #standstill: Standstill;
  #server: LinkServer | undefined;
  #stopSweeping: Cancel | undefined;
  #auditing = false;
  /** Topologies since every topic was last looked at. */
  #unaudited = 0;
  #sweeping = false;
  #drained = false;

  constructor(options: StorageNodeOptions) {
    this.#options = options;
    this.self = options.self;
    this.ownership = new Ownership(options.self);
    const target = new HandoffTarget(options.self.name, options.bounds.refusedTopicsMax);
    this.topics = new Topics(this.ownership, options.bounds, target);
    this.mover = new Mover({
      ...options,
      topics: this.topics,
      target,
      onRoom: () => this.links.announce(),
    });
    const { bounds, clock } = options;
    this.#standstill = new Standstill(bounds, clock.monotonicMs(), clock.wallMs());
    this.links = new Links({
      ...options,
      notice: () => this.notice(),
      topics: this.topics,
      moves: this.mover,
      version: () => this.ownership.version,
      topology: () => this.ownership.placement?.topology,
      offered: (topology) => this.offer(topology),
    });
    this.#evacuation = new Evacuation(this, options);
  }

  /** Serves links on a port, and is started; returns the port. */
  async listen(address: string): Promise<number> {
    this.start();
    const { bounds } = this.#options;
    this.#server = new LinkServer(bounds, this.#options, (stream) => this.accept(stream));
    return this.#server.listen(address);
  }

  /** Written to routers since the start; 0 without a port. */
  get sentBytes(): number {
    return this.#server?.sentBytes ?? 0;
  }

  /** Lets time do its work: heartbeats, eviction. */
  start(): void {
    const { clock, bounds } = this.#options;
    this.#stopSweeping ??= clock.every(bounds.sweepMs, () => this.#sweep());
    this.links.start();
  }

  /** Takes a stream that a router opened, however it came here. */
  accept(stream: RouterStream): void {
    this.links.accept(stream);
  }

  async stop(): Promise<void> {
    this.#stopSweeping?.();
    this.mover.stop();
    await this.links.stop();
    await this.#server?.stop();
  }

  /**
   * Takes a newer topology. It is in force on return: nothing is accepted any more for topics it gives to others.
   * Routers are told of such topics in this turn, or soon after when there are very many.
   */
  offer(topology: topo.Topology | undefined): Applied {
    const { log, clock } = this.#options;
    // Topics that aren't looked through yet are judged by each topology later, as far back as those are known.
    this.#unaudited = this.#auditing ? this.#unaudited + 1 : 0;
    if (this.#unaudited >= generationsMax - 2) while (this.topics.audit());
    const applied = this.ownership.offer(topology);
    const version = formatVersion(this.ownership.version);
    const { diff } = applied;
    if (diff) {
      log.info({ version, changed: describeDiff(diff) }, 'topology applied');
      if (this.ownership.inRing) this.#drained = false;
      if (diff.settings.length > 0) this.topics.rebound(clock.monotonicMs());
      if (this.ownership.placement) {
        this.mover.follow(this.ownership.placement, applied.missed === true);
      }
      this.links.announce();
      this.#audit();
    } else if (applied.reason !== '') {
      log.warn({ held: version, reason: applied.reason }, 'topology refused');
    }
    return applied;
  }

  /** The number of the standstill that makes this node serve nothing now; 0: it serves. */
  get standstill(): number {
    return this.#standstill.held;
  }

  /**
   * Looks whether this process stood still; to be called before anything is taken or given. Others may own its topics by
   * now, and a router that stood still with it would not know: so publishes are answered MOVED and feeds end, until an
   * operator confirms the topology that this node holds by then.
   */
  notice(): void {
    const { clock, log } = this.#options;
    const monotonicMs = clock.monotonicMs();
    const news = this.#standstill.look(monotonicMs, clock.wallMs());
    if (!news) return;
    if (news.is === 'alone') {
      log.warn('no operator said a word since this process stood still: serving as before');
      return this.#serve();
    }
    const { held: standstill } = this.#standstill;
    const forMs = Math.round(news.forMs);
    log.warn(
      { forMs, standstill },
      'this process stood still: serving nothing until it is confirmed',
    );
    this.topics.hold();
    this.links.hold(monotonicMs);
  }

  /** An operator knew of this standstill before it decided on the topology held. */
  confirm(standstill: number): void {
    if (!this.#standstill.confirm(standstill)) return;
    this.#options.log.info({ standstill }, 'confirmed by the operator: serving');
    this.#serve();
  }

  #serve(): void {
    this.topics.serve();
    this.links.announce();
  }

  /** It was told that it has nothing to do any more, and no newer topology gave topics to it since. */
  get drained(): boolean {
    return this.#drained;
  }

  drain(): void {
    this.#drained = true;
  }

  /** It was told to end, and goes on serving until it isn't needed. */
  get stopping(): boolean {
    return this.#evacuation.stopping;
  }

  /** An operator said a word. */
  asked(): void {
    this.#evacuation.asked();
  }

  /** For a node that was told to end: nobody can take its topics, so it ends with them, and its log says so. */
  release(): void {
    this.#evacuation.release();
  }

  /** Resolves when this node may end: its topics are elsewhere, or nobody is there to take them. */
  evacuated(): Promise<void> {
    return this.#evacuation.done();
  }

  #audit(): void {
    if (this.#auditing) return;
    if (!this.topics.audit()) return this.mover.scanned();
    this.#auditing = true;
    this.#options.clock.turn(() => {
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
    this.#options.clock.turn(() => {
      this.#sweeping = false;
      this.#sweep();
    });
  }
}
