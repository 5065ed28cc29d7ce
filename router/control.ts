import { Server, type ServerUnaryCall, type sendUnaryData } from '@grpc/grpc-js';
import { control } from '../proto/index.ts';
import { bindServer } from '../runtime/index.ts';
import type { Decision, OfferOutcome } from '../topology/index.ts';
import type { Identity } from './link/index.ts';
import type { Router } from './router.ts';

/** What the control server says of the process around it. */
export interface RouterProcess {
  phase(): { readonly phase: control.Phase; readonly reason: string };
  connections(): number;
  /** Leaves the rotation and moves the clients; resolves when they are gone or the time is over. */
  drain(withinMs: number): Promise<void>;
}

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
  router: Router,
  process: RouterProcess,
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
      _call: ServerUnaryCall<control.GetStateRequest, control.GetStateResponse>,
      answer: sendUnaryData<control.GetStateResponse>,
    ): void {
      answer(null, {
        name: identity.router,
        incarnation: identity.incarnation,
        ...process.phase(),
        version: router.topology.version,
        connections: process.connections(),
        subscriptions: router.hub.subscriptions,
        topics: router.hub.topics,
        links: router.links.openCount,
        residentBytes: globalThis.process.memoryUsage.rss(),
      });
    },
    drain(
      call: ServerUnaryCall<control.DrainRequest, control.DrainResponse>,
      answer: sendUnaryData<control.DrainResponse>,
    ): void {
      const connections = process.connections();
      const { subscriptions } = router.hub;
      process.drain(call.request.withinMs).then(
        () => answer(null, { connections, subscriptions }),
        (error: Error) => answer(error),
      );
    },
  });
  const port = await bindServer(server, address);
  return { port, close: () => server.forceShutdown() };
}
