import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import {
  announce,
  type Clock,
  createLogger,
  createRegistry,
  type Ending,
  endOnSignal,
  type Logger,
  newIncarnation,
  processReads,
  type Registry,
  registerCapacity,
  startAdmin,
  systemClock,
} from '../runtime/index.ts';
import {
  clusterLabel,
  type ParsedAddress,
  parseAddress,
  parseTopology,
} from '../topology/index.ts';
import { Canaries } from './canary/index.ts';
import { routerCapacity } from './capacity.ts';
import type { RouterConfig } from './config.ts';
import { startControl } from './control.ts';
import { Certificate, defaultEdgeConfig, startEdge } from './edge/index.ts';
import { Rotation } from './rotation/index.ts';
import { Router } from './router.ts';

export interface RunningRouter {
  readonly router: Router;
  readonly rotation: Rotation;
  /** What /metrics shows. */
  readonly registry: Registry;
  /** host:port each, as bound. */
  readonly addresses: { readonly client: string; readonly control: string; readonly admin: string };
  /** Takes over a connected client socket. */
  accept(socket: Socket): void;
  /** What is to be ended, in order; the first moves the clients elsewhere. */
  readonly endings: readonly Ending[];
}

/** Runs a router until it is told to stop. Resolves once it serves; rejects when it can't. */
export async function runRouter(config: RouterConfig): Promise<void> {
  const log = createLogger('router', config.name, config.logLevel);
  const running = await startRouter(config, { log, clock: systemClock });
  takeSocketsFromParent(running);
  endOnSignal(log, running.endings);
  announce(running.addresses);
  log.info(running.addresses, 'serving');
}

/** Starts everything; resolves when all ports are bound, and rejects when one can't be. */
export async function startRouter(
  config: RouterConfig,
  { log, clock }: { readonly log: Logger; readonly clock: Clock },
): Promise<RunningRouter> {
  const { name, cluster, bounds } = config;
  const registry = createRegistry('router', name, clusterLabel(cluster));
  const identity = { cluster, router: name, incarnation: newIncarnation() };
  const router = new Router({ identity, bounds, clock, log, registry });
  const canaryKey = randomBytes(32).toString('base64url');
  const { traffic } = router;
  const options = { service: router, clock, log, registry, traffic, config: config.edge };
  const edgeBounds = { ...defaultEdgeConfig, ...config.edge };
  const certificate =
    config.clientTls &&
    (await Certificate.load(config.clientTls, clock, log, edgeBounds.certificateCheckMs));
  const shedding = () => router.shedding();
  const isServing = () => rotation.notReadyBecause() === undefined;
  const edge = startEdge({ ...options, canaryKey, certificate, shedding, isServing });
  const canaries = new Canaries({
    router: name,
    run: identity.incarnation,
    clock,
    log,
    registry,
    bounds,
    placement: () => router.topology.current,
    linked: (member) => router.links.open(member) !== undefined,
  });
  const rotation = new Rotation({
    clock,
    log,
    registry,
    bounds,
    hasTopology: () => router.topology.current !== undefined,
    unlinked: () => router.unlinked,
    canaries,
    sayLeaving: () => router.leaving(),
    moveClients: (withinMs) => edge.drain(withinMs),
  });
  const parts = { router, edge, clock, bounds: edgeBounds, reads: processReads() };
  const capacity = routerCapacity(parts);
  registerCapacity(registry, capacity);

  const client = addressFrom('--client-address', config.clientAddress);
  const control = addressFrom('--control-address', config.controlAddress);
  const admin = addressFrom('--admin-address', config.adminAddress);
  const clientPort = await edge.listen(config.clientAddress);
  const calls = { router, edge, rotation, capacity };
  const controlServer = await startControl(config.controlAddress, identity, calls);
  const readiness = () => rotation.notReadyBecause();
  const adminServer = await startAdmin({ ...admin, registry, readiness });
  canaries.start(ownAddress(client, clientPort), canaryKey);
  await readTopologyFile(config.topologyFile, router, log);
  return {
    router,
    rotation,
    registry,
    addresses: {
      client: `${client.host}:${clientPort}`,
      control: `${control.host}:${controlServer.port}`,
      admin: `${admin.host}:${adminServer.port}`,
    },
    accept: (socket) => edge.accept(socket),
    endings: [
      { what: 'clients', end: () => rotation.stop(bounds.drainMs) },
      { what: 'rotation', end: () => rotation.close() },
      { what: 'edge', end: () => edge.close() },
      { what: 'links', end: () => router.close() },
      { what: 'control port', end: () => controlServer.close() },
      { what: 'admin port', end: () => adminServer.close() },
      { what: 'capacity', end: () => capacity.close() },
    ],
  };
}

/** Where this process reaches its own client port: loopback, unless it listens on one address alone. */
function ownAddress({ host }: ParsedAddress, port: number): string {
  if (host === '0.0.0.0') return `127.0.0.1:${port}`;
  if (host === '::') return `[::1]:${port}`;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** On one machine the parent owns the clients' port and hands each accepted socket to one of its routers. */
function takeSocketsFromParent(running: RunningRouter): void {
  process.on('message', (message: unknown, socket: unknown) => {
    const isSocket = (message as { socket?: unknown } | null)?.socket === 'client';
    if (isSocket && socket) running.accept(socket as Socket);
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
