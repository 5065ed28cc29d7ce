import { describe, expect, it } from 'vitest';
import type { topo } from '../../proto/index.ts';
import { validateTopology } from '../../topology/index.ts';
import type { HeldTopology, ObservedMember } from '../observe/index.ts';
import { sampleDead, sampleMember, sampleObserved, sampleState } from '../sample.ts';
import { noEvacuation } from './evacuation.ts';
import { intentOf } from './intent.ts';
import { defaultPolicy } from './policy.ts';
import { planTopology, type TopologyDecision, type TopologyInput } from './topology.ts';
import { Waits } from './waits.ts';

const { unreadyMsMax, settleMsMax } = defaultPolicy;

interface Case {
  readonly held?: HeldTopology;
  readonly storage?: readonly ObservedMember[];
  readonly spec?: unknown;
  readonly term?: number;
  readonly reported?: readonly topo.Version[];
}

function inputOf(testCase: Case, waits: Waits): TopologyInput {
  const intent = intentOf(sampleObserved(testCase.spec), 'topicplane:1');
  if (!intent) throw new Error('the spec is valid');
  const storage = testCase.storage ?? [];
  return {
    owner: { namespace: 'default', name: 'demo', uid: 'uid-1' },
    bornMs: Date.parse('2026-01-01T00:00:00Z'),
    term: testCase.term ?? 1,
    intent,
    wanted: intent.storage,
    evacuation: noEvacuation,
    held: testCase.held ?? { kind: 'none' },
    storage,
    routers: [sampleMember('router', 0)],
    reported: testCase.reported ?? storage.flatMap((pod) => pod.state?.version ?? []),
    policy: defaultPolicy,
    waits,
  };
}

/** What is decided after things have been so for `afterMs`. */
function decide(testCase: Case, afterMs = 0): TopologyDecision {
  const first = new Waits(new Map(), 0);
  const decision = planTopology(inputOf(testCase, first));
  if (afterMs === 0) return decision;
  return planTopology(inputOf(testCase, new Waits(first.memory, afterMs)));
}

function changed(decision: TopologyDecision): topo.Topology {
  if (decision.kind !== 'changed') throw new Error(`nothing changed: ${JSON.stringify(decision)}`);
  expect(validateTopology(decision.topology)).toEqual([]);
  return decision.topology;
}

const names = (topology: topo.Topology): string[] => topology.storage.map((member) => member.name);
const storage = (ordinal: number, version?: topo.Version): ObservedMember =>
  sampleMember('storage', ordinal, version);
const restarted = (ordinal: number, version?: topo.Version): ObservedMember => {
  const name = `demo-storage-${ordinal}`;
  return sampleMember('storage', ordinal, undefined, {
    state: sampleState(name, version, { incarnation: `${name}-run-2` }),
  });
};

/** The topology in force of a cluster with `count` storage nodes, at 1.1. */
function inForce(count: number): topo.Topology {
  const pods = Array.from({ length: count }, (_, ordinal) => storage(ordinal));
  return changed(decide({ storage: pods, spec: replicas(count) }));
}
const held = (topology: topo.Topology): HeldTopology => ({ kind: 'held', topology });
const replicas = (count: number): object => ({ storage: { replicas: count } });

