import { isRecord, isSameItem, itemKeys } from './differences.ts';

/**
 * What goes first so that `desired` can be applied over `actual`. A server-side apply adds what it names and takes
 * nothing away that others put there, and some things can't stand beside ours: a port of the same name, another source of
 * a volume, another handler of a probe. The server would refuse the apply for ever.
 * @returns a JSON merge patch (RFC 7396) that puts ours in their place; undefined when nothing is in the way.
 */
export function clearance(desired: object, actual: object): object | undefined {
  return ofFields(desired as Fields, actual as Fields, '');
}

type Fields = Readonly<Record<string, unknown>>;

const handlers = ['exec', 'grpc', 'httpGet', 'tcpSocket'] as const;

/**
 * Fields of which one excludes the others, by the name of the map, or of the list whose items they are; `all`: whatever
 * we don't name is in the way.
 */
const choices: Readonly<Record<string, readonly string[] | 'all'>> = {
  env: 'all',
  livenessProbe: handlers,
  readinessProbe: handlers,
  // Of a PodDisruptionBudget.
  spec: ['maxUnavailable', 'minAvailable'],
  startupProbe: handlers,
  updateStrategy: 'all',
  valueFrom: 'all',
  volumes: 'all',
};

/** Lists in which no two items have the same name, though the store tells them apart by something else. */
const namedLists: ReadonlySet<string> = new Set(['ports']);

function ofFields(desired: Fields, actual: Fields, field: string): Fields | undefined {
  const patch: Record<string, unknown> = {};
  for (const name of Object.keys(desired)) {
    const part = ofValue(desired[name], actual[name], name);
    if (part !== undefined) patch[name] = part;
  }
  const choice = Object.hasOwn(choices, field) ? choices[field] : undefined;
  const chosen = (name: string): boolean => choice === 'all' || choice?.includes(name) === true;
  const rivals = Object.keys(actual).filter((name) => {
    return chosen(name) && desired[name] === undefined && actual[name] !== undefined;
  });
  const isChosen = Object.keys(desired).some((name) => chosen(name));
  if (isChosen && rivals.length > 0) {
    for (const name of rivals) patch[name] = null;
    for (const name of Object.keys(desired)) if (chosen(name)) patch[name] = desired[name];
  }
  return Object.keys(patch).length > 0 ? patch : undefined;
}

function ofValue(desired: unknown, actual: unknown, field: string): unknown {
  if (isRecord(desired) && isRecord(actual)) return ofFields(desired, actual, field);
  const keys = Object.hasOwn(itemKeys, field) ? itemKeys[field] : undefined;
  if (!keys || !Array.isArray(desired) || !Array.isArray(actual)) return undefined;
  return ofItems(desired.filter(isRecord), actual.filter(isRecord), field, keys);
}

/** The whole list, because a merge patch replaces lists. */
function ofItems(
  desired: readonly Fields[],
  actual: readonly Fields[],
  field: string,
  keys: readonly string[],
): readonly Fields[] | undefined {
  let isInTheWay = false;
  const items = actual.flatMap((item): Fields[] => {
    const ours = desired.find((wanted) => isSameItem(wanted, item, keys));
    if (ours) {
      const patch = ofFields(ours, item, field);
      if (!patch) return [item];
      isInTheWay = true;
      return [merged(item, patch)];
    }
    const namesake = desired.find(({ name }) => namedLists.has(field) && name === item.name);
    if (!namesake) return [item];
    isInTheWay = true;
    const isThere = actual.some((other) => isSameItem(namesake, other, keys));
    // What the server gave it, such as the port on every node, stays.
    return isThere ? [] : [{ ...item, protocol: 'TCP', ...namesake }];
  });
  return isInTheWay ? items : undefined;
}

function merged(item: Fields, patch: Fields): Fields {
  const result: Record<string, unknown> = { ...item };
  for (const [name, part] of Object.entries(patch)) {
    const before = result[name];
    if (part === null) delete result[name];
    else result[name] = isRecord(part) && isRecord(before) ? merged(before, part) : part;
  }
  return result;
}
