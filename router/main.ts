import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { control as controlApi } from '../proto/index.ts';
import {
  announce,
  createLogger,
  createRegistry,
  endOnSignal,
  type Logger,
  newIncarnation,
  sleep,
  startAdmin,
  systemClock,
} from '../runtime/index.ts';
import { type ParsedAddress, parseAddress, parseTopology } from '../topology/index.ts';
import type { RouterConfig } from './config.ts';
import { startControl } from './control.ts';
import { type Edge, startEdge } from './edge/index.ts';
import { Router } from './router.ts';

/** Runs a router until it is told to stop. Resolves once it serves; rejects when it can't. */
export async function runRouter(config: RouterConfig): Promise<void> {
  const clock = systemClock;
  const log = createLogger('router', config.name, config.logLevel);
  const registry = createRegistry('router', config.name);
  const identity = {
    cluster: config.cluster,
    router: config.name,
    incarnation: newIncarnation(),
  };
  const router = new Router({ identity, bounds: config.bounds, clock, log, registry });
  const edge = startEdge({ service: router, clock, log, registry, config: config.edge });
  const rotation = new Rotation(router, edge, config.bounds.leaveRotationMs);

  const client = addressFrom('--client-address', config.clientAddress);
  const control = addressFrom('--control-address', config.controlAddress);
  const admin = addressFrom('--admin-address', config.adminAddress);
  const clientPort = await edge.listen(config.clientAddress);
  const controlServer = await startControl(config.controlAddress, identity, router, rotation);
  const adminServer = await startAdmin({
    ...admin,
    registry,
    readiness: () => rotation.notReadyBecause(),
  });
  takeSocketsFromParent(edge);
  await readTopologyFile(config.topologyFile, router, log);
  endOnSignal(log, [
    { what: 'clients', end: () => rotation.drain(config.bounds.drainMs) },
    { what: 'edge', end: () => edge.close() },
    { what: 'links', end: () => router.close() },
    { what: 'control port', end: () => controlServer.close() },
    { what: 'admin port', end: () => adminServer.close() },
  ]);
  announce({
    client: `${client.host}:${clientPort}`,
    control: `${control.host}:${controlServer.port}`,
    admin: `${admin.host}:${adminServer.port}`,
  });
  log.info({ clientPort, controlPort: controlServer.port, adminPort: adminServer.port }, 'serving');
}

/** Storage nodes expect the clients of a router that leaves for 5 s; a drain may take longer. */
const LEAVING_AGAIN_MS = 1_000;

/** Whether clients should be sent here, and how they are moved away. */
class Rotation {
  readonly #router: Router;
  readonly #edge: Edge;
  readonly #leaveMs: number;
  #draining: Promise<void> | undefined;

  constructor(router: Router, edge: Edge, leaveMs: number) {
    this.#router = router;
    this.#edge = edge;
    this.#leaveMs = leaveMs;
  }

  notReadyBecause(): string | undefined {
    return this.#draining ? 'draining' : this.#router.notReadyBecause();
  }

  phase(): { phase: controlApi.Phase; reason: string } {
    if (this.#draining) return { phase: controlApi.Phase.DRAINING, reason: 'draining' };
    const reason = this.#router.notReadyBecause();
    if (reason === undefined) return { phase: controlApi.Phase.IN_ROTATION, reason: '' };
    return { phase: controlApi.Phase.WARMING, reason };
  }

  connections(): number {
    return this.#edge.connections();
  }

  async drain(withinMs: number): Promise<void> {
    this.#draining ??= this.#leave(withinMs);
    return this.#draining;
  }

  async #leave(withinMs: number): Promise<void> {
    await sleep(systemClock, this.#leaveMs);
    this.#router.leaving();
    const again = systemClock.every(LEAVING_AGAIN_MS, () => this.#router.leaving());
    await this.#edge.drain(withinMs);
    again();
  }
}

/** On one machine the parent owns the clients' port and hands each accepted socket to one of its routers. */
function takeSocketsFromParent(edge: Edge): void {
  process.on('message', (message: unknown, socket: unknown) => {
    const isSocket = (message as { socket?: unknown } | null)?.socket === 'client';
    if (isSocket && socket) edge.accept(socket as Socket);
  });
}

function addressFrom(flag: string, text: string): ParsedAddress {
  const address = parseAddress(text);
  if (!address) throw new Error(`${flag} must be host:port, is ${JSON.stringify(text)}`);
  return address;
}

async function readTopologyFile(
  file: string | undefined,
  router: Router,
  log: Logger,
): Promise<void> {
  if (!file) return;
  try {
    router.topology.offer(parseTopology(await readFile(file, 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    log.warn({ file, error: (error as Error).message }, 'the topology file was not used');
  }
}