describe('the first topology', () => {
  it('names every storage node once all are ready', () => {
    const decision = decide({ storage: [storage(0), storage(1)] });
    const topology = changed(decision);
    expect(topology).toMatchObject({
      cluster: 'default/demo/uid-1',
      version: { term: 1, epoch: 1 },
      pageOrigin: 365 * 86_400,
      ringEpoch: 1,
      previousRingEpoch: 1,
      ring: ['demo-storage-0', 'demo-storage-1'],
    });
    expect(topology.storage[0]).toEqual({
      name: 'demo-storage-0',
      address: 'demo-storage-0:8081',
      incarnation: 'demo-storage-0-run-1',
    });
    expect(decision).toMatchObject({
      why: 'storage added: demo-storage-0, demo-storage-1 (demo-storage-0 is ready; demo-storage-1 is ready)',
    });
  });

  it('counts in which epochs the owners changed, and nothing else', () => {
    const two = inForce(2);
    const restartedOne = decide({ held: held(two), storage: [storage(0), restarted(1)] });
    const three = changed(restartedOne);
    expect([three.version?.epoch, three.ringEpoch, three.previousRingEpoch]).toEqual([2, 1, 1]);
    const lost = decide({ held: held(three), storage: [storage(0)] }, unreadyMsMax);
    const four = changed(lost);
    expect([four.version?.epoch, four.ringEpoch, four.previousRingEpoch]).toEqual([3, 3, 1]);
  });

  it('takes a node up only when it holds the topology in force: it may still own by an older one', () => {
    const two = inForce(2);
    const lost = { held: held(two), storage: [storage(0, two.version)], spec: replicas(2) };
    const one = changed(decide(lost, unreadyMsMax));
    const thawed = storage(1, two.version);
    const back = { held: held(one), storage: [storage(0, one.version), thawed], spec: replicas(2) };
    expect(decide(back).kind).toBe('unchanged');
    const informed = { ...back, storage: [storage(0, one.version), storage(1, one.version)] };
    expect(changed(decide(informed)).move?.ring).toEqual(['demo-storage-0', 'demo-storage-1']);
  });

  it('takes members that report 0.0 for members without a topology', () => {
    const none = { term: 0, epoch: 0 };
    const decision = decide({ storage: [storage(0, none), storage(1, none)] });
    expect(changed(decision).version).toEqual({ term: 1, epoch: 1 });
    expect(decision).toMatchObject({ why: expect.not.stringContaining('on record') as string });
  });

  it('waits for nodes that start, but not for ever', () => {
    const testCase = { storage: [storage(0), sampleDead('storage', 1)] };
    expect(decide(testCase)).toEqual({
      kind: 'none',
      waitingFor: ['the storage nodes that start (1 of 2 storage nodes are ready)'],
    });
    expect(decide(testCase, settleMsMax - 1).kind).toBe('none');
    expect(names(changed(decide(testCase, settleMsMax)))).toEqual(['demo-storage-0']);
  });

  it.each([
    ['no pod', []],
    ['no pod that is ready', [sampleDead('storage', 0), sampleDead('storage', 1)]],
    ['no process that answers', [{ ...storage(0), state: undefined, stateProblem: 'no answer' }]],
    [
      'no process that says its incarnation',
      [{ ...storage(0), state: sampleState('x', undefined, { incarnation: '' }) }],
    ],
    ['no address for routers', [{ ...storage(0), linkAddress: undefined }]],
    ['a nonsensical address for routers', [{ ...storage(0), linkAddress: 'nowhere' }]],
    ['only pods that are being deleted', [{ ...storage(0), leaving: true }]],
  ])('is not made with %s', (_, pods) => {
    expect(decide({ storage: pods, spec: replicas(1) }, 60_000)).toEqual({
      kind: 'none',
      waitingFor: ['a storage node to be ready'],
    });
  });

  it('carries caches and settings, limits of a cache before those of the cluster', () => {
    const spec = {
      caches: [{ name: 'a' }, { name: 'b', limits: { publishesPerSecond: 0, subscriptions: 7 } }],
      limits: { messageBytes: 2048, publishesPerSecond: 100 },
      stream: { heartbeatSeconds: 2, resumeZero: 'newest' },
      storage: { replicas: 1, history: { items: 3, ageSeconds: 9 } },
    };
    const topology = changed(decide({ storage: [storage(0)], spec }));
    expect(topology.caches).toEqual([
      { name: 'a', publishesPerSecondMax: 100, subscriptionsMax: 0 },
      { name: 'b', publishesPerSecondMax: 0, subscriptionsMax: 7 },
    ]);
    expect(topology.settings).toEqual({
      messageBytesMax: 2048,
      history: { itemsMax: 3, bytesMax: 1_048_576, ageMsMax: 9000, idleMsMax: 600_000 },
      heartbeatMs: 2000,
      resumeZero: 2,
    });
  });

  it('goes beyond every epoch that members remember, when the record is lost', () => {
    const version = { term: 1, epoch: 41 };
    const decision = decide({ storage: [storage(0, version), storage(1, version)] });
    expect(changed(decision).version).toEqual({ term: 1, epoch: 42 });
    expect(decision).toMatchObject({
      why: 'its record was deleted, and is put back (demo-storage-0 is ready; demo-storage-1 is ready; members hold 1.41)',
    });
  });

  it('replaces a record that cannot be read, and says so', () => {
    const decision = decide({
      held: { kind: 'unreadable', problem: 'not JSON' },
      storage: [storage(0), storage(1)],
    });
    expect(changed(decision).version).toEqual({ term: 1, epoch: 1 });
    expect(decision).toMatchObject({
      why: expect.stringContaining('the record was unreadable: not JSON') as string,
    });
  });
});

