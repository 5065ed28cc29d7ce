import { Server, type ServerUnaryCall, type sendUnaryData, status } from '@grpc/grpc-js';
import { control } from '../proto/index.ts';
import { bindServer, type Capacity } from '../runtime/index.ts';
import type { Decision, OfferOutcome } from '../topology/index.ts';
import type { Edge } from './edge/index.ts';
import type { Identity } from './link/index.ts';
import type { Rotation, State } from './rotation/index.ts';
import type { Router } from './router.ts';

/** What there is to say of this process, and to ask of it. */
export interface RouterProcess {
  readonly router: Router;
  readonly edge: Pick<Edge, 'connections' | 'subscriptions' | 'shed'>;
  readonly rotation: Pick<Rotation, 'state' | 'notReadyBecause' | 'drain'>;
  readonly capacity: Pick<Capacity, 'read'>;
}

const phases: Record<State['phase'], control.Phase> = {
  starting: control.Phase.STARTING,
  warming: control.Phase.WARMING,
  'in-rotation': control.Phase.IN_ROTATION,
  draining: control.Phase.DRAINING,
  stopped: control.Phase.STOPPED,
};

const pushOutcomes: Record<OfferOutcome, control.PushOutcome> = {
  applied: control.PushOutcome.APPLIED,
  known: control.PushOutcome.KNOWN,
  stale: control.PushOutcome.STALE,
  invalid: control.PushOutcome.INVALID,
};

/** Serves the operator's calls on a port of their own. */
export async function startControl(
  address: string,
  identity: Identity,
  { router, edge, rotation, capacity }: RouterProcess,
): Promise<{ readonly port: number; close(): void }> {
  const server = new Server();
  server.addService(control.ControlServiceService, {
    pushTopology(
      call: ServerUnaryCall<control.PushTopologyRequest, control.PushTopologyResponse>,
      answer: sendUnaryData<control.PushTopologyResponse>,
    ): void {
      const { outcome, reason }: Decision = router.topology.offer(call.request.topology);
      answer(null, { outcome: pushOutcomes[outcome], version: router.topology.version, reason });
    },
    getState(
      call: ServerUnaryCall<control.GetStateRequest, control.GetStateResponse>,
      answer: sendUnaryData<control.GetStateResponse>,
    ): void {
      const { cluster } = call.request;
      if (cluster !== '' && cluster !== identity.cluster) {
        const details = `router ${identity.router} at this address belongs to cluster ${identity.cluster}, not to ${cluster}`;
        return answer({ code: status.FAILED_PRECONDITION, details });
      }
      answer(null, {
        name: identity.router,
        incarnation: identity.incarnation,
        phase: phases[rotation.state.phase],
        reason: rotation.notReadyBecause() ?? '',
        version: router.topology.version,
        connections: edge.connections(),
        subscriptions: router.hub.subscriptions,
        topics: router.hub.topics,
        links: router.links.openCount,
        residentBytes: process.memoryUsage.rss(),
        move: undefined,
        failedCheck: rotation.state.phase === 'warming' ? rotation.state.failedCheck : '',
        stopping: isStopping(rotation.state),
        standstill: 0,
        liveLinks: router.links.live,
        capacity: [...capacity.read()],
      });
    },
    /** Doesn't wait until the clients are gone: `getState` tells. */
    drain(
      call: ServerUnaryCall<control.DrainRequest, control.DrainResponse>,
      answer: sendUnaryData<control.DrainResponse>,
    ): void {
      rotation.drain(call.request.withinMs);
      answer(null, {
        connections: edge.connections(),
        subscriptions: router.hub.subscriptions,
      });
    },
    /** Only in the rotation: otherwise nobody new comes, and those who are here would have nowhere better to go. */
    shed(
      call: ServerUnaryCall<control.ShedRequest, control.ShedResponse>,
      answer: sendUnaryData<control.ShedResponse>,
    ): void {
      const { connections, withinMs } = call.request;
      const isIn = rotation.state.phase === 'in-rotation';
      answer(null, { connections: isIn ? edge.shed(connections, withinMs) : 0 });
    },
  });
  const port = await bindServer(server, address);
  return { port, close: () => server.forceShutdown() };
}

function isStopping(state: State): boolean {
  return state.phase === 'stopped' || (state.phase === 'draining' && state.stop);
}
