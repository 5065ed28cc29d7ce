import { Buckets, Gauge, type Registry, readGauge, registerBuckets } from '../../runtime/index.ts';
import type { State } from './machine.ts';

const phases = ['starting', 'warming', 'in-rotation', 'draining', 'stopped'] as const;

/** From a handful of storage nodes to what must not happen. */
const warmUpSeconds = [0.5, 1, 2, 5, 10, 20, 40, 80];

/** What is told of the life of a router. */
export class RotationMetrics {
  readonly #warmUps = new Buckets(warmUpSeconds);
  #lastSeconds = 0;

  constructor(registry: Registry, phase: () => State['phase']) {
    new Gauge({
      name: 'topicplane_router_phase',
      help: '1 for the phase that the router is in: starting, warming, in-rotation, draining, stopped.',
      labelNames: ['phase'],
      registers: [registry],
      collect() {
        for (const each of phases) this.set({ phase: each }, each === phase() ? 1 : 0);
      },
    });
    registerBuckets(
      registry,
      'topicplane_router_warm_up_seconds',
      'From the first topology, or from leaving the rotation, until canaries had come through every storage node.',
      this.#warmUps,
    );
    readGauge(
      registry,
      'topicplane_router_last_warm_up_seconds',
      'The same, of the last time only. 0: not yet.',
      () => this.#lastSeconds,
    );
  }

  warmedUp(seconds: number): void {
    this.#warmUps.observe(seconds);
    this.#lastSeconds = seconds;
  }
}
