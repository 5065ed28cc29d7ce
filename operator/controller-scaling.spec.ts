import { afterEach, describe, expect, it } from 'vitest';
import type { CapacitySource } from './capacity/index.ts';
import type { PlanEvent, TierView } from './plan/index.ts';
import { type Condition, type Problem, problemsOf, statusSchema } from './resource/index.ts';
import { SampleCluster } from './sample-cluster.ts';
import type { Reading } from './scale/index.ts';

let bench: SampleCluster;
const events: PlanEvent[] = [];
const views = new Map<string, readonly TierView[]>();
const observer = {
  event: (_resource: unknown, event: PlanEvent): void => void events.push(event),
  scaling: (cluster: string, tiers: readonly TierView[]): void => void views.set(cluster, tiers),
};

/** What an API server would have refused of a status. */
const refused: Problem[] = [];

afterEach(async () => {
  await bench.stop();
  expect(refused.splice(0)).toEqual([]);
  events.length = 0;
  views.clear();
});

const interval = 15_000;
const routers = { router: { max: 6 } };

async function running(scaling: object, options: object = {}): Promise<void> {
  bench = new SampleCluster();
  bench.store.onStatus = (status) => {
    refused.push(...problemsOf(statusSchema, status, ['status']));
  };
  bench.carry('router', { streams: 0.4, cpu: 0.1 });
  bench.carry('storage', { topics: 0.4 });
  bench.write({ scaling });
  bench.start({ observer, ...options });
  await bench.settle();
  await bench.advance(2 * interval + 2000);
}

async function replicas(tier: 'router' | 'storage'): Promise<number | undefined> {
  return (await bench.store.get('StatefulSet', 'default', `demo-${tier}`))?.spec.replicas;
}

const scaled = () => events.map(({ reason }) => reason).filter((it) => it.startsWith('Scaled'));

