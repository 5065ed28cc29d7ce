import { type link, topo } from '../proto/index.ts';
import type { Clock, Logger, Registry } from '../runtime/index.ts';
import type { Placement } from '../topology/index.ts';
import { Carrier } from './carry/index.ts';
import type { RouterBounds } from './config.ts';
import { Hub } from './fanout/index.ts';
import { type Dial, dialLink, type Identity, type Link, Links } from './link/index.ts';
import { registerMetrics } from './metrics.ts';
import { Publisher, Rate } from './publish/index.ts';
import type {
  CacheInfo,
  PublishAnswered,
  PublishRequest,
  Refusal,
  Sink,
  StartAt,
  Subscription,
  TopicName,
  TopicService,
} from './service.ts';
import { Spread, TopologyHolder, Whereabouts } from './topology/index.ts';
import { Traffic } from './traffic/index.ts';

export interface RouterOptions {
  readonly identity: Identity;
  readonly bounds: RouterBounds;
  readonly clock: Clock;
  readonly log: Logger;
  readonly registry: Registry;
  /** How streams to storage nodes begin; default: gRPC. */
  readonly dial?: Dial;
}

const TICK_MS = 100;
/** Until a topology says otherwise. */
const HEARTBEAT_MS = 5_000;

/** Tier 1 behind the edge: finds each topic's owner, carries publishes there and items back. */
export class Router implements TopicService {
  readonly topology: TopologyHolder;
  readonly links: Links;
  readonly hub: Hub;
  readonly traffic = new Traffic();
  readonly #options: RouterOptions;
  readonly #whereabouts: Whereabouts;
  readonly #publisher: Publisher;
  readonly #carrier: Carrier;
  readonly #rates = new Map<string, Rate>();
  readonly #stopTicking: () => void;
  #linkedOnce = false;

  constructor(options: RouterOptions) {
    this.#options = options;
    const { bounds, clock, log, registry } = options;
    const whereabouts = new Whereabouts(bounds.passedOnMax);
    this.#whereabouts = whereabouts;
    const owners = {
      ownerOf: (cache: string, topic: string) => whereabouts.ownerOf(cache, topic),
      mayServe: (member: string, cache: string, topic: string) =>
        whereabouts.mayServe(member, cache, topic),
      passedOn: (member: string, cache: string, topic: string) =>
        whereabouts.passedOn(member, cache, topic),
      open: (member: string) => this.links.open(member),
      refusalOf: (cache: string) =>
        this.topology.current?.hasCache(cache) ? undefined : noSuchCache(cache),
    };
    this.#publisher = new Publisher(owners, bounds);
    this.#carrier = new Carrier(owners, bounds.handoffsMax);
    this.hub = new Hub({
      owners,
      bounds,
      log,
      registry,
      traffic: this.traffic,
      nowMs: () => clock.monotonicMs(),
      turn: (action) => clock.turn(action),
      heartbeatMs: HEARTBEAT_MS,
    });
    this.links = new Links(
      options.identity,
      {
        opened: () => this.#ownersMayHaveChanged(),
        versionChanged: () => this.#ownersMayHaveChanged(),
        broke: (broken, reason) => this.#broke(broken, reason),
        received: (from, batch) => this.#received(from, batch),
      },
      { clock, log, bounds, dial: options.dial ?? dialLink },
    );
    this.topology = new TopologyHolder(options.identity.cluster, log, (next) => this.#follow(next));
    const spread = new Spread(bounds.spreadAfterMs, log);
    registerMetrics(registry, {
      version: () => this.topology.version,
      links: () => this.links.openCount,
      publishesWaiting: () => this.#publisher.waiting,
      feeds: () => this.hub.feeds.moved,
      publishes: () => this.#publisher.moved,
      handoffs: () => this.#carrier.counts,
    });
    this.#stopTicking = clock.every(TICK_MS, () => {
      const nowMs = clock.monotonicMs();
      this.#publisher.tick(nowMs);
      this.hub.tick(nowMs);
      this.links.tick(nowMs, (from) => this.#publisher.awaits(from));
      spread.tick(nowMs, this.topology.current?.topology, this.links.all);
    });
  }

  publish(request: PublishRequest, answered: PublishAnswered): void {
    const refusal = this.#refuses(request);
    if (refusal) return answered(refusal);
    this.#publisher.publish(request, this.#options.clock.monotonicMs(), answered);
  }

  subscribe(name: TopicName, start: StartAt, sink: Sink): Subscription | Refusal {
    const placement = this.topology.current;
    if (!placement) return notStarted;
    const cache = placement.cache(name.cache);
    if (!cache) return noSuchCache(name.cache);
    const max = cache.subscriptionsMax;
    if (max > 0 && this.hub.subscriptionsOf(name.cache) >= max) {
      return {
        refused: 'subscription-count',
        message: `cache ${name.cache} already has its ${max} subscribers on this router`,
      };
    }
    return this.hub.subscribe(name, start, sink);
  }

