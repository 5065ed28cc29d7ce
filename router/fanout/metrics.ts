import {
  Buckets,
  Gauge,
  type Registry,
  readCounter,
  readCounters,
  readGauge,
  registerBuckets,
} from '../../runtime/index.ts';
import { otherCaches, type Traffic } from '../traffic/index.ts';
import type { SkipCause } from './outbox.ts';

/** From a batch for one subscriber to a large one for many thousands. */
const fanOutSeconds = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1];

/** What the hub counts. No topic labels; on the delivery path some additions a batch, nothing an item. */
export class FanoutCounts {
  replayedItems = 0;
  readonly skippedItems: Record<SkipCause, number> = { outbox: 0, outboxes: 0, replays: 0 };
  /** Of subscriptions: the owner lost items; history no longer had what was asked. */
  readonly gaps = { feed: 0, resume: 0 };
  readonly seconds = new Buckets(fanOutSeconds);
}

export interface FanoutReads {
  readonly subscriptions: () => number;
  readonly subscriptionsOf: (cache: string) => number;
  readonly topics: () => number;
  readonly outboxBytes: () => number;
  /** Discontinuities for what outboxes skipped. */
  readonly skipsAnnounced: () => number;
}

export function registerFanout(
  registry: Registry,
  counts: FanoutCounts,
  traffic: Traffic,
  reads: FanoutReads,
): void {
  delivered(registry, traffic);
  subscriptions(registry, traffic, reads);
  readCounters(
    registry,
    'topicplane_router_skipped_items_total',
    'Items that subscriptions skipped, each announced, by the bound that was reached: outbox (this client reads too slowly), outboxes (all slow clients together), replays (history for slow clients).',
    ['cause'],
    () => byCause(counts.skippedItems),
  );
  readCounter(
    registry,
    'topicplane_router_replayed_items_total',
    'Items handed to subscriptions from history.',
    () => counts.replayedItems,
  );
  readCounters(
    registry,
    'topicplane_router_announced_gaps_total',
    'Discontinuities told to subscriptions, by cause: feed (the owner lost items), resume (history no longer had what was asked), skip (the client read too slowly). One of two causes counts for both.',
    ['cause'],
    () => byCause({ ...counts.gaps, skip: reads.skipsAnnounced() }),
  );
  registerBuckets(
    registry,
    'topicplane_router_fan_out_seconds',
    'From the arrival of a batch with items from a storage node until all subscriptions here were handed theirs.',
    counts.seconds,
  );
  readGauge(registry, 'topicplane_router_topics', 'Topics with interest.', reads.topics);
  readGauge(
    registry,
    'topicplane_router_outbox_bytes',
    'Bytes that wait for slow clients.',
    reads.outboxBytes,
  );
}

function delivered(registry: Registry, traffic: Traffic): void {
  const byCache = (what: 'deliveredItems' | 'deliveredBytes') => () =>
    [...traffic.entries()].map(([cache, each]) => [{ cache }, each[what]] as const);
  readCounters(
    registry,
    'topicplane_router_delivered_items_total',
    'Items handed to subscriptions as they came, once for each, by cache.',
    ['cache'],
    byCache('deliveredItems'),
  );
  readCounters(
    registry,
    'topicplane_router_delivered_bytes_total',
    'Bytes of these items with their gRPC prefix, by cache.',
    ['cache'],
    byCache('deliveredBytes'),
  );
}

function subscriptions(registry: Registry, traffic: Traffic, reads: FanoutReads): void {
  new Gauge({
    name: 'topicplane_router_subscriptions',
    help: 'Subscriptions held, by cache.',
    labelNames: ['cache'],
    registers: [registry],
    collect() {
      let others = reads.subscriptions();
      for (const [cache] of traffic.entries()) {
        if (cache === otherCaches) continue;
        const count = reads.subscriptionsOf(cache);
        others -= count;
        this.set({ cache }, count);
      }
      this.set({ cache: otherCaches }, others);
    },
  });
}

function byCause(counts: Readonly<Record<string, number>>) {
  return Object.entries(counts).map(([cause, count]) => [{ cause }, count] as const);
}
