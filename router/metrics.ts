import {
  type Registry,
  readCounter,
  readCounters,
  readGauge,
  registerVersion,
} from '../runtime/index.ts';

/** What a router tells of itself and of moves; read when it is asked for, so counting costs an addition. */
export interface RouterReads {
  version(): { readonly term: number; readonly epoch: number };
  links(): number;
  publishesWaiting(): number;
  feeds(): number;
  publishes(): number;
  handoffs(): { readonly carried: number; readonly notYet: number };
}

export function registerMetrics(registry: Registry, reads: RouterReads): void {
  registerVersion(registry, () => reads.version());
  readGauge(registry, 'topicplane_router_links', 'Links to storage nodes that are open.', () => {
    return reads.links();
  });
  readGauge(
    registry,
    'topicplane_router_publishes_waiting',
    'Publishes that wait for an owner, or for its answer.',
    () => reads.publishesWaiting(),
  );
  readCounter(
    registry,
    'topicplane_router_moved_feeds_total',
    'Feeds that went from the source of their topic to its heir.',
    () => reads.feeds(),
  );
  readCounter(
    registry,
    'topicplane_router_moved_publishes_total',
    'Publishes answered MOVED, by a storage node that does not own their topic (any more); each is sent again.',
    () => reads.publishes(),
  );
  readCounters(
    registry,
    'topicplane_router_handoffs_total',
    'Handoffs of topics between storage nodes: carried to their targets, or answered not_yet by this router.',
    ['outcome'],
    () => {
      const { carried, notYet } = reads.handoffs();
      return [
        [{ outcome: 'carried' }, carried],
        [{ outcome: 'not_yet' }, notYet],
      ];
    },
  );
}
