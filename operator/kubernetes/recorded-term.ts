import { parseTopology } from '../../topology/index.ts';
import { topologyKey } from '../names.ts';
import type { ConfigMap, ObjectStore } from '../store.ts';

/** The highest term in any topology on record; 0 without one. */
export async function recordedTerm(store: ObjectStore): Promise<number> {
  const maps = await store.list('ConfigMap', undefined);
  return Math.max(0, ...maps.map(termIn));
}

/** A record that can't be read has no say; members refuse what is older than what they hold. */
function termIn({ data }: ConfigMap): number {
  const text = data?.[topologyKey];
  if (text === undefined) return 0;
  try {
    return parseTopology(text).version?.term ?? 0;
  } catch {
    return 0;
  }
}