describe('a topology in force', () => {
  const two = inForce(2);

  it('stays while nothing changes', () => {
    const pods = [storage(0, two.version), storage(1, two.version)];
    const unchanged = { kind: 'unchanged', topology: two, waitingFor: [] };
    expect(decide({ held: held(two), storage: pods })).toEqual(unchanged);
  });

  it('gets the term of a later operator at once, and nothing else is new in it', () => {
    const pods = [storage(0, two.version), storage(1, two.version)];
    const decision = decide({ held: held(two), storage: pods, term: 7 });
    expect(changed(decision)).toEqual({ ...two, version: { term: 7, epoch: 2 } });
    expect(decision).toMatchObject({ why: 'same members (the operator leads term 7 now)' });
    const later = changed(decision);
    const informed = [storage(0, later.version), storage(1, later.version)];
    expect(decide({ held: held(later), storage: informed, term: 7 }).kind).toBe('unchanged');
  });

  it('keeps its page origin for life', () => {
    const older = { ...two, pageOrigin: 5 };
    expect(
      changed(decide({ held: held(older), storage: [storage(0), restarted(1)] })).pageOrigin,
    ).toBe(5);
  });

  it('changes with caches and settings, at once', () => {
    const spec = { caches: [{ name: 'orders' }], stream: { heartbeatSeconds: 1 } };
    const decision = decide({ held: held(two), storage: [storage(0), storage(1)], spec });
    expect(changed(decision).version).toEqual({ term: 1, epoch: 2 });
    expect(decision).toMatchObject({
      why: 'caches added: orders; settings changed: heartbeatMs: 5000 -> 1000',
    });
  });

  it('is written by a later operator under its own term, with the next epoch', () => {
    const topology = changed(
      decide({ held: held(two), storage: [storage(0), restarted(1)], term: 3 }),
    );
    expect(topology.version).toEqual({ term: 3, epoch: 2 });
  });
});

describe('scale out', () => {
  const two = inForce(2);

  it('moves topics to a new node when it is ready', () => {
    const pods = [storage(0), storage(1), storage(2, two.version)];
    const decision = decide({ held: held(two), storage: pods, spec: replicas(3) });
    const topology = changed(decision);
    expect(topology.ring).toEqual(two.ring);
    expect(topology.move).toEqual({
      ring: ['demo-storage-0', 'demo-storage-1', 'demo-storage-2'],
      phase: 1,
      sources: [],
    });
    expect(names(topology)).toEqual(topology.move?.ring);
    expect([topology.ringEpoch, topology.previousRingEpoch]).toEqual([1, 1]);
    expect(decision).toMatchObject({
      step: 'begun',
      why: expect.stringContaining('(demo-storage-2 is ready)') as string,
    });
  });

  it('takes up several together, so that a topic moves once', () => {
    const testCase = {
      held: held(two),
      storage: [storage(0), storage(1), storage(2, two.version), sampleDead('storage', 3)],
      spec: replicas(4),
    };
    expect(decide(testCase)).toMatchObject({
      kind: 'unchanged',
      waitingFor: ['the storage nodes that start (3 of 4 storage nodes are ready)'],
    });
    expect(names(changed(decide(testCase, settleMsMax)))).toHaveLength(3);
    const all = {
      ...testCase,
      storage: [...testCase.storage.slice(0, 3), storage(3, two.version)],
    };
    expect(names(changed(decide(all)))).toHaveLength(4);
  });

  it('orders members by ordinal, not by text', () => {
    const pods = Array.from({ length: 11 }, (_, ordinal) => storage(ordinal));
    expect(names(inForce(11))).toEqual(pods.map((pod) => pod.name));
  });

  it('does not take up pods beyond the number wanted', () => {
    const decision = decide({ held: held(two), storage: [storage(0), storage(1), storage(2)] });
    expect(decision.kind).toBe('unchanged');
  });
});

