import { Counter, type Registry } from '../runtime/index.ts';

/** What a router counts of moves; read when it is asked for, so counting costs an addition. */
export interface MoveCounts {
  feeds(): number;
  publishes(): number;
  handoffs(): { readonly carried: number; readonly notYet: number };
}

export function registerMoveMetrics(registry: Registry, counts: MoveCounts): void {
  const registers = [registry];
  new Counter({
    name: 'topicplane_router_moved_feeds_total',
    help: 'Feeds that went from the source of their topic to its heir.',
    registers,
    collect() {
      this.reset();
      this.inc(counts.feeds());
    },
  });
  new Counter({
    name: 'topicplane_router_moved_publishes_total',
    help: 'Publishes answered MOVED, by a storage node that does not own their topic (any more); each is sent again.',
    registers,
    collect() {
      this.reset();
      this.inc(counts.publishes());
    },
  });
  new Counter({
    name: 'topicplane_router_handoffs_total',
    help: 'Handoffs of topics between storage nodes: carried to their targets, or answered not_yet by this router.',
    labelNames: ['outcome'],
    registers,
    collect() {
      const { carried, notYet } = counts.handoffs();
      this.reset();
      this.inc({ outcome: 'carried' }, carried);
      this.inc({ outcome: 'not_yet' }, notYet);
    },
  });
}
