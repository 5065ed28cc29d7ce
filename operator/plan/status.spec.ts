import { describe, expect, it } from 'vitest';
import type { Observed, ObservedMember } from '../observe/index.ts';
import { statusSchema } from '../resource/status-schema.ts';
import { problemsOf } from '../resource/validate.ts';
import { sampleDead, sampleMember, sampleObserved, sampleState } from '../sample.ts';
import { absentVersion, type RefusalCode } from '../store.ts';
import type { Plan } from './plan.ts';
import { defaultPolicy } from './policy.ts';
import { learn } from './refusals.ts';
import { context, plan, settled, withStatus } from './testing/settled.ts';

describe('the status', () => {
  const conditions = (made: Plan) =>
    Object.fromEntries(
      (made.status?.conditions ?? []).map((condition) => [condition.type, condition]),
    );

  it('of a cluster at rest', () => {
    const observed = settled({ caches: [{ name: 'orders' }] });
    expect(observed.resource.status).toEqual({
      observedGeneration: 1,
      conditions: [
        {
          type: 'Available',
          status: 'True',
          reason: 'Serving',
          message: '2 of 2 routers ready, 2 storage nodes with the topics of 1 cache',
          observedGeneration: 1,
          lastTransitionTime: '2026-02-03T04:05:06.789Z',
        },
        {
          type: 'Progressing',
          status: 'False',
          reason: 'Settled',
          message: 'everything is as the spec says',
          observedGeneration: 1,
          lastTransitionTime: '2026-02-03T04:05:06.789Z',
        },
        {
          type: 'Degraded',
          status: 'False',
          reason: 'AsDesired',
          message: 'no member is down',
          observedGeneration: 1,
          lastTransitionTime: '2026-02-03T04:05:06.789Z',
        },
      ],
      routers: {
        desired: 2,
        ready: 2,
        updated: 2,
        summary: '2/2',
        members: [
          { name: 'demo-router-0', ready: true, phase: 'InRotation', topology: '1.1' },
          { name: 'demo-router-1', ready: true, phase: 'InRotation', topology: '1.1' },
        ],
      },
      storage: {
        desired: 2,
        ready: 2,
        updated: 2,
        summary: '2/2',
        members: [
          { name: 'demo-storage-0', ready: true, phase: 'InRotation', topology: '1.1' },
          { name: 'demo-storage-1', ready: true, phase: 'InRotation', topology: '1.1' },
        ],
      },
      topology: { term: 1, epoch: 1 },
      endpoint: 'demo.default.svc:443',
      summary: 'Settled',
    });
  });

  it('is one that an API server takes', () => {
    expect(problemsOf(statusSchema, settled().resource.status, [])).toEqual([]);
    expect(problemsOf(statusSchema, plan(sampleObserved()).status, [])).toEqual([]);
  });

  it('says which owner is down, and that its topics have nobody', () => {
    const observed = settled();
    const storage = [sampleDead('storage', 0), ...observed.storage.slice(1)];
    const { waits } = plan(observed);
    const made = plan({ ...observed, storage }, { waits, wallMs: context.wallMs + 1000 });
    expect(conditions(made)).toMatchObject({
      Available: {
        status: 'False',
        reason: 'OwnersNotAcknowledged',
        message: 'demo-storage-0 did not acknowledge topology 1.1',
        lastTransitionTime: '2026-02-03T04:05:07.789Z',
      },
      Degraded: {
        status: 'True',
        reason: 'MembersDown',
        message: 'demo-storage-0 is down (it cannot be reached)',
      },
    });
    expect(made.events.map((event) => `${event.type} ${event.reason}`)).toEqual([
      'Warning OwnersNotAcknowledged',
      'Warning MembersDown',
    ]);
    expect(made.status?.storage.members[0]).toEqual({
      name: 'demo-storage-0',
      ready: false,
      phase: 'Unknown',
      message: 'it cannot be reached',
    });
  });

  it('says in a word what a person should know first', () => {
    const observed = settled();
    const [first, ...rest] = observed.storage;
    const word = (changes: Partial<Observed>) => plan({ ...observed, ...changes }).status?.summary;
    expect(plan(sampleObserved()).status?.summary).toBe('MembersStarting');
    expect(word({ storage: [sampleDead('storage', 0), ...rest] })).toBe('MembersDown');
    const outdated = first ? [{ ...first, templateHash: 'old' }, ...rest] : [];
    expect(word({ storage: outdated })).toBe('RollingOut');
    const invalid = sampleObserved({ router: { replicas: 0 } });
    expect(plan(invalid).status?.summary).toBe('InvalidSpec');
  });

  it('calls a pod that was made a moment ago one that starts, until it answers or takes too long', () => {
    const observed = settled();
    const pod = { ...sampleDead('router', 1), uid: 'new', notReadyMessage: undefined };
    const routers = [...observed.routers.slice(0, 1), pod];
    const early = plan({ ...observed, routers });
    const told = (made: Plan) => made.status?.routers.members[1];
    expect(told(early)).toMatchObject({ phase: 'Starting', message: 'starting' });
    const { waits } = early;
    const late = plan({ ...observed, routers }, { waits, nowMs: defaultPolicy.replacedMsMax });
    expect(told(late)).toMatchObject({ phase: 'Unknown', message: 'it cannot be reached' });
    const pulling = { ...pod, notReadyMessage: 'ErrImagePull: no such image' };
    const unpulled = plan({ ...observed, routers: [...routers.slice(0, 1), pulling] });
    expect(told(unpulled)).toMatchObject({ message: 'ErrImagePull: no such image' });
    const unready = { ...pod, notReadyMessage: 'containers with unready status: [router]' };
    const made = plan({ ...observed, routers: [...routers.slice(0, 1), unready] });
    expect(told(made)).toMatchObject({ message: 'starting' });
    const restarted = plan({
      ...observed,
      routers: [...routers.slice(0, 1), { ...pod, restarts: 1 }],
    });
    expect(told(restarted)).toMatchObject({ message: 'it cannot be reached' });
  });

  it('misses a router that was restarted and is down, and none that goes because it was asked to', () => {
    const observed = settled();
    const degraded = (change: Partial<ObservedMember>) => {
      const [first, ...others] = observed.routers;
      if (!first) throw new Error('there is a router');
      const routers = [{ ...first, ready: false, restarts: 1, ...change }, ...others];
      return plan({ ...observed, routers }).status?.conditions.find(({ type }) => {
        return type === 'Degraded';
      });
    };
    expect(degraded({})).toMatchObject({ status: 'True', reason: 'MembersDown' });
    expect(degraded({ leaving: true })).toMatchObject({ status: 'False' });
  });

  it('says that a cluster without caches has none', () => {
    const made = settled().resource.status as Plan['status'];
    expect(made?.summary).toBe('NoCaches');
    expect(made?.conditions[0]).toMatchObject({
      status: 'True',
      reason: 'NoCaches',
      message: expect.stringContaining('every publish and subscribe fails') as string,
    });
  });

  it('is not available when the Service that clients dial is refused and leads elsewhere', () => {
    const observed = settled();
    const others = observed.services.filter(({ metadata }) => metadata.name !== 'demo');
    const [service] = observed.services.filter(({ metadata }) => metadata.name === 'demo');
    if (!service) throw new Error('there is a Service');
    const refusedOf = (code: RefusalCode, over: string) => {
      const refusal = {
        what: 'Service demo',
        wanted: {},
        over,
        refusal: { code, message: 'no' },
      };
      return learn(new Map(), [refusal], 0, defaultPolicy);
    };
    const available = (services: Observed['services'], code: RefusalCode) => {
      const [demo] = services.filter(({ metadata }) => metadata.name === 'demo');
      const refusals = refusedOf(code, demo?.metadata.resourceVersion ?? absentVersion);
      return conditions(plan({ ...observed, services }, { refusals }));
    };
    const [port] = service.spec.ports;
    const ports = port ? [{ ...port, port: 444 }] : [];
    const there = { ...service.metadata, resourceVersion: '1' };
    const astray = { ...service, metadata: there, spec: { ...service.spec, ports } };
    const cutOff = { status: 'False', reason: 'NoClientService' };
    expect(available([...others, astray], 'ApplyFailed').Available).toMatchObject(cutOff);
    expect(available(others, 'ApplyFailed').Available).toMatchObject(cutOff);
    expect(available(others, 'NameTaken').Available).toMatchObject(cutOff);
    const labels = { ...there.labels, 'app.kubernetes.io/name': 'other' };
    const relabelled = { ...service, metadata: { ...there, labels } };
    const unlabelled = available([...others, relabelled], 'ApplyFailed');
    expect(unlabelled.Available).toMatchObject({ status: 'True' });
  });

  it('is not settled while an object is refused', () => {
    const observed = settled();
    const foreign = { name: 'demo', namespace: 'default', labels: { app: 'shop' } };
    const services = observed.services.map((service) => {
      return service.metadata.name === 'demo' ? { ...service, metadata: foreign } : service;
    });
    expect(conditions(plan({ ...observed, services }))).toMatchObject({
      Available: { status: 'False', reason: 'NoClientService' },
      Progressing: {
        status: 'True',
        reason: 'Refused',
        message: 'refused, and tried again: Service demo; Degraded says why',
      },
      Degraded: { status: 'True', reason: 'NameTaken' },
    });
  });

  it('tells of a roll-out until every pod is ready again', () => {
    const observed = settled();
    const [first, ...rest] = observed.routers;
    if (!first) throw new Error('there is a router');
    const outdated = { ...observed, routers: [{ ...first, templateHash: 'old' }, ...rest] };
    const begun = plan(outdated);
    const anew = { ...first, uid: 'anew', ready: false };
    const starting = plan({ ...observed, routers: [anew, ...rest] }, { waits: begun.waits });
    expect(conditions(starting).Progressing).toMatchObject({
      reason: 'RollingOut',
      message: 'every pod is replaced; waiting for demo-router-0',
    });
    const gone = plan({ ...observed, routers: rest }, { waits: starting.waits });
    expect(conditions(gone).Progressing).toMatchObject({ reason: 'RollingOut' });
    const over = plan(observed, { waits: gone.waits });
    expect(over.status ?? observed.resource.status).toMatchObject({ summary: 'NoCaches' });
    // What starts after it is a scale.
    const later = plan({ ...observed, routers: [anew, ...rest] }, { waits: over.waits });
    expect(conditions(later).Progressing).toMatchObject({ reason: 'MembersStarting' });
  });

  it('stays available for a while when an owner that answers is behind', () => {
    const observed = settled();
    const [first, ...rest] = observed.storage;
    const state = sampleState('demo-storage-0', { term: 0, epoch: 1 });
    const storage = first ? [{ ...first, state }, ...rest] : [];
    const early = plan({ ...observed, storage });
    expect(conditions(early).Available).toMatchObject({ status: 'True' });
    expect(conditions(early).Progressing).toMatchObject({ reason: 'TopologyChanging' });
    const { waits } = early;
    const nowMs = defaultPolicy.acknowledgeMsMax;
    const late = plan({ ...observed, storage }, { waits, nowMs });
    expect(conditions(late).Available).toMatchObject({
      status: 'False',
      reason: 'OwnersNotAcknowledged',
    });
  });

  it('is not available without a router', () => {
    const observed = settled();
    const routers = observed.routers.map((router) => ({ ...router, ready: false, restarts: 1 }));
    expect(conditions(plan({ ...observed, routers }))).toMatchObject({
      Available: {
        status: 'False',
        reason: 'NoRouterReady',
        message: 'none of 2 routers is ready',
      },
      Progressing: { status: 'True', message: 'waiting for demo-router-0, demo-router-1' },
      Degraded: { status: 'True', reason: 'MembersDown' },
    });
  });

  it('does not count an owner of another run as one that acknowledged', () => {
    const observed = settled();
    const version = { term: 1, epoch: 1 };
    const state = sampleState('demo-storage-0', version, { incarnation: 'another' });
    const storage = [{ ...sampleMember('storage', 0), state }, ...observed.storage.slice(1)];
    expect(conditions(plan({ ...observed, storage })).Available).toMatchObject({ status: 'False' });
  });

  it('keeps the time of a condition whose message changes but not its status', () => {
    const observed = settled({ caches: [] });
    const more = sampleObserved({ caches: [] });
    const resource = { ...more.resource, status: observed.resource.status };
    const routers = [{ ...sampleMember('router', 0), ready: false }, ...observed.routers.slice(1)];
    const made = plan({ ...observed, resource, routers }, { wallMs: context.wallMs + 60_000 });
    expect(conditions(made)).toMatchObject({
      Available: {
        message: expect.stringMatching(/^1 of 2 routers ready/) as string,
        lastTransitionTime: '2026-02-03T04:05:06.789Z',
      },
      Progressing: { lastTransitionTime: '2026-02-03T04:06:06.789Z' },
    });
  });

  it('passes over what an earlier status holds that makes no sense', () => {
    for (const status of ['x', null, { conditions: 7 }, { conditions: [null, 3, {}] }]) {
      expect(plan(withStatus(settled(), status)).status?.conditions).toHaveLength(3);
    }
  });
});
