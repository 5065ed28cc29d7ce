import { control, type topo } from '../../../proto/index.ts';
import { Router, type RouterBounds, routerBounds } from '../../../router/index.ts';
import { silentLogger } from '../../../runtime/index.ts';
import type { OfferOutcome } from '../../../topology/index.ts';
import type { Member } from './calls.ts';
import type { ClientPipe } from './connections.ts';
import { PlayedEdge } from './edge.ts';
import type { LinkNetwork } from './links.ts';
import type { Process } from './pods.ts';
import type { SimProcess } from './process.ts';
import { newRegistry } from './registry.ts';

const pushOutcomes: Readonly<Record<OfferOutcome, control.PushOutcome>> = {
  applied: control.PushOutcome.APPLIED,
  known: control.PushOutcome.KNOWN,
  stale: control.PushOutcome.STALE,
  invalid: control.PushOutcome.INVALID,
};

/** Shorter than in production, so that a life fits into some virtual seconds. */
const LEAVE_ROTATION_MS = 100;
const DRAIN_MS = 300;
/** A process that was told to end does, whoever is still connected. */
const STOP_MS_MAX = 3_000;
/** Storage nodes forget after a while that a router leaves. */
const LEAVING_AGAIN_MS = 1_000;

/** A router's process: the real router behind a played edge. */
export class RouterMember implements Member {
  readonly process: SimProcess;
  readonly name: string;
  readonly router: Router;
  readonly edge: PlayedEdge;
  readonly #made: Process;
  #draining = false;
  #ending = false;

  constructor(made: Process, links: LinkNetwork, bounds: Partial<RouterBounds>) {
    const { process, name, incarnation, cluster } = made;
    this.#made = made;
    this.process = process;
    this.name = name;
    this.router = new Router({
      identity: { cluster, router: name, incarnation },
      bounds: { ...routerBounds, ...bounds },
      clock: process.clock,
      log: silentLogger,
      registry: newRegistry(),
      dial: (address) => links.dial(process, address),
    });
    this.edge = new PlayedEdge(this.router, process);
    if (made.record) this.router.topology.offer(made.record);
  }

  /** In the rotation, as far as this process is concerned. */
  notReadyBecause(): string | undefined {
    return this.#draining ? 'draining' : this.router.notReadyBecause();
  }

  get version(): topo.Version {
    return this.router.topology.version;
  }

  accept(pipe: ClientPipe): void {
    this.edge.accept(pipe);
  }

  state(): control.GetStateResponse {
    const { WARMING, IN_ROTATION, DRAINING } = control.Phase;
    const reason = this.notReadyBecause();
    const phase = reason === undefined ? IN_ROTATION : WARMING;
    return {
      name: this.name,
      incarnation: this.#made.incarnation,
      phase: this.#draining ? DRAINING : phase,
      reason: reason ?? '',
      version: this.router.topology.version,
      connections: this.edge.connections,
      subscriptions: this.router.hub.subscriptions,
      topics: this.router.hub.topics,
      links: this.router.links.openCount,
      residentBytes: 1,
      move: undefined,
      failedCheck: '',
      stopping: this.#ending,
      standstill: 0,
      liveLinks: this.router.links.live,
      capacity: [],
    };
  }

  push(topology: topo.Topology): control.PushTopologyResponse {
    const { outcome, reason } = this.router.topology.offer(topology);
    return { outcome: pushOutcomes[outcome], version: this.router.topology.version, reason };
  }

  drain(withinMs: number): control.DrainResponse {
    const { connections } = this.edge;
    this.#leave(Math.min(withinMs, DRAIN_MS));
    return { connections, subscriptions: this.router.hub.subscriptions };
  }

  shed(connections: number, withinMs: number): control.ShedResponse {
    const moved = this.edge.shed(connections, Math.min(withinMs, DRAIN_MS), this.#made.random);
    return { connections: moved };
  }

  terminate(): void {
    if (this.#ending) return;
    this.#ending = true;
    this.#leave(DRAIN_MS);
    const { clock } = this.process;
    const untilMs = clock.monotonicMs() + STOP_MS_MAX;
    const check = clock.every(50, () => {
      if (!this.edge.empty && clock.monotonicMs() < untilMs) return;
      check();
      this.router.close();
      this.process.end();
    });
  }

  #leave(withinMs: number): void {
    if (this.#draining) return;
    this.#draining = true;
    const { clock } = this.process;
    clock.after(LEAVE_ROTATION_MS, () => {
      this.router.leaving();
      clock.every(LEAVING_AGAIN_MS, () => this.router.leaving());
      this.edge.leave(withinMs, this.#made.random);
    });
  }
}
