import { describe, expect, it } from 'vitest';
import { topo } from '../../proto/index.ts';
import { buildStatefulSet, type PodSettings, templateHash } from '../build/index.ts';
import { sampleDead, sampleMember, sampleState } from '../sample.ts';
import { needsSurge, planEvacuation } from './evacuation.ts';
import { defaultPolicy } from './policy.ts';
import type { RolloutTier } from './rollout-tier.ts';
import { Waits } from './waits.ts';

const owner = { namespace: 'default', name: 'demo', uid: 'uid-1' };
const settings: PodSettings = { image: 'topicplane:2' };
const hashes = { old: templateHash({ image: 'topicplane:1' }), new: templateHash(settings) };
const version = { term: 1, epoch: 4 };
const { PREPARE } = topo.MovePhase;

function topology(ring: readonly number[], to?: readonly number[]): topo.Topology {
  const names = (ordinals: readonly number[]) => ordinals.map((it) => `demo-storage-${it}`);
  return {
    ...topo.Topology.decode(new Uint8Array()),
    version,
    ring: names(ring),
    move: to && { ring: names(to), phase: PREPARE, sources: [] },
  };
}

/** `old new-dead`: the members of a tier by ordinal. */
function tier(component: 'router' | 'storage', words: string, desired?: number): RolloutTier {
  const members = words.split(' ').map((word, ordinal) => {
    const [age, how] = word.split('-');
    const base =
      how === 'dead' ? sampleDead(component, ordinal) : sampleMember(component, ordinal, version);
    const failedCheck = how === 'failing' ? 'canaries: 5 of 256 items were lost' : '';
    const state = base.state && sampleState(base.name, version, { failedCheck });
    const leaving = how === 'leaving';
    const templateHash = age === 'new' ? hashes.new : hashes.old;
    return { ...base, state, leaving, ready: base.ready && !leaving, templateHash };
  });
  const set = buildStatefulSet(owner, component, members.length, settings);
  return { component, set, desired: desired ?? members.length, settings, members };
}

function evacuated(
  held: topo.Topology | undefined,
  storage: string,
  router = 'old old',
  afterMs = 0,
) {
  const tiers = [tier('storage', storage), tier('router', router)];
  const first = new Waits(new Map(), 0);
  planEvacuation({ tiers, held, policy: defaultPolicy, waits: first });
  const waits = new Waits(first.memory, afterMs);
  const { from, underWay } = planEvacuation({ tiers, held, policy: defaultPolicy, waits });
  return { from: [...from].map((name) => name.replace('demo-storage-', '')), underWay };
}

const { steadyMsMin } = defaultPolicy;

describe('planEvacuation', () => {
  it('asks for nothing when no storage pod is out of date, or nobody owns topics', () => {
    const nothing = { from: [], underWay: false };
    expect(evacuated(topology([0, 1]), 'new new', 'old old', steadyMsMin)).toEqual(nothing);
    expect(evacuated(undefined, 'old old', 'old old', steadyMsMin)).toEqual(nothing);
  });

  it('takes the highest ordinal when everything was steady for a while', () => {
    expect(evacuated(topology([0, 1]), 'old old', 'old old', steadyMsMin - 1).from).toEqual([]);
    expect(evacuated(topology([0, 1]), 'old old', 'old old', steadyMsMin).from).toEqual(['1']);
    expect(evacuated(topology([0, 1]), 'old new', 'old old', steadyMsMin).from).toEqual(['0']);
  });

  it.each([
    ['a new pod is not ready', 'old new-dead', 'old'],
    ['a new pod fails a check', 'old new-failing', 'old'],
    ['a router fails a check', 'old old', 'new-failing'],
    ['a router is not ready', 'old old', 'old-dead'],
    ['a pod is going', 'old old', 'old old-leaving'],
  ])('begins nothing while %s', (_, storage, router) => {
    expect(evacuated(topology([0, 1]), storage, router, 3_600_000)).toEqual({
      from: [],
      underWay: true,
    });
  });

  it('holds on to it while its topics move, whatever else goes on', () => {
    expect(evacuated(topology([0, 1], [0]), 'old old', 'old-dead').from).toEqual(['1']);
    expect(evacuated(topology([0, 1], [0]), 'old new', 'old-dead').from).toEqual([]);
    expect(evacuated(topology([0, 1], [0, 1]), 'old old', 'old').from).toEqual([]);
  });

  it('holds on to it until it is replaced, unless something goes wrong', () => {
    expect(evacuated(topology([0]), 'old old', 'old old').from).toEqual(['1']);
    expect(evacuated(topology([0]), 'old old', 'old-dead').from).toEqual([]);
  });
});

describe('needsSurge', () => {
  it.each([
    ['the only one is out of date', 'old', true],
    ['the only one is as wanted', 'new', false],
    ['the only one is being replaced', 'old-leaving', false],
    ['there are more', 'old old', false],
  ])('when %s: %s', (_, words, needed) => {
    expect(needsSurge([tier('storage', words)], topology([0]))).toBe(needed);
  });

  it('does not count one that stands in, nor a cluster that never ran', () => {
    expect(needsSurge([tier('storage', 'new old', 1)], topology([1]))).toBe(false);
    expect(needsSurge([tier('storage', 'old')], undefined)).toBe(false);
  });
});