describe('a tier that follows its load', () => {
  it('grows when its members are full, and says why in status, event and numbers', async () => {
    await running(routers);
    expect(await replicas('router')).toBe(2);
    bench.carry('router', { streams: 0.95, cpu: 0.1 });
    for (let seconds = 0; seconds < 60 && scaled().length === 0; seconds++) {
      await bench.advance(1000);
    }
    const { scaling, routers: tier } = await bench.status();
    const desired = scaling?.router?.desired ?? 0;
    expect(desired).toBeGreaterThan(2);
    expect([tier.desired, await replicas('router')]).toEqual([desired, desired]);
    expect(scaling?.router).toMatchObject({
      reason: 'LoadHigh',
      message: expect.stringContaining(`2 -> ${desired}: streams`) as string,
      inputs: { dimension: 'streams', utilisationPercent: 95 },
      steps: [{ from: 2, to: desired }],
    });
    expect(scaling?.storage).toBeUndefined();
    expect(events).toContainEqual({
      type: 'Normal',
      reason: 'ScaledOut',
      message: expect.stringContaining(`routers: 2 -> ${desired}: streams`) as string,
      about: 'status',
    });
    expect(bench.logged.some((line) => line.startsWith('routers: 2 -> '))).toBe(true);
    expect(views.get('default/demo')).toMatchObject([{ tier: 'router', desired, max: 6 }]);
  });

  it('has its new size in the status before anything is made of it', async () => {
    await running(routers);
    bench.forgetWhatHappened();
    const said: string[] = [];
    bench.store.onStatus = ({ scaling, conditions }) => {
      bench.store.writes.push(`says ${scaling?.router?.desired}`);
      const progressing = conditions.find(({ type }) => type === 'Progressing');
      said.push(`${scaling?.router?.desired} ${progressing?.status} ${progressing?.reason}`);
    };
    bench.carry('router', { streams: 0.95 });
    await bench.advance(2 * interval + 2000);
    const writes = bench.store.writes.filter((it) => /^says [^2]|StatefulSet/.test(it));
    expect(writes[0]).toMatch(/^says [3-6]$/);
    expect(writes).toContain('StatefulSet demo-router');
    // Whoever waits for the end of it doesn't find it before its begin.
    expect(said.find((it) => !it.startsWith('2'))).toMatch(/^[3-6] True Scaling$/);
  });

  it('stays as it is while the status can not be written', async () => {
    await running(routers);
    bench.store.applyStatus = () => Promise.reject(new Error('the status is not to be written'));
    bench.carry('router', { streams: 0.95 });
    await bench.advance(4 * interval);
    expect(await replicas('router')).toBe(2);
    expect(scaled()).toEqual([]);
  });

  it('shrinks when it is empty for as long as that takes, but not beside other changes', async () => {
    await running(routers);
    bench.carry('router', { streams: 0.95 });
    await bench.advance(2 * interval + 2000);
    const most = (await replicas('router')) ?? 0;
    bench.carry('router', { streams: 0.05 });
    await bench.advance(240_000);
    expect(await replicas('router')).toBe(most);
    await bench.crash('storage', 0);
    await bench.advance(1_200_000);
    expect(await replicas('router')).toBe(most);
    expect((await bench.status()).scaling?.router?.reason).toBe('Busy');
    await bench.run('storage', 0);
    await bench.advance(240_000);
    expect(await replicas('router')).toBe(2);
    expect(bench.members.asked).toContain(`demo-router-${most - 1} drains within 10000 ms`);
  });

  it('keeps its size when another operator takes over, whatever replicas says', async () => {
    await running(routers);
    bench.carry('router', { streams: 0.95 });
    await bench.advance(2 * interval + 2000);
    const most = await replicas('router');
    expect(most).toBeGreaterThan(2);
    bench.carry('router', { streams: 0.05 });
    await bench.stop();
    bench.forgetWhatHappened();
    bench.start({ observer, term: 2 });
    await bench.advance(60_000);
    expect(await replicas('router')).toBe(most);
    expect(bench.store.writes.filter((it) => it.startsWith('StatefulSet'))).toEqual([]);
    expect((await bench.status()).scaling?.router?.steps).toHaveLength(1);
  });

  it('goes on with what runs when its status is lost or rubbish', async () => {
    await running(routers);
    bench.carry('router', { streams: 0.95 });
    await bench.advance(2 * interval + 2000);
    const most = await replicas('router');
    bench.carry('router', { streams: 0.4 });
    await bench.stop();
    const cluster = await bench.store.get('TopicCluster', 'default', 'demo');
    if (!cluster) throw new Error('there is no cluster');
    for (const scaling of [
      undefined,
      7,
      { router: { desired: -1 } },
      { router: { desired: 'x' } },
    ]) {
      bench.store.put('TopicCluster', { ...cluster, status: { scaling } });
      const controller = bench.start({ observer, term: 2 });
      await bench.advance(interval);
      expect(await replicas('router')).toBe(most);
      await controller.stop();
    }
  });

  it('is as large as replicas says when it is to follow its load no more', async () => {
    await running(routers);
    bench.carry('router', { streams: 0.95 });
    await bench.advance(2 * interval + 2000);
    await bench.update({ router: { replicas: 3 } });
    await bench.advance(60_000);
    expect(await replicas('router')).toBe(3);
    const { scaling, conditions } = await bench.status();
    expect(scaling).toBeUndefined();
    const types = conditions.map(({ type }) => type);
    expect(types).toEqual(['Available', 'Progressing', 'Degraded']);
    expect(views.get('default/demo')).toEqual([]);
  });

  it('writes nothing more than once a minute while nothing happens', async () => {
    await running({ router: { max: 6 }, storage: { max: 4 } });
    await bench.advance(400_000);
    bench.forgetWhatHappened();
    await bench.advance(300_000);
    expect(bench.store.writes.filter((it) => it !== 'status')).toEqual([]);
    expect(bench.store.writes.length).toBeLessThanOrEqual(5);
  });

  it('tells once that it would be larger if it might', async () => {
    await running({ router: { max: 3 } });
    bench.carry('router', { streams: 0.99 });
    await bench.advance(200_000);
    expect(await replicas('router')).toBe(3);
    expect(events.filter(({ reason }) => reason === 'AtMaximum')).toHaveLength(1);
  });

  it('shrinks although pods that it grew by never start, once that has lasted', async () => {
    await running(routers);
    bench.brokenImages.add('topicplane:1');
    bench.carry('router', { streams: 0.95 });
    await bench.advance(60_000);
    const most = (await replicas('router')) ?? 0;
    expect(most).toBeGreaterThan(2);
    bench.carry('router', { streams: 0.05 });
    await bench.advance(400_000);
    expect(await replicas('router')).toBe(most);
    expect((await bench.status()).scaling?.router?.reason).toBe('Busy');
    await bench.advance(900_000);
    expect(await replicas('router')).toBe(2);
  });

  it('takes storage nodes away one at a time, whatever the steps are', async () => {
    const steps = { stepMembers: 9, stepPercent: 400, periodSeconds: 15, stabilisationSeconds: 15 };
    bench = new SampleCluster();
    bench.carry('storage', { topics: 0.05 });
    bench.write({ storage: { replicas: 5 }, scaling: { storage: { min: 2, max: 6, in: steps } } });
    bench.start({ observer });
    await bench.settle();
    // Pods that are taken away are gone at the end of each advance.
    for (let round = 0; round < 100; round++) await bench.advance(interval);
    expect(await replicas('storage')).toBe(2);
    const told = events.filter(({ reason }) => reason === 'ScaledIn').map(({ message }) => message);
    expect(told.map((it) => /\d -> \d/.exec(it)?.[0])).toEqual(['5 -> 4', '4 -> 3', '3 -> 2']);
  });
});

