import { Counter, Gauge, type Registry } from '../../runtime/index.ts';

/** What the hub counts. No topic labels; on the delivery path one increment a batch, not one an item. */
export class FanoutMetrics {
  readonly delivered: Counter;
  readonly skipped: Counter;
  readonly replayed: Counter;
  readonly gaps: Counter<'cause'>;

  constructor(
    registry: Registry,
    gauges: {
      readonly subscriptions: () => number;
      readonly topics: () => number;
      readonly outboxBytes: () => number;
    },
  ) {
    const registers = [registry];
    this.delivered = new Counter({
      name: 'topicplane_router_delivered_items_total',
      help: 'Items handed to subscriptions as they came.',
      registers,
    });
    this.skipped = new Counter({
      name: 'topicplane_router_skipped_items_total',
      help: 'Items that subscriptions skipped because their outboxes were full; each is announced.',
      registers,
    });
    this.replayed = new Counter({
      name: 'topicplane_router_replayed_items_total',
      help: 'Items handed to subscriptions from history.',
      registers,
    });
    this.gaps = new Counter({
      name: 'topicplane_router_announced_gaps_total',
      help: 'Discontinuities told to subscriptions, by cause: feed (the owner lost items), resume (history no longer had what was asked).',
      labelNames: ['cause'],
      registers,
    });
    gauge('topicplane_router_subscriptions', 'Subscriptions held.', gauges.subscriptions);
    gauge('topicplane_router_topics', 'Topics with interest.', gauges.topics);
    gauge(
      'topicplane_router_outbox_bytes',
      'Bytes that wait for slow clients.',
      gauges.outboxBytes,
    );

    function gauge(name: string, help: string, read: () => number): void {
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read());
        },
      });
    }
  }
}
