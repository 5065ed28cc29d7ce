import { collectDefaultMetrics, Registry } from 'prom-client';

export { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** A registry with the process metrics of prom-client; `role` and `name` label every series. */
export function createRegistry(role: string, name: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ role, name });
  collectDefaultMetrics({ register: registry });
  return registry;
}
