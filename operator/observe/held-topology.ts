import { parseTopology, TopologyError } from '../../topology/index.ts';
import { topologyKey } from '../names.ts';
import type { ConfigMap } from '../store.ts';
import type { HeldTopology } from './observed.ts';

/** Characters. */
const problemMax = 200;

/** Reads the topology on record. One of another cluster (of the same name, made earlier) counts as none. */
export function readHeldTopology(
  configMap: ConfigMap | undefined,
  clusterId: string,
): HeldTopology {
  const held = configMap ? readOnce(configMap) : none;
  return held.kind === 'held' && held.topology.cluster !== clusterId ? none : held;
}

const none: HeldTopology = { kind: 'none' };

/** By ConfigMap: a store hands out the same one, which nobody changes, at every look until it is written again. */
const before = new WeakMap<ConfigMap, HeldTopology>();

function readOnce(configMap: ConfigMap): HeldTopology {
  const known = before.get(configMap);
  if (known) return known;
  const held = read(configMap.data?.[topologyKey]);
  before.set(configMap, held);
  return held;
}

function read(text: string | undefined): HeldTopology {
  if (text === undefined) return none;
  try {
    return { kind: 'held', topology: parseTopology(text) };
  } catch (error) {
    if (error instanceof TopologyError) return { kind: 'unreadable', problem: inShort(error) };
    throw error;
  }
}

/** For events and conditions, which are a line each. */
function inShort({ problems }: TopologyError): string {
  const [first = 'not a topology'] = problems;
  const line = first.replaceAll(/\s+/g, ' ');
  const short = line.length > problemMax ? `${line.slice(0, problemMax)}...` : line;
  return problems.length > 1 ? `${short}, and ${problems.length - 1} more` : short;
}
