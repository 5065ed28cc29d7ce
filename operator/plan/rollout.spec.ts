import { describe, expect, it } from 'vitest';
import { topo } from '../../proto/index.ts';
import { buildStatefulSet, type PodSettings, templateHash } from '../build/index.ts';
import type { ObservedMember } from '../observe/index.ts';
import { sampleDead, sampleMember, sampleState } from '../sample.ts';
import { defaultPolicy } from './policy.ts';
import { planRollout } from './rollout.ts';
import type { RolloutTier } from './rollout-tier.ts';
import type { TopologyDecision } from './topology.ts';
import { type WaitMemory, Waits } from './waits.ts';

const owner = { namespace: 'default', name: 'demo', uid: 'uid-1' };
const wanted: PodSettings = { image: 'topicplane:2' };
const version = { term: 1, epoch: 4 };
const topology: topo.Topology = {
  cluster: 'default/demo/uid-1',
  version,
  pageOrigin: 1,
  ringEpoch: 1,
  previousRingEpoch: 1,
  caches: [],
  storage: [],
  ring: [],
  settings: undefined,
  move: undefined,
};
/** Those nodes own topics. */
function owning(...ring: string[]): typeof topology {
  const storage = ring.map((name) => ({ name, address: 'h:1', incarnation: `${name}-run-1` }));
  return { ...topology, storage, ring };
}
/** Topics move to one node, from others. */
function movingTo(target: string, ...sources: string[]): typeof topology {
  const move = { ring: [target], phase: topo.MovePhase.COMMIT, sources };
  return { ...owning(target, ...sources), ring: sources, move };
}
const settled: TopologyDecision = { kind: 'unchanged', topology, waitingFor: [] };
const hashes = { old: templateHash({ image: 'topicplane:1' }), new: templateHash(wanted) };

/**
 * `old new-dead`: the members of a tier by ordinal. One that is unready or serving answers, and isn't ready; one that
 * is mute is ready, and doesn't answer.
 */
function tier(component: 'router' | 'storage', words: string, changes: Partial<RolloutTier> = {}) {
  const members = words.split(' ').map((word, ordinal): ObservedMember => {
    const [age, how = 'well'] = word.split('-');
    const base = memberThatIs(how, component, ordinal);
    const leaving = word === 'leaving';
    return {
      ...base,
      leaving,
      ready: base.ready && !leaving,
      templateHash: age === 'new' ? hashes.new : hashes.old,
    };
  });
  const set = buildStatefulSet(owner, component, members.length, wanted);
  return { component, set, desired: members.length, settings: wanted, members, ...changes };
}

function memberThatIs(how: string, component: 'router' | 'storage', ordinal: number) {
  const name = `demo-${component}-${ordinal}`;
  const dead = sampleDead(component, ordinal);
  switch (how) {
    case 'dead':
      return dead;
    case 'mute':
      return { ...dead, ready: true };
    case 'behind':
      return sampleMember(component, ordinal, { term: 1, epoch: 3 });
    case 'unready':
      return sampleMember(component, ordinal, version, { ready: false });
    case 'serving': {
      const state = sampleState(name, version, { connections: 1, subscriptions: 3 });
      return sampleMember(component, ordinal, version, { ready: false, state });
    }
    default:
      return sampleMember(component, ordinal, version);
  }
}

interface Circumstances {
  readonly decision?: TopologyDecision;
  readonly inForce?: typeof topology;
  readonly waitedMs?: number;
}

function plan(
  tiers: readonly RolloutTier[],
  { decision = settled, waitedMs = 0, inForce = topology }: Circumstances = {},
) {
  const at = (before: WaitMemory, nowMs: number) => {
    const waits = new Waits(before, nowMs);
    return {
      made: planRollout({ tiers, decision, topology: inForce, policy: defaultPolicy, waits }),
      memory: waits.memory,
    };
  };
  const first = at(new Map(), 0);
  return at(first.memory, waitedMs).made;
}

