import { Counter, Gauge, Histogram, type Registry } from '../../runtime/index.ts';
import type { ControllerObserver } from '../controller.ts';
import { scalingMetrics } from '../scaling-metrics.ts';
import type { Answered } from './api.ts';
import { clusterMetrics } from './cluster-metrics.ts';
import type { KubernetesStore } from './store.ts';

export interface MetricsSources {
  readonly store: () => KubernetesStore | undefined;
  readonly isLeading: () => boolean;
  readonly term: () => number | undefined;
  readonly depth: () => number;
  readonly eventsDropped: () => number;
}

export interface OperatorMetrics {
  readonly answered: (answered: Answered) => void;
  readonly observer: Required<
    Pick<ControllerObserver, 'reconciled' | 'pushed' | 'refused' | 'scaling'>
  >;
}

/** Registers what the operator tells Prometheus. */
export function operatorMetrics(registry: Registry, sources: MetricsSources): OperatorMetrics {
  const registers = [registry];
  const requests = new Counter({
    name: 'topicplane_operator_api_requests_total',
    help: 'Requests to the API server, by verb, resource and HTTP status; code 0: no answer',
    labelNames: ['verb', 'resource', 'code'],
    registers,
  });
  const requestSeconds = new Histogram({
    name: 'topicplane_operator_api_request_seconds',
    help: 'Until the API server answered',
    labelNames: ['verb'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
    registers,
  });
  const reconciles = new Counter({
    name: 'topicplane_operator_reconciles_total',
    help: 'Reconciles, by result: ok or retry',
    labelNames: ['result'],
    registers,
  });
  const reconcileSeconds = new Histogram({
    name: 'topicplane_operator_reconcile_seconds',
    help: 'Length of a reconcile',
    buckets: [0.01, 0.05, 0.2, 1, 5, 20],
    registers,
  });
  const pushes = new Counter({
    name: 'topicplane_operator_topology_pushes_total',
    help: 'Topologies sent to members, by result: acknowledged or failed',
    labelNames: ['result'],
    registers,
  });
  const refusals = new Counter({
    name: 'topicplane_operator_refusals_total',
    help: 'Objects that could not be written, by reason: NameTaken or ApplyFailed',
    labelNames: ['reason'],
    registers,
  });
  new Counter({
    name: 'topicplane_operator_events_dropped_total',
    help: 'Events that were not written',
    registers,
    collect() {
      this.reset();
      this.inc(sources.eventsDropped());
    },
  });
  gauges(registers, sources);
  clusterMetrics(registry, sources.store, sources.isLeading);
  return {
    answered: ({ verb, resource, code, durationMs }) => {
      requests.inc({ verb, resource, code: String(code) });
      requestSeconds.observe({ verb }, durationMs / 1000);
    },
    observer: {
      reconciled: (_key, ok, durationMs) => {
        reconciles.inc({ result: ok ? 'ok' : 'retry' });
        reconcileSeconds.observe(durationMs / 1000);
      },
      pushed: (_member, acknowledged) => {
        pushes.inc({ result: acknowledged ? 'acknowledged' : 'failed' });
      },
      refused: (reason) => refusals.inc({ reason }),
      scaling: scalingMetrics(registry, sources.isLeading),
    },
  };
}

function gauges(registers: Registry[], sources: MetricsSources): void {
  gauge(registers, 'leading', '1 while this process leads', () => Number(sources.isLeading()));
  gauge(registers, 'term', 'Term in which this process leads; 0 while it does not', () => {
    return sources.term() ?? 0;
  });
  gauge(
    registers,
    'queue_depth',
    'Clusters that wait for a reconcile or are in one',
    sources.depth,
  );
  cacheGauge(registers, 'cache_list_age_seconds', 'Since the last whole list', (cache) => {
    return inSeconds(cache.ages.listMs);
  });
  cacheGauge(registers, 'cache_heard_age_seconds', 'Since a watch told anything', (cache) => {
    return inSeconds(cache.ages.heardMs);
  });
  cacheGauge(registers, 'cache_objects', 'Objects that are held', (cache) => cache.size);

  function cacheGauge(
    registers: Registry[],
    name: string,
    help: string,
    read: (cache: KubernetesStore['caches'][number]) => number,
  ): void {
    new Gauge({
      name: `topicplane_operator_${name}`,
      help,
      labelNames: ['kind', 'namespace'],
      registers,
      collect() {
        for (const cache of sources.store()?.caches ?? []) {
          this.set({ kind: cache.kind, namespace: cache.namespace ?? '' }, read(cache));
        }
      },
    });
  }
}

function gauge(registers: Registry[], name: string, help: string, read: () => number): void {
  new Gauge({
    name: `topicplane_operator_${name}`,
    help,
    registers,
    collect() {
      this.set(read());
    },
  });
}

/** Before the first there is no age. */
function inSeconds(ms: number | undefined): number {
  return ms === undefined ? Number.NaN : ms / 1000;
}
