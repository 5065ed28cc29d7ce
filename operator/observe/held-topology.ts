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
  const text = configMap?.data?.[topologyKey];
  if (text === undefined) return { kind: 'none' };
  try {
    const topology = parseTopology(text);
    return topology.cluster === clusterId ? { kind: 'held', topology } : { kind: 'none' };
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
