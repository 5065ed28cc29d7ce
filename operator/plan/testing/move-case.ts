import { expect } from 'vitest';
import { type control, topo } from '../../../proto/index.ts';
import { validateTopology } from '../../../topology/index.ts';
import type { ObservedMember } from '../../observe/index.ts';
import { sampleLinks, sampleMember, sampleObserved, sampleState } from '../../sample.ts';
import { type Evacuation, noEvacuation } from '../evacuation.ts';
import { intentOf } from '../intent.ts';
import { defaultPolicy } from '../policy.ts';
import { planTopology, type TopologyDecision } from '../topology.ts';
import { Waits } from '../waits.ts';

export const { PREPARE, COMMIT } = topo.MovePhase;
const version = { term: 1, epoch: 7 };
/** One before that in force. */
export const older = { term: 1, epoch: 6 };
/** Names of storage nodes. */
export const s = (...ordinals: number[]) => ordinals.map((ordinal) => `demo-storage-${ordinal}`);

/** A topology in force, and what is observed. */
export interface Case {
  readonly ring?: readonly number[];
  readonly to?: readonly number[];
  readonly phase?: topo.MovePhase;
  readonly sources?: readonly number[];
  /** What is different of the members; they all hold the topology, and are linked. */
  readonly storage?: readonly ObservedMember[];
  readonly routers?: readonly ObservedMember[];
  readonly desired?: number;
  readonly caches?: readonly string[];
  readonly evacuation?: Evacuation;
  readonly reported?: readonly topo.Version[];
}

/** A topology at 1.7. By default the ring of 0 and 1; `to` makes it one with a move. */
export function topologyOf({ ring = [0, 1], to, phase = PREPARE, sources }: Case): topo.Topology {
  const named = namedOrdinals(ring, to);
  const handing = phase === COMMIT ? s(...(sources ?? ring)) : [];
  const intent = intentOf(sampleObserved(), 'topicplane:1');
  return {
    cluster: 'default/demo/uid-1',
    version,
    pageOrigin: 365 * 86_400,
    caches: [],
    storage: named.map((ordinal) => member(ordinal)),
    ring: s(...ring),
    settings: intent?.settings,
    ringEpoch: phase === COMMIT && to ? 7 : 3,
    previousRingEpoch: phase === COMMIT && to ? 3 : 1,
    move: to && { ring: s(...to), phase, sources: handing },
  };
}

function namedOrdinals(ring: readonly number[] = [0, 1], to: readonly number[] = []) {
  return [...new Set([...ring, ...to])].toSorted((a, b) => a - b);
}

function member(ordinal: number): topo.Member {
  const name = `demo-storage-${ordinal}`;
  return { name, address: `${name}:8081`, incarnation: `${name}-run-1` };
}

type StateChanges = Partial<control.GetStateResponse>;

export function storage(ordinal: number, changes: StateChanges = {}): ObservedMember {
  const state = sampleState(`demo-storage-${ordinal}`, version, changes);
  return sampleMember('storage', ordinal, undefined, { state });
}

export const done = { left: 0, handedOver: 9, taken: 0, done: true };
export const busy = { left: 3, handedOver: 6, taken: 0, done: false };
export const isDone = (ordinal: number, changes: StateChanges = {}) =>
  storage(ordinal, { move: done, ...changes });
export const isBusy = (ordinal: number, changes: StateChanges = {}) =>
  storage(ordinal, { move: busy, ...changes });
export const restarted = (ordinal: number, changes: StateChanges = {}) =>
  storage(ordinal, { incarnation: `demo-storage-${ordinal}-run-2`, move: undefined, ...changes });
export const deleted = (ordinal: number) => ({ ...storage(ordinal), leaving: true, ready: false });

/** @param links ordinals of the storage nodes it hears; or how many, from the first */
export function router(
  ordinal: number,
  links: number | readonly number[],
  held: topo.Version = version,
): ObservedMember {
  const linked = typeof links === 'number' ? [...Array.from({ length: links }).keys()] : links;
  const liveLinks = sampleLinks(linked.map((it) => member(it)));
  const state = sampleState(`demo-router-${ordinal}`, held, { links: linked.length, liveLinks });
  return sampleMember('router', ordinal, undefined, { state });
}

export function decideWith(testCase: Case, waits: Waits): TopologyDecision {
  const topology = topologyOf(testCase);
  const names = testCase.desired ?? (testCase.to ?? testCase.ring ?? [0, 1]).length;
  const spec = {
    storage: { replicas: names },
    caches: (testCase.caches ?? []).map((name) => ({ name })),
  };
  const intent = intentOf(sampleObserved(spec), 'topicplane:1');
  if (!intent) throw new Error('the spec is valid');
  const changed = new Map((testCase.storage ?? []).map((pod) => [pod.ordinal, pod]));
  const ordinals = new Set([...topology.storage.keys(), ...changed.keys()]);
  const pods = [...ordinals].toSorted((a, b) => a - b);
  return planTopology({
    owner: { namespace: 'default', name: 'demo', uid: 'uid-1' },
    bornMs: Date.parse('2026-01-01T00:00:00Z'),
    term: 1,
    intent,
    wanted: intent.storage,
    evacuation: testCase.evacuation ?? noEvacuation,
    held: { kind: 'held', topology },
    storage: pods.map((ordinal) => changed.get(ordinal) ?? isDone(ordinal)),
    routers: testCase.routers ?? [router(0, namedOrdinals(testCase.ring, testCase.to))],
    reported: testCase.reported ?? [],
    policy: defaultPolicy,
    waits,
  });
}

/** What is decided after things have been so for `afterMs`. */
export function decide(testCase: Case, afterMs = 0): TopologyDecision {
  const first = new Waits(new Map(), 0);
  const decision = decideWith(testCase, first);
  if (afterMs === 0) return decision;
  return decideWith(testCase, new Waits(first.memory, afterMs));
}

/** The step, the ring and the move that follow, and when owners changed. */
export function next(testCase: Case, afterMs = 0) {
  const decision = decide(testCase, afterMs);
  if (decision.kind !== 'changed') throw new Error(`nothing changes: ${JSON.stringify(decision)}`);
  const { topology, step, why } = decision;
  expect(validateTopology(topology)).toEqual([]);
  const { ring, move, ringEpoch, previousRingEpoch } = topology;
  const members = topology.storage.map(({ name }) => name);
  return { step, why, ring, move, members, epochs: [ringEpoch, previousRingEpoch] };
}

export function waits(testCase: Case, afterMs = 0): readonly string[] {
  const decision = decide(testCase, afterMs);
  if (decision.kind !== 'unchanged') throw new Error(`it changes: ${JSON.stringify(decision)}`);
  return decision.waitingFor;
}
