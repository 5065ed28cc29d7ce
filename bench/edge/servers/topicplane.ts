import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { ChannelCredentials, type ServiceError } from '@grpc/grpc-js';
import { version } from '../../../cli/version.ts';
import { control, topo } from '../../../proto/index.ts';
import { cache, grpc } from '../wire/index.ts';
import { NodeProgram, profilerOf } from './node-program.ts';
import type { Contender, StartOptions } from './server.ts';

const program = fileURLToPath(new URL('../../../cli/main.js', import.meta.url));
const anyPort = '127.0.0.1:0';

/** A router and the storage node behind it, as pods run them. This process is their operator and says one word only. */
export const topicplane: Contender = {
  name: 'topicplane',
  wire: grpc,
  version,

  async start(options) {
    const cluster = `default/bench/${randomUUID()}`;
    const storage = await member('storage', 'link', cluster, options);
    const router = await member('router', 'client', cluster, options);
    await configure(cluster, storage, router);
    const programs = [router, storage];
    return {
      port: router.port('client'),
      parts: programs.map(({ name, child }) => ({ name, pid: child.pid })),
      ...(options.isObserved && { profiler: profilerOf(programs) }),
      collect: async () => {
        if (options.isObserved) await Promise.all(programs.map((each) => each.observer.collect()));
      },
      stop: async () => {
        // No client and no topic is to be moved anywhere.
        await Promise.all(programs.map(({ child }) => child.stop('SIGKILL')));
      },
    };
  },
};

function member(
  role: 'router' | 'storage',
  port: 'client' | 'link',
  cluster: string,
  options: StartOptions,
): Promise<NodeProgram> {
  const ports = [port, 'control', 'admin'].flatMap((each) => [`--${each}-address`, anyPort]);
  const args = [role, '--name', `${role}-0`, '--cluster', cluster, ...ports];
  return NodeProgram.start(role, program, args, options);
}

/** Tells both who owns the topics, and waits for the router to have warmed up. */
async function configure(
  cluster: string,
  storage: NodeProgram,
  router: NodeProgram,
): Promise<void> {
  const [storageStub, routerStub] = [storage, router].map(
    ({ addresses }) =>
      new control.ControlServiceClient(
        addresses['control'] ?? '',
        ChannelCredentials.createInsecure(),
      ),
  ) as [control.ControlServiceClient, control.ControlServiceClient];
  const state = (stub: control.ControlServiceClient) =>
    answer<control.GetStateResponse>((done) => stub.getState({ cluster }, done));
  try {
    const { incarnation } = await state(storageStub);
    const topology = topologyOf(cluster, storage.addresses['link'] ?? '', incarnation);
    for (const stub of [storageStub, routerStub]) {
      await answer((done) => stub.pushTopology({ topology, confirms: 0 }, done));
    }
    await router.child.until('warm-up', async () => {
      const { phase, reason, failedCheck } = await state(routerStub);
      if (failedCheck !== '') throw new Error(`the router does not warm up: ${reason}`);
      return phase === control.Phase.IN_ROTATION;
    });
  } finally {
    storageStub.close();
    routerStub.close();
  }
}

/** As the operator's defaults make it. */
function topologyOf(cluster: string, address: string, incarnation: string): topo.Topology {
  const name = 'storage-0';
  return {
    cluster,
    version: { term: 1, epoch: 1 },
    pageOrigin: 1_000_000,
    caches: [{ name: cache, publishesPerSecondMax: 0, subscriptionsMax: 0 }],
    storage: [{ name, address, incarnation }],
    ring: [name],
    move: undefined,
    ringEpoch: 1,
    previousRingEpoch: 0,
    settings: {
      messageBytesMax: 1 << 20,
      history: { itemsMax: 256, bytesMax: 1 << 20, ageMsMax: 120_000, idleMsMax: 600_000 },
      heartbeatMs: 5_000,
      resumeZero: topo.ResumeZero.NOTHING,
      routerCapacity: undefined,
      storageCapacity: undefined,
    },
  };
}

function answer<T>(
  ask: (done: (error: ServiceError | null, response: T) => void) => unknown,
): Promise<T> {
  return new Promise((resolve, reject) => {
    ask((error, response) => (error ? reject(error) : resolve(response)));
  });
}
