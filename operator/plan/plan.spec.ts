import { describe, expect, it } from 'vitest';
import { buildTopologyConfigMap } from '../build/index.ts';
import type { Observed } from '../observe/index.ts';
import { sampleDead, sampleMember, sampleObserved, sampleState } from '../sample.ts';
import type { Plan } from './plan.ts';
import { defaultPolicy } from './policy.ts';
import { context, owner, plan, settled } from './testing/settled.ts';

const summary = ({ objects, pushes, events }: Plan) => ({
  objects: objects.map(({ kind, object }) => `${kind} ${object.metadata.name}`),
  pushes: pushes.map((push) => push.member),
  events: events.map(({ type, reason, message }) => `${type} ${reason}: ${message}`),
});

describe('makePlan', () => {
  it('makes everything of a new cluster but the topology, and says what it waits for', () => {
    const first = plan(sampleObserved());
    expect(summary(first)).toEqual({
      objects: [
        'ServiceAccount demo-member',
        'Service demo',
        'Service demo-router',
        'Service demo-storage',
        'PodDisruptionBudget demo-router',
        'PodDisruptionBudget demo-storage',
        'StatefulSet demo-storage',
        'StatefulSet demo-router',
      ],
      pushes: [],
      events: [
        'Normal Created: ServiceAccount demo-member is created',
        'Normal Created: Service demo is created',
        'Normal Created: Service demo-router is created',
        'Normal Created: Service demo-storage is created',
        'Normal Created: PodDisruptionBudget demo-router is created',
        'Normal Created: PodDisruptionBudget demo-storage is created',
        'Normal Created: StatefulSet demo-storage is created',
        'Normal Created: StatefulSet demo-router is created',
      ],
    });
    expect(
      first.status?.conditions.map(({ type, status, reason, message }) => [
        type,
        status,
        reason,
        message,
      ]),
    ).toEqual([
      [
        'Available',
        'False',
        'NoTopology',
        'no topic has an owner yet; waiting for a storage node to be ready',
      ],
      [
        'Progressing',
        'True',
        'MembersStarting',
        'waiting for 2 routers to be started, 2 storage nodes to be started',
      ],
      ['Degraded', 'False', 'AsDesired', 'no member is down'],
    ]);
  });

  it('puts the first topology on record and gives it to everyone who answers, ready or not', () => {
    const routers = [
      sampleMember('router', 0, undefined, { ready: false }),
      sampleDead('router', 1),
    ];
    const storage = [sampleMember('storage', 0), sampleMember('storage', 1)];
    const first = plan(sampleObserved({}, { storage, routers }));
    expect(summary(first)).toMatchObject({
      objects: expect.arrayContaining(['ConfigMap demo-topology']) as string[],
      pushes: ['demo-storage-0', 'demo-storage-1', 'demo-router-0'],
    });
    expect(first.objects[0]?.kind).toBe('ConfigMap');
    expect(first.pushes[0]?.address).toBe('demo-storage-0:8082');
    expect(first.requeueAfterMs).toBe(defaultPolicy.recheckMs);
    expect(first.events[0]?.message).toMatch(/^topology changed to 1\.1: storage added: /);
  });

  it('does nothing at all when everything is as it is to be', () => {
    expect(plan(settled(), { nowMs: 5000, wallMs: context.wallMs + 5000 })).toMatchObject({
      objects: [],
      pushes: [],
      status: undefined,
      events: [],
      requeueAfterMs: undefined,
    });
  });

  it('gives the topology to a member that came back without one, and to nobody else', () => {
    const observed = settled();
    const routers = [sampleMember('router', 0), ...observed.routers.slice(1)];
    expect(summary(plan({ ...observed, routers }))).toMatchObject({
      objects: [],
      pushes: ['demo-router-0'],
    });
  });

  it('leaves the storage set alone until the routers know that a node goes', () => {
    const observed = settled();
    const smaller = sampleObserved({ storage: { replicas: 1 } });
    const scaled = { ...observed, resource: smaller.resource, resolved: smaller.resolved };
    const begun = plan(scaled);
    expect(summary(begun).objects).toEqual(['ConfigMap demo-topology']);
    expect(begun.topology?.move?.ring).toEqual(['demo-storage-0']);

    const { held } = observed;
    if (held.kind !== 'held') throw new Error('there is a topology');
    const topology = {
      ...held.topology,
      version: { term: 1, epoch: 4 },
      storage: held.topology.storage.slice(0, 1),
      ring: ['demo-storage-0'],
    };
    const pushed = {
      ...scaled,
      held: { kind: 'held', topology } as const,
      configMap: buildTopologyConfigMap(owner, topology),
    };
    expect(summary(plan(pushed)).objects).toEqual([]);

    const routers = pushed.routers.map((member) => ({
      ...member,
      state: sampleState(member.name, topology.version),
    }));
    const storage = pushed.storage.map((member) => ({
      ...member,
      state: sampleState(member.name, topology.version),
    }));
    const last = plan({ ...pushed, routers, storage });
    expect(summary(last).objects).toEqual(['StatefulSet demo-storage']);
    expect(last.events.map((event) => event.message)).toContain(
      'StatefulSet demo-storage: spec.replicas: 2 -> 1',
    );
    expect(last.status?.conditions[1]).toMatchObject({ reason: 'MembersLeaving' });
  });

  it('is not settled while a storage node is ready and does not answer, so that it owns nothing', () => {
    const { resource, resolved } = sampleObserved({ storage: { replicas: 3 } });
    const before = settled();
    const { templateHash } = before.storage[0] ?? {};
    const silent = sampleMember('storage', 2, undefined, { state: undefined, templateHash });
    const set = before.sets.storage;
    const observed = {
      ...before,
      resource,
      resolved,
      sets: { ...before.sets, storage: set && { ...set, spec: { ...set.spec, replicas: 3 } } },
      storage: [...before.storage, silent],
    };
    expect(plan(observed).status?.conditions[1]).toMatchObject({
      status: 'True',
      reason: 'MembersStarting',
      message: 'topics are still to be given to demo-storage-2',
    });
  });

  it('scales routers out at once, and in after a drain', () => {
    const wanting = (replicas: number): Observed => {
      const { resource, resolved } = sampleObserved({ router: { replicas } });
      return { ...settled(), resource, resolved };
    };
    const { objects } = plan(wanting(5));
    expect(objects).toMatchObject([{ kind: 'StatefulSet', object: { spec: { replicas: 5 } } }]);
    const smaller = plan(wanting(1));
    expect(smaller).toMatchObject({
      objects: [],
      drains: [{ member: 'demo-router-1', address: 'demo-router-1:8082', withinMs: 10_000 }],
      requeueAfterMs: defaultPolicy.drainLookMs,
    });
    expect(summary(smaller).events).toContain(
      'Normal Draining: demo-router-1 moves its clients elsewhere: it is not wanted any more',
    );
  });

  it('keeps the image of a cluster that runs: a newer operator restarts nothing', () => {
    expect(summary(plan(settled(), { defaultImage: 'topicplane:2' })).objects).toEqual([]);
    const chosen = sampleObserved({ image: 'registry/topicplane:3' });
    const { objects, events } = plan({
      ...settled(),
      resource: chosen.resource,
      resolved: chosen.resolved,
    });
    expect(events.map(({ message }) => message).slice(0, 2)).toEqual([
      'StatefulSet demo-storage: spec.template.spec.containers[0].image: "topicplane:1" -> "registry/topicplane:3"',
      'StatefulSet demo-router: spec.template.spec.containers[0].image: "topicplane:1" -> "registry/topicplane:3"',
    ]);
    expect(objects.map(({ object }) => object.metadata.name)).toEqual([
      'demo-storage',
      'demo-router',
    ]);
  });

  it('leaves objects of others alone that have a name it needs, and says so', () => {
    const observed = settled();
    const foreign = { name: 'demo', namespace: 'default', labels: { app: 'shop' } };
    const services = observed.services.map((service) => {
      return service.metadata.name === 'demo'
        ? { ...service, metadata: foreign, spec: { ...service.spec, selector: { app: 'shop' } } }
        : service;
    });
    const made = plan({ ...observed, services });
    expect(summary(made).objects).toEqual([]);
    expect(made.status?.conditions[2]).toMatchObject({ status: 'True', reason: 'NameTaken' });
    expect(made.status?.conditions[2]?.message).toContain('Service demo;');
  });

  it('waits for the objects of an earlier cluster of its name to go', () => {
    const observed = settled();
    const [account] = [observed.serviceAccount].map((it) => it && structuredClone(it));
    if (!account) throw new Error('there is a service account');
    const reference = {
      apiVersion: 'x',
      kind: 'x',
      name: 'demo',
      uid: 'earlier',
      controller: true,
    };
    const metadata = { ...account.metadata, ownerReferences: [reference] };
    const made = plan({ ...observed, serviceAccount: { ...account, metadata } });
    expect(summary(made).objects).toEqual([]);
    expect(made.status?.conditions[2]).toMatchObject({ reason: 'NameTaken' });
  });

  it('takes back what was left of an earlier cluster of its name on purpose', () => {
    const observed = settled();
    const services = observed.services.map((service) => {
      return { ...service, metadata: { ...service.metadata, ownerReferences: [] } };
    });
    expect(summary(plan({ ...observed, services })).objects).toHaveLength(3);
  });

  it('touches nothing when a later operator is at work, not even the status', () => {
    const observed = settled();
    const routers = [sampleMember('router', 0, { term: 9, epoch: 9 }), sampleMember('router', 1)];
    const superseded = plan({
      ...observed,
      routers,
      sets: { router: undefined, storage: undefined },
    });
    expect(summary(superseded)).toMatchObject({ objects: [], pushes: [] });
    expect(superseded).toMatchObject({ status: undefined, events: [], replacements: [] });
  });
});

describe('a spec that is wrong', () => {
  const wrong = { router: { replicas: 0 } };

  it('of a new cluster changes nothing but the status', () => {
    const only = plan(sampleObserved(wrong));
    expect(summary(only)).toEqual({
      objects: [],
      pushes: [],
      events: [
        "Warning InvalidSpec: Degraded is True: the spec can't be followed: spec.router.replicas: must be between 1 and 1000, is 0",
      ],
    });
  });

  it('of a cluster that runs leaves it as it is, but looks after members that restart', () => {
    const broken = sampleObserved(wrong);
    const observed = { ...settled(), resource: broken.resource, resolved: broken.resolved };
    expect(summary(plan(observed))).toMatchObject({ objects: [], pushes: [] });
    const state = sampleState('demo-storage-1', undefined, { incarnation: 'another' });
    const storage = observed.storage.map((member, index) =>
      index === 1 ? { ...member, state } : member,
    );
    const repaired = plan({ ...observed, storage });
    expect(summary(repaired).objects).toEqual(['ConfigMap demo-topology']);
    expect(repaired.pushes).toHaveLength(4);
  });
});