describe('where Prometheus says what members carry', () => {
  let reading: Reading = { kind: 'failed', message: 'Prometheus is away' };
  let isSilent = false;
  afterEach(() => {
    isSilent = false;
  });
  const source: CapacitySource = {
    read: (_want, signal) => {
      if (!isSilent) return Promise.resolve(reading);
      return new Promise((resolve) => {
        signal?.addEventListener('abort', () => resolve(reading), { once: true });
      });
    },
  };
  const options = { capacity: source };
  const scaling = { prometheus: { url: 'http://prometheus:9090' }, router: { max: 6 } };

  function says(ratio: number): void {
    reading = {
      kind: 'samples',
      samples: [0, 1, 2, 3, 4, 5].map((ordinal) => {
        const atMs = bench.clock.wallMs();
        return { member: `demo-router-${ordinal}`, dimension: 'streams', ratio, atMs };
      }),
    };
  }

  async function saysFor(ratio: number, ms: number): Promise<void> {
    for (let done = 0; done < ms; done += interval) {
      says(ratio);
      await bench.advance(interval);
    }
  }

  it('that counts, not what they say themselves', async () => {
    await running(scaling, options);
    await saysFor(0.4, 30_000);
    expect(await bench.condition('MetricsAvailable')).toMatchObject({
      status: 'True',
      reason: 'MetricsRead',
      message: 'Prometheus at http://prometheus:9090 says what routers carry',
    });
    expect(await bench.condition('ScalingActive')).toMatchObject({ status: 'True' });
    await saysFor(0.95, 30_000);
    expect(await replicas('router')).toBeGreaterThan(2);
  });

  it('nothing goes while it is away, however empty the members are', async () => {
    await running(scaling, options);
    await saysFor(0.95, 30_000);
    const most = (await replicas('router')) ?? 0;
    reading = { kind: 'failed', message: 'Prometheus is away' };
    bench.carry('router', { streams: 0.01 });
    events.length = 0;
    await bench.advance(60_000);
    expect(await bench.condition('MetricsAvailable')).toMatchObject({
      status: 'False',
      reason: 'QueryFailed',
      message: 'routers: Prometheus is away',
    });
    expect(await bench.condition('ScalingActive')).toMatchObject({
      status: 'False',
      reason: 'OutOnly',
    });
    expect(events.map(({ type, reason }) => `${type} ${reason}`)).toEqual([
      'Warning OutOnly',
      'Warning QueryFailed',
    ]);
    await bench.advance(900_000);
    expect(await replicas('router')).toBe(most);
    expect(scaled()).toEqual([]);
  });

  it('one more comes at a time while it is away and the members say that they are full', async () => {
    await running(scaling, options);
    bench.carry('router', { streams: 0.95 });
    reading = { kind: 'failed', message: 'Prometheus is away' };
    await bench.advance(20_000);
    const steps = events.filter(({ reason }) => reason === 'ScaledOut');
    expect(steps.map(({ message }) => /\d -> \d/.exec(message)?.[0])).toEqual(['2 -> 3']);
    await bench.advance(300_000);
    const later = events.filter(({ reason }) => reason === 'ScaledOut');
    expect(later.length).toBeGreaterThan(1);
    for (const { message } of later) {
      const [, from, to] = /(\d) -> (\d)/.exec(message) ?? [];
      expect(Number(to) - Number(from)).toBe(1);
    }
  });

  it('after a restart what was said stays said until there is a reading', async () => {
    await running(scaling, options);
    await saysFor(0.4, 30_000);
    const isScaling = ({ type }: Condition) =>
      type === 'ScalingActive' || type === 'MetricsAvailable';
    const before = await bench.status();
    await bench.stop();
    isSilent = true;
    events.length = 0;
    bench.start({ observer, term: 2, ...options });
    await bench.advance(10_000);
    const { conditions, scaling: said } = await bench.status();
    expect(conditions.filter(isScaling)).toEqual(before.conditions.filter(isScaling));
    expect(said).toEqual(before.scaling);
    expect(events.filter(({ type }) => type === 'Warning')).toEqual([]);
  });
});
