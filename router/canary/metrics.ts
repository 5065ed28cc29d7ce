import { Counter, type Registry } from '../../runtime/index.ts';
import type { Fault } from './judge.ts';

/** What canaries count. */
export class CanaryMetrics {
  readonly received: Counter;
  readonly gaps: Counter;
  readonly #faults: Counter<'fault'>;

  constructor(registry: Registry) {
    const registers = [registry];
    this.received = new Counter({
      name: 'topicplane_router_canary_received_items_total',
      help: 'Test items that this router sent through storage nodes and got back at its own client port.',
      registers,
    });
    this.gaps = new Counter({
      name: 'topicplane_router_canary_announced_gaps_total',
      help: 'Discontinuities in the streams of test items. A planned move of topics makes none; the loss of a storage node does.',
      registers,
    });
    this.#faults = new Counter({
      name: 'topicplane_router_canary_faults_total',
      help: 'Test items that were lost without notice, doubled, disordered or changed between a storage node and the client port. Any fault takes the router out of the rotation.',
      labelNames: ['fault'],
      registers,
    });
    for (const fault of ['lost', 'doubled', 'disordered', 'changed'] satisfies Fault[]) {
      this.#faults.inc({ fault }, 0);
    }
  }

  readonly onFault = (fault: Fault, items: number): void => {
    this.#faults.inc({ fault }, items);
  };
}