describe('scale in', () => {
  const three = inForce(3);

  it('moves topics away from the highest ordinals', () => {
    const pods = [storage(0), storage(1), storage(2)];
    const decision = decide({ held: held(three), storage: pods, spec: replicas(1) });
    const topology = changed(decision);
    expect(topology.ring).toEqual(three.ring);
    expect(names(topology)).toEqual(names(three));
    expect(topology.move?.ring).toEqual(['demo-storage-0']);
    expect(decision).toMatchObject({
      why:
        'topics are to move from demo-storage-0, demo-storage-1, demo-storage-2 to demo-storage-0 (demo-storage-1 is not among the 1 storage nodes wanted; ' +
        'demo-storage-2 is not among the 1 storage nodes wanted)',
    });
  });

  it('waits until a healthy node is there to take over', () => {
    const pods = [sampleDead('storage', 0), storage(1), storage(2)];
    const testCase = { held: held(three), storage: pods, spec: replicas(1) };
    expect(decide(testCase)).toMatchObject({
      kind: 'unchanged',
      waitingFor: [
        'demo-storage-0 to come back (it cannot be reached)',
        'a healthy storage node that can take over the topics of those that go',
      ],
    });
    const rest = changed(decide(testCase, unreadyMsMax));
    expect(rest.ring).toEqual(['demo-storage-1', 'demo-storage-2']);
    expect(decide({ ...testCase, held: held(rest) }, 3_600_000).kind).toBe('unchanged');
  });

  it('removes a member whose name is none of ours, as one that is lost', () => {
    const foreign = {
      ...three,
      storage: [...three.storage, { name: 'old-node', address: 'h:1', incarnation: 'x' }],
      ring: [...three.ring, 'old-node'],
    };
    const pods = [storage(0), storage(1), storage(2)];
    const decision = decide(
      { held: held(foreign), storage: pods, spec: replicas(3) },
      unreadyMsMax,
    );
    expect(names(changed(decision))).not.toContain('old-node');
  });
});

describe('a storage node that restarts', () => {
  const two = inForce(2);

  it('is renamed as soon as its new process answers, ready or not', () => {
    const pods = [storage(0), { ...restarted(1), ready: false }];
    const decision = decide({ held: held(two), storage: pods });
    const topology = changed(decision);
    expect(topology.ring).toEqual(two.ring);
    expect(topology.storage[0]).toEqual(two.storage[0]);
    expect(topology.storage[1]?.incarnation).toBe('demo-storage-1-run-2');
    expect(decision).toMatchObject({
      why: 'storage restarted: demo-storage-1 (demo-storage-1 was restarted)',
    });
  });

  it('is found again at another address', () => {
    const decision = decide({
      held: held(two),
      storage: [storage(0), { ...storage(1), linkAddress: '10.0.0.9:8081' }],
    });
    expect(changed(decision).storage[1]?.address).toBe('10.0.0.9:8081');
    expect(decision).toMatchObject({
      why: 'storage readdressed: demo-storage-1 (demo-storage-1 is at another address)',
    });
  });
});

