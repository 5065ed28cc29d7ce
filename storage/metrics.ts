import { Counter, Gauge, Histogram, type Registry } from '../runtime/index.ts';
import type { StorageNode } from './node.ts';
import type { EndReason } from './serve/index.ts';

/** Observes the items of every batch written to a router. Made before the node, which is given `observe`. */
export function createBatchMetric(registry: Registry): { observe(items: number): void } {
  return new Histogram({
    name: 'topicplane_storage_batch_items',
    help: 'Items of feeds in one batch written to a router. Larger under load; 0 for answers and notes alone.',
    buckets: [0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000],
    registers: [registry],
  });
}

/** Every figure of a node, read when they are asked for: counting costs the data path an addition, or nothing. */
export function registerMetrics(registry: Registry, node: StorageNode): void {
  const { topics, links } = node;
  counter(
    registry,
    'items_total',
    'Items accepted: numbered, kept and handed to every interested router.',
    () => {
      return topics.counts.accepted;
    },
  );
  counter(registry, 'item_bytes_total', 'Bytes of the payloads of accepted items.', () => {
    return topics.counts.acceptedBytes;
  });
  counter(
    registry,
    'topics_evicted_total',
    'Idle topics evicted; their numbering goes on in a larger page.',
    () => {
      return topics.evicted;
    },
  );
  gauge(registry, 'topics', 'Topics held.', () => topics.size);
  gauge(
    registry,
    'history_bytes',
    'Memory of all histories: encoded items and what they cost beside.',
    () => {
      return topics.historyBytes;
    },
  );
  gauge(registry, 'links', 'Links of routers that are up.', () => links.links);
  gauge(
    registry,
    'unsent_bytes',
    'Bytes collected for routers and not written yet, of all links.',
    () => {
      return links.unsentBytes;
    },
  );
  refusedPublishes(registry, node);
  endedLinks(registry, node);
}

function refusedPublishes(registry: Registry, { topics }: StorageNode): void {
  new Counter({
    name: 'topicplane_storage_publishes_refused_total',
    help: 'Publishes refused, by outcome. moved: not the owner. exhausted: a bound is reached. invalid: malformed or too large.',
    labelNames: ['outcome'],
    registers: [registry],
    collect() {
      this.reset();
      for (const outcome of ['moved', 'exhausted', 'invalid'] as const) {
        this.inc({ outcome }, topics.counts[outcome]);
      }
    },
  });
}

function endedLinks(registry: Registry, { links }: StorageNode): void {
  new Counter({
    name: 'topicplane_storage_links_ended_total',
    help: 'Links ended, by reason. silent: the router was not heard. slow: it left too much unread.',
    labelNames: ['reason'],
    registers: [registry],
    collect() {
      this.reset();
      for (const reason of Object.keys(links.ended) as EndReason[]) {
        this.inc({ reason }, links.ended[reason]);
      }
    },
  });
}

function counter(registry: Registry, name: string, help: string, read: () => number): void {
  new Counter({
    name: `topicplane_storage_${name}`,
    help,
    registers: [registry],
    collect() {
      this.reset();
      this.inc(read());
    },
  });
}

function gauge(registry: Registry, name: string, help: string, read: () => number): void {
  new Gauge({
    name: `topicplane_storage_${name}`,
    help,
    registers: [registry],
    collect() {
      this.set(read());
    },
  });
}
