/** What the members of a tier use of what they can, read from Prometheus, and read again at an interval. */
export * from './prometheus-source.ts';
export * from './readings.ts';
export * from './secrets.ts';
export * from './source.ts';
