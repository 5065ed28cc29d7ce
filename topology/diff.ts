import { topo } from '../proto/index.ts';
import { ownersText } from './owners.ts';

export interface CacheChange {
  readonly before: topo.Cache;
  readonly after: topo.Cache;
}

/** What is different between two maps. Names are sorted. */
export interface TopologyDiff {
  /** Storage nodes that the routers link to. */
  readonly members: {
    readonly added: readonly string[];
    readonly removed: readonly string[];
    /** The same node, another run of it. */
    readonly restarted: readonly string[];
    /** The same run, elsewhere. */
    readonly readdressed: readonly string[];
  };
  /** Storage nodes that own topics. */
  readonly ring: { readonly added: readonly string[]; readonly removed: readonly string[] };
  /** Some topic may have another owner, or another heir. */
  readonly owners: boolean;
  /** What became of a move, for people: `topics move from s-0 to s-1`; undefined: nothing. */
  readonly move: string | undefined;
  readonly caches: {
    readonly added: readonly string[];
    readonly removed: readonly string[];
    readonly changed: readonly CacheChange[];
  };
  /** Which settings, as `name: before -> after`. */
  readonly settings: readonly string[];
}

/** @param before undefined: there was none, everything is added. */
export function diffTopologies(
  before: topo.Topology | undefined,
  after: topo.Topology,
): TopologyDiff {
  const members = compareByName(before?.storage ?? [], after.storage);
  const caches = compareByName(before?.caches ?? [], after.caches);
  const restarted = members.kept.filter(
    (pair) => pair.before.incarnation !== pair.after.incarnation,
  );
  const ring = compareByName(named(before?.ring ?? []), named(after.ring));
  return {
    members: {
      added: members.added,
      removed: members.removed,
      restarted: restarted.map((pair) => pair.after.name),
      readdressed: members.kept
        .filter((pair) => pair.before.address !== pair.after.address && !restarted.includes(pair))
        .map((pair) => pair.after.name),
    },
    ring: { added: ring.added, removed: ring.removed },
    owners: before === undefined || ownersText(before) !== ownersText(after),
    move: moveText(before) === moveText(after) ? undefined : moveText(after),
    caches: {
      added: caches.added,
      removed: caches.removed,
      changed: caches.kept.filter((pair) => !sameCache(pair.before, pair.after)),
    },
    settings: changedSettings(before?.settings, after.settings),
  };
}

/** One line for people: `storage added: s-2; caches removed: orders`. Empty when nothing differs. */
export function describeDiff(diff: TopologyDiff): string {
  const parts: [string, readonly string[]][] = [
    ['storage added', diff.members.added],
    ['storage removed', diff.members.removed],
    ['storage restarted', diff.members.restarted],
    ['storage readdressed', diff.members.readdressed],
    ['owns topics now', diff.ring.added.filter((name) => !diff.members.added.includes(name))],
    [
      'owns no topics any more',
      diff.ring.removed.filter((name) => !diff.members.removed.includes(name)),
    ],
    ['caches added', diff.caches.added],
    ['caches removed', diff.caches.removed],
    ['cache limits changed', diff.caches.changed.map((change) => change.after.name)],
    ['settings changed', diff.settings],
  ];
  const said = parts.filter(([, names]) => names.length > 0);
  return [
    ...(diff.move === undefined ? [] : [diff.move]),
    ...said.map(([what, names]) => `${what}: ${names.join(', ')}`),
  ].join('; ');
}

function moveText(topology: topo.Topology | undefined): string {
  if (!topology?.move) return 'no topics move any more';
  const { ring, phase, sources } = topology.move;
  const to = ring.toSorted().join(', ');
  if (phase !== topo.MovePhase.COMMIT) {
    return `topics are to move from ${topology.ring.toSorted().join(', ')} to ${to}`;
  }
  return `topics move from ${sources.toSorted().join(', ') || 'nobody'} to ${to}`;
}

interface Comparison<T> {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly kept: readonly { readonly before: T; readonly after: T }[];
}

function compareByName<T extends { name: string }>(
  before: readonly T[],
  after: readonly T[],
): Comparison<T> {
  const earlier = new Map(before.map((item) => [item.name, item]));
  const later = new Map(after.map((item) => [item.name, item]));
  const names = [...later.keys()].toSorted();
  return {
    added: names.filter((name) => !earlier.has(name)),
    removed: [...earlier.keys()].filter((name) => !later.has(name)).toSorted(),
    kept: names.flatMap((name) => {
      const [old, current] = [earlier.get(name), later.get(name)];
      return old && current ? [{ before: old, after: current }] : [];
    }),
  };
}

function named(names: readonly string[]): { name: string }[] {
  return names.map((name) => ({ name }));
}

function sameCache(a: topo.Cache, b: topo.Cache): boolean {
  return (
    a.publishesPerSecondMax === b.publishesPerSecondMax && a.subscriptionsMax === b.subscriptionsMax
  );
}

function changedSettings(
  before: topo.Settings | undefined,
  after: topo.Settings | undefined,
): string[] {
  if (!before || !after) return [];
  const [old, current] = [flatten(before), flatten(after)];
  return Object.keys(current)
    .filter((name) => old[name] !== current[name])
    .map((name) => `${name}: ${old[name]} -> ${current[name]}`);
}

function flatten(all: topo.Settings): Record<string, number | undefined> {
  const { history, routerCapacity, storageCapacity, ...settings } = all;
  return {
    ...settings,
    ...flattenCapacity('routerCapacity', routerCapacity),
    ...flattenCapacity('storageCapacity', storageCapacity),
    'history.itemsMax': history?.itemsMax,
    'history.bytesMax': history?.bytesMax,
    'history.ageMsMax': history?.ageMsMax,
    'history.idleMsMax': history?.idleMsMax,
  };
}

function flattenCapacity(tier: string, capacity: topo.Capacity | undefined) {
  const { connections, streams, topics, messagesPerSecond, egressBytesPerSecond } = capacity ?? {};
  return {
    [`${tier}.connections`]: connections ?? 0,
    [`${tier}.streams`]: streams ?? 0,
    [`${tier}.topics`]: topics ?? 0,
    [`${tier}.messagesPerSecond`]: messagesPerSecond ?? 0,
    [`${tier}.egressBytesPerSecond`]: egressBytesPerSecond ?? 0,
  };
}
