/** A Prometheus of this machine that scrapes the members of a cluster. */
export type { Target } from './files.ts';
export { findPrometheus } from './find.ts';
export { Prometheus, type PrometheusEvents, type PrometheusOptions } from './prometheus.ts';