describe('a storage node that is down', () => {
  const two = inForce(2);
  const testCase = { held: held(two), storage: [storage(0), sampleDead('storage', 1)] };

  it('keeps its topics for the grace, then loses them', () => {
    expect(decide(testCase, unreadyMsMax - 1)).toEqual({
      kind: 'unchanged',
      topology: two,
      waitingFor: ['demo-storage-1 to come back (it cannot be reached)'],
    });
    const decision = decide(testCase, unreadyMsMax);
    expect(names(changed(decision))).toEqual(['demo-storage-0']);
    expect(decision).toMatchObject({
      why: 'storage removed: demo-storage-1 (demo-storage-1 is down (it cannot be reached))',
    });
  });

  it.each([
    ['its pod is gone', [storage(0)]],
    [
      'its pod is being deleted and does not answer',
      [storage(0), { ...sampleDead('storage', 1), leaving: true }],
    ],
    ['it is not ready', [storage(0), { ...storage(1), ready: false }]],
    [
      'it does not answer',
      [storage(0), { ...storage(1), state: undefined, stateProblem: 'no answer' }],
    ],
  ])('is down when %s', (_, pods) => {
    expect(decide({ held: held(two), storage: pods }).kind).toBe('unchanged');
    expect(names(changed(decide({ held: held(two), storage: pods }, unreadyMsMax)))).toEqual([
      'demo-storage-0',
    ]);
  });

  it('has to be down without a break', () => {
    const first = new Waits(new Map(), 0);
    planTopology(inputOf(testCase, first));
    const healthy = new Waits(first.memory, 5000);
    planTopology(inputOf({ held: held(two), storage: [storage(0), storage(1)] }, healthy));
    const again = new Waits(healthy.memory, unreadyMsMax);
    expect(planTopology(inputOf(testCase, again)).kind).toBe('unchanged');
  });

  it('comes back as a new member', () => {
    const one = changed(decide(testCase, unreadyMsMax));
    const back = restarted(1, one.version);
    const topology = changed(decide({ held: held(one), storage: [storage(0), back] }));
    expect(topology.ring).toEqual(['demo-storage-0']);
    expect(topology.move?.ring).toEqual(two.ring);
    expect(topology.version).toEqual({ term: 1, epoch: 3 });
  });
});

describe('the loss of every storage node', () => {
  const two = inForce(2);

  it('leaves the ring as it was: a topic never has no owner', () => {
    const dead = [sampleDead('storage', 0), sampleDead('storage', 1)];
    for (const pods of [dead, []]) {
      expect(decide({ held: held(two), storage: pods }, 3_600_000)).toMatchObject({
        kind: 'unchanged',
        topology: two,
      });
    }
  });

  it('ends when the first comes back: the others lose their topics to it after their grace', () => {
    const pods = [restarted(0), sampleDead('storage', 1)];
    const first = changed(decide({ held: held(two), storage: pods }));
    expect(names(first)).toEqual(['demo-storage-0', 'demo-storage-1']);
    expect(first.storage[0]?.incarnation).toBe('demo-storage-0-run-2');
    const later = changed(decide({ held: held(first), storage: pods }, unreadyMsMax));
    expect(names(later)).toEqual(['demo-storage-0']);
  });
});

describe('other writers', () => {
  const two = inForce(2);

  it('touches nothing when a later operator wrote the record', () => {
    const later = { ...two, version: { term: 2, epoch: 9 } };
    expect(decide({ held: held(later), storage: [restarted(0)] })).toEqual({
      kind: 'superseded',
      reason: 'a topology of term 2 is in force, this operator leads term 1',
    });
  });

  it('touches nothing when a member heard of a later operator', () => {
    const pods = [storage(0, { term: 2, epoch: 2 }), storage(1)];
    expect(decide({ held: held(two), storage: pods }).kind).toBe('superseded');
  });

  it('does not believe a member that alone is far ahead, and says so', () => {
    const pods = [storage(0, { term: 1002, epoch: 2 }), storage(1)];
    expect(decide({ held: held(two), storage: pods })).toEqual({
      kind: 'refused',
      reason: 'a member says that it holds 1002.2, which is far above term 1 of this operator',
    });
    const near = [storage(0, { term: 1001, epoch: 2 }), storage(1)];
    expect(decide({ held: held(two), storage: near }).kind).toBe('superseded');
    // Who is superseded says nothing of anything.
    const later = held({ ...two, version: { term: 2, epoch: 9 } });
    expect(decide({ held: later, storage: pods }).kind).toBe('superseded');
  });

  it('writes a newer version when the record was rolled back', () => {
    const pods = [storage(0, { term: 1, epoch: 8 }), storage(1, { term: 1, epoch: 7 })];
    const decision = decide({ held: held(two), storage: pods });
    expect(changed(decision).version).toEqual({ term: 1, epoch: 9 });
    expect(decision).toMatchObject({
      why: 'same members (members hold 1.8, which is not on record)',
    });
  });

  it('never goes back in epochs, even to those of an earlier term: pages depend on it', () => {
    const pods = [storage(0, { term: 1, epoch: 50 }), restarted(1)];
    const current = { ...two, version: { term: 2, epoch: 3 } };
    const topology = changed(decide({ held: held(current), storage: pods, term: 2 }));
    expect(topology.version).toEqual({ term: 2, epoch: 51 });
  });
});
