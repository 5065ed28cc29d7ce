import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';

export { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/**
 * A registry with the process metrics of prom-client. `role` and `name`, that of the pod, label every series, and so does
 * `topic_cluster` where the process belongs to a cluster: its namespace/name.
 */
export function createRegistry(role: string, name: string, topicCluster?: string): Registry {
  const registry = new Registry();
  const ofCluster = topicCluster === undefined ? {} : { topic_cluster: topicCluster };
  registry.setDefaultLabels({ role, name, ...ofCluster });
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** A gauge that is read when it is asked for. */
export function readGauge(
  registry: Registry,
  name: string,
  help: string,
  read: () => number,
): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(read());
    },
  });
}

/** A counter of what somebody else adds to, read when it is asked for: counting costs an addition. */
export function readCounter(
  registry: Registry,
  name: string,
  help: string,
  read: () => number,
): void {
  new Counter({
    name,
    help,
    registers: [registry],
    collect() {
      this.reset();
      this.inc(read());
    },
  });
}

/** The same with labels: `read` says each series' labels and count. */
export function readCounters<L extends string>(
  registry: Registry,
  name: string,
  help: string,
  labelNames: readonly L[],
  read: () => Iterable<readonly [Readonly<Record<L, string>>, number]>,
): void {
  new Counter<L>({
    name,
    help,
    labelNames: [...labelNames],
    registers: [registry],
    collect() {
      this.reset();
      for (const [labels, count] of read()) this.inc(labels, count);
    },
  });
}

/** Two gauges: which topology a process holds. 0: none yet. */
export function registerVersion(
  registry: Registry,
  version: () => { readonly term: number; readonly epoch: number },
): void {
  readGauge(
    registry,
    'topicplane_topology_term',
    'Term of the topology in force: of the operator that wrote it.',
    () => version().term,
  );
  readGauge(
    registry,
    'topicplane_topology_epoch',
    'Epoch of the topology in force. Members that differ for long are not reached by the operator.',
    () => version().epoch,
  );
}
