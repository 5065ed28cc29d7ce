import {
  Buckets,
  Histogram,
  type Registry,
  readCounter,
  readCounters,
  readGauge,
  registerBuckets,
  registerVersion,
} from '../runtime/index.ts';
import type { HandedOver } from './handoff/index.ts';
import type { StorageNode } from './node.ts';

/** Observes the items of every batch written to a router. Made before the node, which is given `observe`. */
export function createBatchMetric(registry: Registry): { observe(items: number): void } {
  const items = new Buckets([0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000]);
  registerBuckets(
    registry,
    'topicplane_storage_batch_items',
    'Items of feeds in one batch written to a router. Larger under load; 0 for answers and notes alone.',
    items,
  );
  return items;
}

/** Observes how long each topic that moved was without an owner. Made before the node, as above. */
export function createPauseMetric(registry: Registry): { observe(handedOver: HandedOver): void } {
  const pauses = new Histogram({
    name: 'topicplane_storage_topic_pause_seconds',
    help: 'Time from the sealing of a topic that moves until its new owner has said that it has it, per topic.',
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5],
    registers: [registry],
  });
  return {
    observe({ topics, pauseMs }) {
      for (let topic = 0; topic < topics; topic++) pauses.observe(pauseMs / 1000);
    },
  };
}

/** Every figure of a node, read when they are asked for: counting costs the data path an addition, or nothing. */
export function registerMetrics(registry: Registry, node: StorageNode): void {
  const { topics, links, ownership } = node;
  registerVersion(registry, () => ownership.version);
  const total = (name: string, help: string, read: () => number) =>
    counter(registry, `${name}_total`, help, read);
  total('items', 'Items accepted: numbered, kept and handed to every interested router.', () => {
    return topics.counts.accepted;
  });
  total('item_bytes', 'Bytes of the payloads of accepted items.', () => {
    return topics.counts.acceptedBytes;
  });
  total(
    'canary_items',
    "Items of routers' canaries that were accepted; not among the others.",
    () => {
      return topics.counts.canaries;
    },
  );
  total('sent_items', 'Items written to routers, once for each; not those of canaries.', () => {
    return links.sentItems;
  });
  total('sent_bytes', 'Bytes of all batches written to routers.', () => node.sentBytes);
  total('topics_evicted', 'Idle topics evicted; their numbering goes on in a larger page.', () => {
    return topics.evicted;
  });
  gauge(registry, 'topics', "Topics held, those of routers' canaries among them.", () => {
    return topics.size;
  });
  gauge(
    registry,
    'history_bytes',
    'Memory of all histories: encoded items and what they cost beside.',
    () => topics.historyBytes,
  );
  gauge(registry, 'links', 'Links of routers that are up.', () => links.links);
  gauge(
    registry,
    'unsent_bytes',
    'Bytes collected for routers and not written yet, of all links.',
    () => links.unsentBytes,
  );
  gauge(
    registry,
    'standing_still',
    '1 while this node stood still and waits to be confirmed.',
    () => (node.standstill > 0 ? 1 : 0),
  );
  moves(registry, node);
  refusedPublishes(registry, node);
  endedLinks(registry, node);
}

function moves(registry: Registry, { mover }: StorageNode): void {
  const total = (name: string, help: string, read: () => number) =>
    counter(registry, `topics_${name}_total`, help, read);
  total('handed_over', 'Topics handed over to other storage nodes that have them.', () => {
    return mover.counts.handedOver;
  });
  total('taken', 'Topics taken from other storage nodes, with page and history.', () => {
    return mover.counts.taken;
  });
  total('not_taken', 'Topics that came without room for them; they began a new page here.', () => {
    return mover.counts.left;
  });
  total(
    'lost',
    'Topics on their way to a storage node that went, or given up before; they began a new page.',
    () => {
      return mover.lost;
    },
  );
  gauge(registry, 'topics_leaving', 'Topics that are still to be handed over.', () => mover.left);
  gauge(
    registry,
    'requests_waiting',
    'Publishes and interests that wait for a topic to arrive.',
    () => mover.waiting,
  );
}

function refusedPublishes(registry: Registry, { topics }: StorageNode): void {
  readCounters(
    registry,
    'topicplane_storage_publishes_refused_total',
    'Publishes refused, by outcome. moved: not the owner. exhausted: a bound is reached. invalid: malformed or too large.',
    ['outcome'],
    () =>
      (['moved', 'exhausted', 'invalid'] as const).map(
        (outcome) => [{ outcome }, topics.counts[outcome]] as const,
      ),
  );
}

function endedLinks(registry: Registry, { links }: StorageNode): void {
  readCounters(
    registry,
    'topicplane_storage_links_ended_total',
    'Links ended, by reason. silent: the router was not heard. slow: it left too much unread.',
    ['reason'],
    () => Object.entries(links.ended).map(([reason, count]) => [{ reason }, count] as const),
  );
}

function counter(registry: Registry, name: string, help: string, read: () => number): void {
  readCounter(registry, `topicplane_storage_${name}`, help, read);
}

function gauge(registry: Registry, name: string, help: string, read: () => number): void {
  readGauge(registry, `topicplane_storage_${name}`, help, read);
}
