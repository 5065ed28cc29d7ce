import { Registry } from 'prom-client';

/** A registry of its own for each process; nobody reads it. */
export function newRegistry(): Registry {
  return new Registry();
}
