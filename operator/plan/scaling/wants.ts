import type { CapacityWant } from '../../capacity/index.ts';
import { components } from '../../names.ts';
import type { Observed } from '../../observe/index.ts';
import { loadSource } from './source.ts';

/** What is to be read from outside for the next plans of a cluster. */
export function capacityWants(
  { key, resolved }: Pick<Observed, 'key' | 'resolved'>,
  prometheusUrl: string | undefined,
): readonly CapacityWant[] {
  if (!resolved.ok) return [];
  const { scaling } = resolved.cluster.spec;
  const source = loadSource(scaling, prometheusUrl);
  if (source.kind === 'members') return [];
  const { url, bearerTokenSecret, caSecret } = source.prometheus;
  const prometheus = {
    url,
    bearerTokenSecret: named(bearerTokenSecret),
    caSecret: named(caSecret),
  };
  const intervalMs = scaling.intervalSeconds * 1000;
  return components
    .filter((tier) => scaling[tier].max !== undefined)
    .map((tier) => ({ ...key, tier, prometheus, intervalMs }));
}

function named({ name, key }: { readonly name?: string; readonly key: string }) {
  return name === undefined ? undefined : { name, key };
}
