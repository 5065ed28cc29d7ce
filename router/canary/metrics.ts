import {
  Buckets,
  type Registry,
  readCounter,
  readCounters,
  registerBuckets,
} from '../../runtime/index.ts';
import type { Fault } from './judge.ts';

/** From a quiet machine to the silence after which a router leaves the rotation. */
const roundTripSeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 3];

/** What canaries count. */
export class CanaryCounts {
  received = 0;
  gaps = 0;
  readonly roundTripSeconds = new Buckets(roundTripSeconds);
  readonly #faults: Record<Fault, number> = { lost: 0, doubled: 0, disordered: 0, changed: 0 };

  constructor(registry: Registry) {
    readCounter(
      registry,
      'topicplane_router_canary_received_items_total',
      'Test items that this router sent through storage nodes and got back at its own client port.',
      () => this.received,
    );
    readCounter(
      registry,
      'topicplane_router_canary_announced_gaps_total',
      'Discontinuities in the streams of test items. A planned move of topics makes none; the loss of a storage node does.',
      () => this.gaps,
    );
    readCounters(
      registry,
      'topicplane_router_canary_faults_total',
      'Test items that were lost without notice, doubled, disordered or changed between a storage node and the client port. Any fault takes the router out of the rotation.',
      ['fault'],
      () => Object.entries(this.#faults).map(([fault, items]) => [{ fault }, items] as const),
    );
    registerBuckets(
      registry,
      'topicplane_router_canary_round_trip_seconds',
      'From publishing a test item at its own client port until it came back there, by way of a storage node. Not of those of warm-ups.',
      this.roundTripSeconds,
    );
  }

  readonly onFault = (fault: Fault, items: number): void => {
    this.#faults[fault] += items;
  };
}
