import { topo } from '../proto/index.ts';
import { isAddress } from './address.ts';
import { type Bounds, cachesMax, settingBounds, storageMax } from './bounds.ts';
import { parseClusterId } from './cluster-id.ts';
import { cacheNameProblem } from './names.ts';
import { committedMove } from './owners.ts';
import { epochMax, pageOriginMax } from './page.ts';
import { termMax } from './version.ts';

/** Which rules a map breaks, one message each for people; empty when it is sound. */
export function validateTopology(topology: topo.Topology): string[] {
  return [
    ...identityProblems(topology),
    ...memberProblems(topology),
    ...ringProblems(topology),
    ...moveProblems(topology),
    ...cacheProblems(topology.caches),
    ...settingsProblems(topology.settings),
  ];
}

function* identityProblems({ cluster, version, pageOrigin }: topo.Topology): Iterable<string> {
  if (!parseClusterId(cluster)) {
    yield `cluster must be namespace/name/uid, is ${quote(cluster)}`;
  }
  if (!version) yield 'version is missing';
  else {
    yield* rangeProblems('term', version.term, { min: 0, max: termMax });
    yield* rangeProblems('epoch', version.epoch, { min: 1, max: epochMax });
  }
  yield* rangeProblems('page origin', pageOrigin, { min: 0, max: pageOriginMax });
}

/** As Kubernetes names pods. */
const memberName = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;
const incarnation = /^[A-Za-z0-9._:-]{1,128}$/;

function* memberProblems({ storage }: topo.Topology): Iterable<string> {
  if (storage.length === 0) yield 'no storage node is named';
  if (storage.length > storageMax) {
    yield `${storage.length} storage nodes are named, at most ${storageMax} are allowed`;
  }
  for (const member of storage) {
    const who = `storage node ${quote(member.name)}`;
    if (!memberName.test(member.name)) yield `${who} must be named by a DNS name`;
    if (!isAddress(member.address)) {
      yield `${who} must have an address host:port, has ${quote(member.address)}`;
    }
    if (!incarnation.test(member.incarnation)) {
      yield `${who} must have an incarnation, has ${quote(member.incarnation)}`;
    }
  }
  for (const name of repeated(storage.map((member) => member.name))) {
    yield `storage node ${quote(name)} is named more than once`;
  }
}

function* ringProblems(topology: topo.Topology): Iterable<string> {
  const { ring, storage, ringEpoch, previousRingEpoch, version } = topology;
  yield* rangeProblems('ring epoch', ringEpoch, { min: 0, max: version?.epoch ?? epochMax });
  yield* rangeProblems('previous ring epoch', previousRingEpoch, { min: 0, max: ringEpoch });
  if (ring.length === 0) yield 'the ring is empty: no topic would have an owner';
  const known = new Set(storage.map((member) => member.name));
  const move = committedMove(topology);
  for (const name of new Set(ring)) {
    // One that is lost in the middle of a move hands over nothing and owns nothing.
    const isLost = move !== undefined && !move.sources.includes(name);
    if (!known.has(name) && !isLost)
      yield `ring member ${quote(name)} is not among the storage nodes`;
  }
  for (const name of repeated(ring)) yield `ring member ${quote(name)} is named more than once`;
}

function* moveProblems({ move, ring, storage }: topo.Topology): Iterable<string> {
  if (!move) return;
  const { PREPARE, COMMIT } = topo.MovePhase;
  if (move.phase !== PREPARE && move.phase !== COMMIT) {
    yield `the phase of a move must be PREPARE or COMMIT, is ${move.phase}`;
  }
  if (move.ring.length === 0) yield 'the move leads to an empty ring';
  const known = new Set(storage.map((member) => member.name));
  for (const name of new Set(move.ring)) {
    if (!known.has(name)) yield `the move leads to ${quote(name)}, which is not a storage node`;
  }
  for (const name of repeated(move.ring)) yield `the move leads to ${quote(name)} more than once`;
  if (move.phase !== COMMIT && move.sources.length > 0) {
    yield 'only a move in COMMIT has sources';
  }
  for (const name of new Set(move.sources)) {
    if (!ring.includes(name)) yield `source ${quote(name)} is not in the ring`;
  }
  for (const name of repeated(move.sources)) yield `source ${quote(name)} is named more than once`;
}

function* cacheProblems(caches: readonly topo.Cache[]): Iterable<string> {
  if (caches.length > cachesMax) {
    yield `${caches.length} caches are named, at most ${cachesMax} are allowed`;
  }
  for (const cache of caches) {
    const who = `cache ${quote(cache.name)}`;
    const problem = cacheNameProblem(cache.name);
    if (problem) yield `${who}: ${problem}`;
    const { publishesPerSecondMax, subscriptionsMax } = settingBounds;
    yield* rangeProblems(
      `${who}: publishes a second`,
      cache.publishesPerSecondMax,
      publishesPerSecondMax,
    );
    yield* rangeProblems(`${who}: subscriptions`, cache.subscriptionsMax, subscriptionsMax);
  }
  for (const name of repeated(caches.map((cache) => cache.name))) {
    yield `cache ${quote(name)} is named more than once`;
  }
}

function* settingsProblems(settings: topo.Settings | undefined): Iterable<string> {
  if (!settings) {
    yield 'settings are missing';
    return;
  }
  const { history } = settings;
  yield* rangeProblems('message bytes', settings.messageBytesMax, settingBounds.messageBytesMax);
  yield* rangeProblems('heartbeat ms', settings.heartbeatMs, settingBounds.heartbeatMs);
  if (!history) yield 'history settings are missing';
  else {
    yield* rangeProblems('history items', history.itemsMax, settingBounds.historyItemsMax);
    yield* rangeProblems('history bytes', history.bytesMax, settingBounds.historyBytesMax);
    yield* rangeProblems('history age ms', history.ageMsMax, settingBounds.historyAgeMsMax);
    yield* rangeProblems('history idle ms', history.idleMsMax, settingBounds.historyIdleMsMax);
  }
  yield* capacityProblems('router', settings.routerCapacity);
  yield* capacityProblems('storage', settings.storageCapacity);
  const { NOTHING, NEWEST } = topo.ResumeZero;
  if (settings.resumeZero !== NOTHING && settings.resumeZero !== NEWEST) {
    yield `resume zero must be NOTHING or NEWEST, is ${settings.resumeZero}`;
  }
}

function* capacityProblems(tier: string, capacity: topo.Capacity | undefined): Iterable<string> {
  for (const [what, value] of Object.entries(capacity ?? {})) {
    yield* rangeProblems(`${tier} capacity ${what}`, value, settingBounds.capacity);
  }
}

function* rangeProblems(what: string, value: number, { min, max }: Bounds): Iterable<string> {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return;
  yield `${what} must be a whole number from ${min} to ${max}, is ${value}`;
}

function repeated(names: readonly string[]): Set<string> {
  const seen = new Set<string>();
  return new Set(names.filter((name) => seen.has(name) || !seen.add(name)));
}

/** Names in messages are bounded and can't break a line. */
function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}...` : text);
}
