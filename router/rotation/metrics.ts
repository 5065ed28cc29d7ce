import { Gauge, type Registry } from '../../runtime/index.ts';
import type { State } from './machine.ts';

const phases = ['starting', 'warming', 'in-rotation', 'draining', 'stopped'] as const;

/** What is told of the life of a router. */
export class RotationMetrics {
  readonly #warmUp: Gauge;

  constructor(registry: Registry, phase: () => State['phase']) {
    const registers = [registry];
    new Gauge({
      name: 'topicplane_router_phase',
      help: '1 for the phase that the router is in: starting, warming, in-rotation, draining, stopped.',
      labelNames: ['phase'],
      registers,
      collect() {
        for (const each of phases) this.set({ phase: each }, each === phase() ? 1 : 0);
      },
    });
    this.#warmUp = new Gauge({
      name: 'topicplane_router_warm_up_seconds',
      help: 'How long it took from the first topology, or from leaving the rotation, until canaries had come through every storage node; the last time. 0: not yet.',
      registers,
    });
  }

  warmedUp(seconds: number): void {
    this.#warmUp.set(seconds);
  }
}
