/** Where clients meet a router: connections, protocols, and moving clients away. */
export { canaryHeader } from './canary-key.ts';
export { defaultEdgeConfig, type EdgeConfig } from './config.ts';
export type { DrainOutcome } from './drain.ts';
export { type Edge, type EdgeOptions, startEdge } from './edge.ts';
export { Certificate, type CertificateFiles } from './tls/index.ts';