const steady = { waitedMs: defaultPolicy.steadyMsMin };
const pods = (made: ReturnType<typeof plan>) => made.replacements.map(({ pod }) => pod);

describe('planRollout', () => {
  it('does nothing when every pod is as wanted', () => {
    expect(plan([tier('storage', 'new new'), tier('router', 'new')], steady)).toEqual({
      replacements: [],
      outdated: [],
      waitingFor: undefined,
      late: undefined,
      finishing: [],
    });
  });

  it('replaces one pod at a time: storage first, the highest ordinal first', () => {
    const order = [
      ['old old', 'old old', 'demo-storage-1'],
      ['old new', 'old old', 'demo-storage-0'],
      ['new new', 'old old', 'demo-router-1'],
      ['new new', 'old new', 'demo-router-0'],
      ['new new', 'new new', undefined],
    ] as const;
    for (const [storage, router, next] of order) {
      const made = plan([tier('storage', storage), tier('router', router)], steady);
      expect(pods(made)).toEqual(next === undefined ? [] : [next]);
    }
  });

  it('names the very pod: another of that name is never deleted', () => {
    const made = plan([tier('router', 'old')], steady);
    expect(made.replacements).toEqual([
      { pod: 'demo-router-0', uid: 'demo-router-0-uid', why: 'its template is out of date' },
    ]);
  });

  it.each([
    ['owns topics', owning('demo-storage-1')],
    ['is about to own topics', movingTo('demo-storage-1')],
    ['hands over topics', movingTo('demo-storage-0', 'demo-storage-1')],
  ])('keeps a storage node that %s, ready or not', (_, inForce) => {
    const decision = { kind: 'unchanged', topology: inForce, waitingFor: [] } as const;
    for (const words of ['old old', 'old old-dead']) {
      const tiers = [tier('storage', words), tier('router', 'new')];
      const made = plan(tiers, { decision, inForce, waitedMs: 3_600_000 });
      expect(made.replacements).toEqual([]);
    }
    expect(plan([tier('storage', 'old old')], { decision, inForce }).waitingFor).toBe(
      'the topics of demo-storage-1 to move',
    );
  });

  it('keeps a storage node that does not know yet that its topics are gone', () => {
    const [storage] = [tier('storage', 'old old')];
    const members = storage.members.map((member) => {
      const move = { left: 1, handedOver: 0, taken: 0, done: false };
      return { ...member, state: member.state && { ...member.state, move } };
    });
    expect(plan([{ ...storage, members }], steady).replacements).toEqual([]);
  });

  it('replaces storage nodes that own topics when none serves: nothing more is lost', () => {
    const inForce = owning('demo-storage-0', 'demo-storage-1');
    const decision = { kind: 'unchanged', topology: inForce, waitingFor: [] } as const;
    const circumstances = { decision, inForce, waitedMs: defaultPolicy.stuckMsMax };
    const dead = plan([tier('storage', 'old-dead old-dead')], circumstances);
    expect(pods(dead)).toEqual(['demo-storage-1']);
    // What doesn't answer has nothing left to lose: it goes before what does.
    const one = plan([tier('storage', 'old-dead old-unready')], circumstances);
    expect(pods(one)).toEqual(['demo-storage-0']);
    const both = plan([tier('storage', 'old-unready old-unready')], circumstances);
    expect(pods(both)).toEqual(['demo-storage-1']);
  });

  it('waits until everything was steady for a while', () => {
    const made = plan([tier('router', 'old old')], { waitedMs: defaultPolicy.steadyMsMin - 1 });
    expect(made).toMatchObject({ replacements: [], waitingFor: 'the cluster to stay steady' });
  });

  it.each([
    ["a replaced pod isn't ready", 'new-dead old', 'demo-router-0 to be ready'],
    ['a pod is going', 'leaving old', 'demo-router-0 to be gone'],
    ['a member is behind', 'old-behind old', 'demo-router-0 to take the topology'],
  ])('waits while %s', (_, words, waitingFor) => {
    const made = plan([tier('storage', 'new'), tier('router', words)], steady);
    expect(made).toMatchObject({ replacements: [], waitingFor });
  });

  it('waits for the other tier too', () => {
    const made = plan([tier('storage', 'old'), tier('router', 'new new-dead')], steady);
    expect(made).toMatchObject({ replacements: [], waitingFor: 'demo-router-1 to be ready' });
  });

  it('waits for pods that are not made yet, and for those that are too many', () => {
    expect(plan([tier('router', 'old old', { desired: 3 })], steady).waitingFor).toBe(
      '1 router pods to be made',
    );
    expect(plan([tier('router', 'old old', { desired: 1 })], steady).waitingFor).toBe(
      'demo-router-1 to be gone',
    );
  });

  it.each<[string, TopologyDecision, string]>([
    [
      'changes',
      { kind: 'changed', topology, step: undefined, why: '', lost: undefined, waitingFor: [] },
      'the topology to be settled',
    ],
    ['waits', { kind: 'unchanged', topology, waitingFor: ['x to come back'] }, 'x to come back'],
  ])('waits while the topology %s', (_, decision, waitingFor) => {
    const made = plan([tier('router', 'old')], { decision, ...steady });
    expect(made).toMatchObject({ replacements: [], waitingFor });
  });

  it('waits until new pods would be made from the new template', () => {
    const other = buildStatefulSet(owner, 'router', 1, { image: 'topicplane:1' });
    const set = buildStatefulSet(owner, 'router', 1, wanted);
    const unseen = {
      ...set,
      metadata: { ...set.metadata, generation: 7 },
      status: { observedGeneration: 6 },
    };
    for (const early of [undefined, other, unseen]) {
      expect(plan([tier('router', 'old', { set: early })], steady)).toMatchObject({
        replacements: [],
        outdated: ['demo-router-0'],
        waitingFor: 'the template of the router pods to be taken up',
      });
    }
    const seen = { ...unseen, status: { observedGeneration: 7 } };
    expect(pods(plan([tier('router', 'old', { set: seen })], steady))).toEqual(['demo-router-0']);
  });

  const stuck = { waitedMs: defaultPolicy.stuckMsMax };

  it('replaces pods that are stuck with the old template, one at a time in a tier, whatever else goes on', () => {
    const tiers = [
      tier('storage', 'new new-dead'),
      tier('router', 'old old-dead old-dead old-behind'),
    ];
    expect(pods(plan(tiers, { waitedMs: defaultPolicy.stuckMsMax - 1 }))).toEqual([]);
    expect(pods(plan(tiers, stuck))).toEqual(['demo-router-2']);
    const everywhere = [tier('storage', 'old-dead old-dead'), tier('router', 'old-dead old-dead')];
    expect(pods(plan(everywhere, stuck))).toEqual(['demo-storage-1', 'demo-router-1']);
  });

  it.each([
    ['starts', 'old-dead old-dead new-dead', {}],
    ['goes', 'old-dead old-dead leaving', {}],
    ['is to be made', 'old-dead old-dead', { desired: 3 }],
  ])('waits with the next stuck pod while one %s, but not without an end', (_, words, changes) => {
    const tiers = [tier('storage', 'new'), tier('router', words, changes)];
    expect(pods(plan(tiers, { waitedMs: defaultPolicy.replacedMsMax - 1 }))).toEqual([]);
    const made = plan(tiers, { waitedMs: defaultPolicy.replacedMsMax });
    expect(pods(made)).toEqual(['demo-router-1']);
  });

  it('replaces a stuck router that has clients after those that have none', () => {
    const words = 'old old-serving old-unready old-serving';
    const made = plan([tier('storage', 'new'), tier('router', words)], stuck);
    expect(pods(made)).toEqual(['demo-router-2']);
  });

  it('replaces stuck routers that have clients when nothing else is in the way', () => {
    const routers = tier('router', 'old-serving old-serving');
    expect(pods(plan([tier('storage', 'new'), routers], stuck))).toEqual(['demo-router-1']);
    for (const storage of ['new-dead', 'new-behind', 'new-mute', 'leaving']) {
      const made = plan([tier('storage', storage), routers], { waitedMs: 3_600_000 });
      expect(pods(made)).toEqual([]);
    }
    const decision = {
      kind: 'changed',
      topology,
      step: undefined,
      why: '',
      lost: undefined,
      waitingFor: [],
    } as const;
    const changing = plan([tier('storage', 'new'), routers], { decision, ...stuck });
    expect(pods(changing)).toEqual([]);
  });

  it('keeps a stuck router that has clients as long as a new one does not become ready', () => {
    const tiers = [tier('storage', 'new'), tier('router', 'old-serving new-dead')];
    expect(plan(tiers, { waitedMs: 3_600_000 })).toMatchObject({
      replacements: [],
      late: expect.stringContaining('demo-router-1 did not become ready'),
    });
  });

  it('keeps the storage nodes that answer as long as a new one does not become ready', () => {
    const inForce = owning('demo-storage-0', 'demo-storage-1');
    const decision = { kind: 'unchanged', topology: inForce, waitingFor: [] } as const;
    const circumstances = { decision, inForce, waitedMs: 3_600_000 };
    expect(pods(plan([tier('storage', 'old-unready new-dead')], circumstances))).toEqual([]);
  });

  it.each(['old', 'new'])('halts for a ready pod made as %s that does not answer', (age) => {
    const tiers = [tier('storage', 'old old'), tier('router', `${age}-mute`)];
    const early = plan(tiers, { waitedMs: defaultPolicy.muteMsMax - 1 });
    expect(early).toMatchObject({ replacements: [], late: undefined });
    expect(plan(tiers, { waitedMs: defaultPolicy.muteMsMax })).toMatchObject({
      replacements: [],
      waitingFor: 'demo-router-0 to answer',
      late: 'demo-router-0 is ready but does not answer the operator (it cannot be reached)',
    });
  });

  it('does not mind silence when nothing is to be replaced', () => {
    const tiers = [tier('storage', 'new'), tier('router', 'new-mute')];
    expect(plan(tiers, { waitedMs: 3_600_000 }).late).toBeUndefined();
  });

  it('says which new pod is late, and why, and leaves the rest as it is', () => {
    const tiers = [tier('storage', 'new'), tier('router', 'old old new-dead')];
    const made = plan(tiers, { waitedMs: defaultPolicy.replacedMsMax });
    expect(made).toEqual({
      replacements: [],
      outdated: ['demo-router-1', 'demo-router-0'],
      waitingFor: 'demo-router-2 to be ready',
      late: 'demo-router-2 did not become ready within 45 s (its process ended)',
      finishing: [],
    });
  });

  it('says which new pod fails a check, and which one, and leaves the rest as it is', () => {
    const failedCheck =
      'canaries: 5 of 256 items were lost between demo-storage-1 and the client port';
    const routers = tier('router', 'old old new');
    for (const ready of [true, false]) {
      const members = routers.members.map((member) => {
        const isNew = member.ordinal === 2;
        const state = member.state && { ...member.state, failedCheck: isNew ? failedCheck : '' };
        return { ...member, state, ready: ready || !isNew };
      });
      const tiers = [tier('storage', 'new'), { ...routers, members }];
      const early = plan(tiers, { waitedMs: defaultPolicy.failingMsMax - 1 });
      expect([early.late, early.replacements]).toEqual([undefined, []]);
      const halted = plan(tiers, { waitedMs: defaultPolicy.failingMsMax });
      expect(halted).toMatchObject({
        replacements: [],
        late: `demo-router-2 failed a check (${failedCheck})`,
      });
    }
  });

  it('leaves pods alone that will go anyway', () => {
    const made = plan([tier('router', 'new old', { desired: 1 })], steady);
    expect(made.outdated).toEqual([]);
  });
});
