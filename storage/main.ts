import { readFile } from 'node:fs/promises';
import type { Server } from '@grpc/grpc-js';
import {
  announce,
  bindServer,
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
import { clusterLabel, parseAddress, parseTopology } from '../topology/index.ts';
import { storageCapacity } from './capacity.ts';
import { type StorageConfig, storageBounds } from './config.ts';
import { createControlServer, StorageControl } from './control.ts';
import { createBatchMetric, createPauseMetric, registerMetrics } from './metrics.ts';
import { StorageNode } from './node.ts';

export interface RunningStorage {
  readonly node: StorageNode;
  /** What /metrics shows. */
  readonly registry: Registry;
  /** host:port each, as bound. */
  readonly addresses: { readonly link: string; readonly control: string; readonly admin: string };
  /** What is to be ended, in order. */
  readonly endings: readonly Ending[];
}

/**
 * Runs a storage node as this process: serves until SIGTERM or SIGINT, then until its topics are elsewhere, writes what is
 * collected for routers, ends the links and exits. Rejects when it can't start: an address that is taken or is none.
 */
export async function runStorage(config: StorageConfig): Promise<void> {
  const log = createLogger('storage', config.name, config.logLevel ?? 'info');
  const storage = await startStorage(config, { log, clock: systemClock });
  endOnSignal(log, storage.endings);
  log.info({ ...storage.addresses, incarnation: storage.node.self.incarnation }, 'serving');
  announce(storage.addresses);
}

/** Starts everything and returns when all ports are bound; what was started is ended again when that fails. */
export async function startStorage(
  config: StorageConfig,
  { log, clock }: { readonly log: Logger; readonly clock: Clock },
): Promise<RunningStorage> {
  const registry = createRegistry('storage', config.name, clusterLabel(config.cluster));
  const batchItems = createBatchMetric(registry);
  const pauses = createPauseMetric(registry);
  const bounds = { ...storageBounds, ...config.bounds };
  const node = new StorageNode({
    self: { cluster: config.cluster, name: config.name, incarnation: newIncarnation() },
    bounds,
    clock,
    log,
    onBatch: (items) => batchItems.observe(items),
    onHandedOver: (handedOver) => pauses.observe(handedOver),
  });
  registerMetrics(registry, node);
  if (config.topologyFile !== undefined) await readTopologyFile(node, config.topologyFile, log);

  const capacity = storageCapacity({ node, bounds, clock, reads: processReads() });
  registerCapacity(registry, capacity);
  const endings: Ending[] = [{ what: 'capacity', end: () => capacity.close() }];
  try {
    const hosts = hostsOf(config);
    endings.unshift({ what: 'links', end: () => node.stop() });
    const linkPort = await bound(
      'link-address',
      config.linkAddress,
      node.listen(config.linkAddress),
    );
    const calls = new StorageControl(node, () => capacity.read());
    const controlServer = createControlServer(calls);
    endings.unshift({ what: 'control', end: () => shutDown(controlServer) });
    let serves = false;
    // Only a node that serves has something to wait for: one that can't start ends at once.
    endings.unshift({ what: 'topics', end: () => (serves ? node.evacuated() : undefined) });
    const { controlAddress, adminAddress } = config;
    const controlBinding = bindServer(controlServer, controlAddress);
    const controlPort = await bound('control-address', controlAddress, controlBinding);
    const starting = startAdmin({ ...hosts.admin, readiness: () => undefined, registry });
    const admin = await bound('admin-address', adminAddress, starting);
    endings.push({ what: 'admin', end: () => admin.close() });
    const addresses = {
      link: `${hosts.link}:${linkPort}`,
      control: `${hosts.control}:${controlPort}`,
      admin: `${withBrackets(hosts.admin.host)}:${admin.port}`,
    };
    serves = true;
    return { node, registry, addresses, endings };
  } catch (error) {
    for (const ending of endings) await ending.end();
    throw error;
  }
}

/** A pod that starts while the operator is away knows the settings at least; owning takes a push that names it. */
async function readTopologyFile(node: StorageNode, file: string, log: Logger): Promise<void> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    log.info({ file, why: String(error) }, 'no topology file: waiting for a push');
    return;
  }
  try {
    node.offer(parseTopology(text));
  } catch (error) {
    log.error({ file, why: String(error) }, 'the topology file is passed over: waiting for a push');
  }
}

function hostsOf(config: StorageConfig): {
  readonly link: string;
  readonly control: string;
  readonly admin: { readonly host: string; readonly port: number };
} {
  const parse = (flag: string, address: string) => {
    const parsed = parseAddress(address);
    if (!parsed) throw new Error(`--${flag} must be host:port, is ${JSON.stringify(address)}`);
    return parsed;
  };
  return {
    link: withBrackets(parse('link-address', config.linkAddress).host),
    control: withBrackets(parse('control-address', config.controlAddress).host),
    admin: parse('admin-address', config.adminAddress),
  };
}

async function bound<T>(flag: string, address: string, binding: Promise<T>): Promise<T> {
  try {
    return await binding;
  } catch (error) {
    throw new Error(`can't listen on --${flag} ${address}: ${(error as Error).message}`);
  }
}

function withBrackets(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

async function shutDown(server: Server): Promise<void> {
  server.forceShutdown();
}
