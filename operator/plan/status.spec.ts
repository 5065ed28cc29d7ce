import { describe, expect, it } from 'vitest';
import type { Observed } from '../observe/index.ts';
import { statusSchema } from '../resource/status-schema.ts';
import { problemsOf } from '../resource/validate.ts';
import { sampleDead, sampleMember, sampleObserved, sampleState } from '../sample.ts';
import type { Plan } from './plan.ts';
import { defaultPolicy } from './policy.ts';
import { context, plan, settled, withStatus } from './testing/settled.ts';

describe('the status', () => {
  const conditions = (made: Plan) =>
    Object.fromEntries(
      (made.status?.conditions ?? []).map((condition) => [condition.type, condition]),
    );

  it('of a cluster at rest', () => {
    expect(settled().resource.status).toEqual({
      observedGeneration: 1,
      conditions: [
        {
          type: 'Available',
          status: 'True',
          reason: 'Serving',
          message: '2 of 2 routers ready, 2 storage nodes with the topics of 0 caches',
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
    const made = plan({ ...observed, storage }, { wallMs: context.wallMs + 1000 });
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
