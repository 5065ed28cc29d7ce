import { operatorMetrics } from '../../operator/kubernetes/metrics.ts';
import { type RunningRouter, routerBounds, startRouter } from '../../router/index.ts';
import { createRegistry, type Registry, silentLogger, systemClock } from '../../runtime/index.ts';
import { type RunningStorage, startStorage } from '../../storage/index.ts';
import { cluster } from '../tiers/two-tiers.ts';

const any = '127.0.0.1:0';
const addresses = { controlAddress: any, adminAddress: any };

/** One process of each kind with all its ports, in this process; without an operator that tells them anything. */
export class Processes {
  readonly router: RunningRouter;
  readonly storage: RunningStorage;
  readonly operator: Registry;

  private constructor(router: RunningRouter, storage: RunningStorage) {
    this.router = router;
    this.storage = storage;
    this.operator = createRegistry('operator', 'operator-0');
    operatorMetrics(this.operator, {
      store: () => undefined,
      isLeading: () => false,
      term: () => undefined,
      depth: () => 0,
      eventsDropped: () => 0,
    });
  }

  static async start(): Promise<Processes> {
    const by = { log: silentLogger, clock: systemClock };
    const storage = await startStorage(
      { name: 'storage-0', cluster, linkAddress: any, ...addresses },
      by,
    );
    const router = await startRouter(
      {
        name: 'router-0',
        cluster,
        clientAddress: any,
        ...addresses,
        topologyFile: undefined,
        logLevel: 'silent',
        bounds: routerBounds,
        edge: {},
      },
      by,
    );
    return new Processes(router, storage);
  }

  /** Without moving anybody. */
  async stop(): Promise<void> {
    for (const ending of this.router.endings.slice(1)) await ending.end();
    this.storage.node.release();
    for (const ending of this.storage.endings) await ending.end();
  }
}
