import { Server, type ServiceError, status } from '@grpc/grpc-js';
import { control } from '../proto/index.ts';
import type { Use } from '../runtime/index.ts';
import type { OfferOutcome } from '../topology/index.ts';
import { formatVersion } from '../topology/index.ts';
import type { StorageNode } from './node.ts';

const outcomes: Readonly<Record<OfferOutcome, control.PushOutcome>> = {
  applied: control.PushOutcome.APPLIED,
  known: control.PushOutcome.KNOWN,
  stale: control.PushOutcome.STALE,
  invalid: control.PushOutcome.INVALID,
};

/** What the operator asks of a storage node, as plain calls. */
export class StorageControl {
  readonly #node: StorageNode;
  readonly #uses: () => readonly Use[];

  /** @param uses what the node uses of what it can; default: nobody measures that */
  constructor(node: StorageNode, uses: () => readonly Use[] = () => []) {
    this.#node = node;
    this.#uses = uses;
  }

  pushTopology({ topology, confirms }: control.PushTopologyRequest): control.PushTopologyResponse {
    this.#node.notice();
    this.#node.asked();
    const applied = this.#node.offer(topology);
    const { outcome } = applied;
    if (outcome === 'applied' || outcome === 'known') this.#node.confirm(confirms);
    return {
      outcome: outcomes[applied.outcome],
      version: this.#node.ownership.version,
      reason: applied.reason,
    };
  }

  getState(): control.GetStateResponse {
    this.#node.notice();
    this.#node.asked();
    const { self, ownership, topics, links, mover, drained, stopping, standstill } = this.#node;
    return {
      name: self.name,
      incarnation: self.incarnation,
      phase: drained ? control.Phase.DRAINING : control.Phase.IN_ROTATION,
      reason: this.#reason(standstill > 0),
      version: ownership.version,
      connections: 0,
      subscriptions: 0,
      topics: topics.size,
      links: links.links,
      residentBytes: process.memoryUsage.rss(),
      move: mover.progress,
      failedCheck: '',
      stopping,
      standstill,
      liveLinks: [],
      capacity: [...this.#uses()],
    };
  }

  /** Why a question about another cluster isn't answered, for people; undefined: it is. */
  refusal(cluster: string): string | undefined {
    const { self } = this.#node;
    if (cluster === '' || cluster === self.cluster) return undefined;
    return `storage node ${self.name} at this address belongs to cluster ${self.cluster}, not to ${cluster}`;
  }

  #reason(isHeld: boolean): string {
    if (isHeld) return 'stood still: serves again when the operator confirms the topology';
    return this.#node.drained ? 'drained: not in the ring, owns nothing' : '';
  }

  /**
   * A storage node has nothing to move by itself: topics go when a topology without it is pushed. So it is drained as
   * soon as the topology it holds gives it nothing, and refuses before: to answer publishes MOVED while the ring still
   * names it would leave its topics without an owner. One that was told to end has nothing better to do than to end: the
   * operator asks it to when nobody is there to take its topics, and what it holds is lost.
   *
   * @returns undefined: drained, or about to end. Otherwise why it can't be, for people.
   */
  drain(): string | undefined {
    const { self, ownership, stopping } = this.#node;
    if (stopping) {
      this.#node.release();
      return undefined;
    }
    if (ownership.inRing) {
      return `storage node ${self.name} is in the ring of topology ${formatVersion(ownership.version)}: push one without it first`;
    }
    this.#node.drain();
    return undefined;
  }

  /** Why there is nothing to shed, for people. */
  shed(): string {
    return `storage node ${this.#node.self.name} has no clients: ask routers`;
  }
}

/** The control service over gRPC; to be bound to a port of its own. */
export function createControlServer(calls: StorageControl): Server {
  const server = new Server();
  const implementation: control.ControlServiceServer = {
    pushTopology: (call, answer) => answer(null, calls.pushTopology(call.request)),
    getState: (call, answer) => {
      const refusal = calls.refusal(call.request.cluster);
      if (refusal === undefined) answer(null, calls.getState());
      else answer(failed(status.FAILED_PRECONDITION, refusal));
    },
    drain: (_call, answer) => {
      const refusal = calls.drain();
      if (refusal === undefined) answer(null, { connections: 0, subscriptions: 0 });
      else answer(failed(status.FAILED_PRECONDITION, refusal));
    },
    shed: (_call, answer) => answer(failed(status.UNIMPLEMENTED, calls.shed())),
  };
  server.addService(control.ControlServiceService, implementation);
  return server;
}

function failed(code: status, details: string): Partial<ServiceError> {
  return { code, details };
}