  caches(): readonly CacheInfo[] {
    const topology = this.topology.current?.topology;
    return (topology?.caches ?? []).map((cache) => ({
      name: cache.name,
      publishesPerSecondMax: cache.publishesPerSecondMax,
      subscriptionsMax: cache.subscriptionsMax,
      messageBytesMax: topology?.settings?.messageBytesMax ?? 0,
    }));
  }

  /** Storage nodes that own topics, or will after the move under way, and to which no link is open. */
  get unlinked(): readonly string[] {
    const placement = this.topology.current;
    return this.links.missing.filter((name) => placement?.inRing(name));
  }

  /** Why no client should be sent here, for people; undefined: nothing stands against it. */
  notReadyBecause(): string | undefined {
    const placement = this.topology.current;
    if (!placement) return 'no topology was received yet';
    if (this.#linkedOnce) return undefined;
    const { unlinked } = this;
    if (unlinked.length > 0) return `links are not open yet to: ${unlinked.join(', ')}`;
    this.#linkedOnce = true;
    return undefined;
  }

  /**
   * All clients are about to be moved, for good: from now on storage nodes expect those elsewhere that can't say where
   * they were.
   */
  leaving(): void {
    this.links.leaving();
  }

  /** Some clients are about to be moved: storage nodes expect for some seconds those that can't say where they were. */
  shedding(): void {
    this.links.shedding();
  }

  close(): void {
    this.#stopTicking();
    this.links.close();
  }

  #refuses({ cache, payload }: PublishRequest): Refusal | undefined {
    const placement = this.topology.current;
    if (!placement) return notStarted;
    const held = placement.cache(cache);
    if (!held) return noSuchCache(cache);
    const bytesMax = placement.topology.settings?.messageBytesMax ?? 0;
    if (payload.length > bytesMax) {
      return {
        refused: 'message-too-large',
        message: `the payload has ${payload.length} bytes, this cluster takes ${bytesMax}`,
      };
    }
    if (held.publishesPerSecondMax > 0 && !this.#takeRate(cache, held.publishesPerSecondMax)) {
      return {
        refused: 'publish-rate',
        message: `cache ${cache} has used its ${held.publishesPerSecondMax} publishes of this second on this router`,
      };
    }
    return undefined;
  }

  #takeRate(cache: string, perSecond: number): boolean {
    const nowMs = this.#options.clock.monotonicMs();
    let rate = this.#rates.get(cache);
    if (rate?.perSecond !== perSecond) {
      rate = new Rate(perSecond, nowMs);
      this.#rates.set(cache, rate);
    }
    return rate.take(nowMs);
  }

  #follow(placement: Placement): void {
    const { caches, settings } = placement.topology;
    this.traffic.follow(caches.map(({ name }) => name));
    this.#whereabouts.follow(placement);
    this.hub.heartbeatMs = settings?.heartbeatMs ?? HEARTBEAT_MS;
    this.hub.resumeNewest = settings?.resumeZero === topo.ResumeZero.NEWEST;
    this.hub.keepCaches((cache) => placement.hasCache(cache), noSuchCache);
    for (const cache of this.#rates.keys()) {
      if (!placement.hasCache(cache)) this.#rates.delete(cache);
    }
    this.links.follow(placement.topology);
    this.hub.feeds.followOwners();
    this.#publisher.redispatch();
  }

  #ownersMayHaveChanged(): void {
    this.hub.feeds.reattach();
    this.#publisher.redispatch();
  }

  #broke(broken: Link, reason: string): void {
    this.#publisher.broke(broken, reason);
    this.hub.feeds.broke(broken);
    this.#carrier.broke(broken);
  }

  /**
   * Answers after feeds: an awaiting publisher that also subscribes has its item no later than its answer. Handoffs last:
   * the heir may hear of feeds and publishes before it has their topics, and lets them wait; a feed that asks the heir
   * to go on has been given all that the source had for it, whichever router carries the topic. A topology comes after
   * everything that was said before it.
   */
  #received(from: Link, batch: link.StorageBatch): void {
    this.hub.received(from, batch);
    this.#publisher.answered(batch.results);
    this.#carrier.carry(batch.handoffs);
    this.#carrier.answered(from, batch.handoffResults);
    if (batch.topology) this.topology.offer(batch.topology);
  }
}

const notStarted: Refusal = {
  refused: 'unavailable',
  message: 'this router has not received its topology yet; nothing was done',
};

function noSuchCache(cache: string): Refusal {
  return {
    refused: 'cache-not-found',
    message: `no cache is named ${JSON.stringify(cache)} in this cluster`,
  };
}
