import type { RequestListener } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CapacitySource, noSecrets, PrometheusSource } from './capacity/index.ts';
import { matrix, ScriptedPrometheus, seriesOf, success } from './capacity/scripted-prometheus.ts';
import type { PlanEvent } from './plan/index.ts';
import { SampleCluster } from './sample-cluster.ts';

/** Virtual time, and real HTTP: time stands still while somebody waits for an answer that comes. */
let bench: SampleCluster;
let prometheus: ScriptedPrometheus;
let source: CountingSource;
let events: PlanEvent[] = [];
/** It leaves requests without an answer. */
let isSilent = false;

class CountingSource implements CapacitySource {
  begun = 0;
  pending = 0;
  readonly #source = new PrometheusSource({ clock: bench.clock, secrets: noSecrets });

  async read(...call: Parameters<CapacitySource['read']>) {
    this.begun += 1;
    this.pending += 1;
    const reading = await this.#source.read(...call);
    this.pending -= 1;
    return reading;
  }
}

beforeEach(async () => {
  bench = new SampleCluster();
  prometheus = await ScriptedPrometheus.start();
  source = new CountingSource();
  events = [];
});

afterEach(async () => {
  await bench.stop();
  await prometheus.stop();
});

/** Every answer says that each router is so full, as of so many seconds ago. */
function says(
  ratio: number | string,
  { agoSeconds = 1, labels = {}, members = 6 } = {},
): RequestListener {
  return (request, response) => {
    const atSeconds = bench.clock.wallMs() / 1000 - agoSeconds;
    const series = Array.from({ length: members }, (_, ordinal) => {
      return seriesOf(`demo-router-${ordinal}`, 'streams', [[atSeconds, String(ratio)]], labels);
    });
    success(matrix(series))(request, response);
  };
}

async function pass(seconds: number, each?: () => Promise<void>): Promise<void> {
  for (let second = 0; second < seconds; second += 5) {
    await bench.advance(5000);
    if (isSilent) await sleep(1);
    // One that is left without an answer is heard of when its time is over.
    const isWaited = () =>
      source.pending > 0 && !(isSilent && prometheus.requests.length >= source.begun);
    for (let waited = 0; isWaited(); waited++) {
      expect(waited).toBeLessThan(10_000);
      await sleep(1);
    }
    await each?.();
  }
}

async function replicas(): Promise<number> {
  return (await bench.store.get('StatefulSet', 'default', 'demo-router'))?.spec.replicas ?? 0;
}

/** Four routers, half full by what Prometheus says. */
async function fourRouters(scaling: object = {}): Promise<void> {
  isSilent = false;
  prometheus.answer = says(0.55);
  const tier = { min: 2, max: 6, in: { stabilisationSeconds: 60 } };
  bench.write({
    router: { replicas: 4 },
    scaling: { prometheus: { url: prometheus.url }, router: tier, ...scaling },
  });
  const observer = { event: (_: unknown, event: PlanEvent): void => void events.push(event) };
  bench.start({ capacity: source, observer });
  await bench.settle();
  await pass(45);
  expect(await bench.condition('MetricsAvailable')).toMatchObject({ status: 'True' });
  expect(await replicas()).toBe(4);
  bench.forgetWhatHappened();
  events = [];
}

const text = (status: number, body: string): RequestListener => {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(body);
  };
};

interface Bad {
  readonly what: string;
  readonly reason: string;
  readonly answer: () => RequestListener;
  readonly isSilent?: true;
}

const bad: readonly Bad[] = [
  {
    what: 'is down',
    reason: 'QueryFailed',
    answer: () => (request) => void request.socket.destroy(),
  },
  { what: 'answers 500', reason: 'QueryFailed', answer: () => text(500, 'it broke') },
  { what: 'answers 404', reason: 'QueryFailed', answer: () => text(404, '<html>') },
  { what: 'does not answer', reason: 'QueryFailed', answer: () => () => undefined, isSilent: true },
  {
    what: 'says that the query failed',
    reason: 'QueryFailed',
    answer: () => success({ status: 'error', errorType: 'timeout', error: 'query timed out' }),
  },
  { what: 'answers with something else', reason: 'QueryFailed', answer: () => success('[1,2]') },
  { what: 'has nothing', reason: 'NoData', answer: () => success(matrix([])) },
  { what: 'has no numbers', reason: 'Absurd', answer: () => says('NaN') },
  { what: 'has infinite ones', reason: 'Absurd', answer: () => says('+Inf') },
  { what: 'has negative ones', reason: 'Absurd', answer: () => says(-0.5) },
  { what: 'has some that are 1000 times too large', reason: 'Absurd', answer: () => says(550) },
  { what: 'stands still', reason: 'Stale', answer: () => says(0.01, { agoSeconds: 61 }) },
  {
    what: 'is of another time',
    reason: 'Stale',
    answer: () => says(0.01, { agoSeconds: -3600 }),
  },
  {
    what: 'knows half of the members',
    reason: 'PartialData',
    answer: () => says(0.01, { members: 2 }),
  },
  {
    what: 'knows other clusters alone',
    reason: 'NoData',
    answer: () => (request, response) => {
      const atSeconds = bench.clock.wallMs() / 1000;
      const series = [0, 1, 2, 3].map((ordinal) => {
        const { metric, values } = seriesOf(`demo-router-${ordinal}`, 'streams', [
          [atSeconds, '0.01'],
        ]);
        return { metric: { ...metric, topic_cluster: 'default/another' }, values };
      });
      success(matrix(series))(request, response);
    },
  },
];

describe.each(bad)('while Prometheus $what', ({ reason, answer, isSilent: silent }) => {
  // Were any of it believed, or nothing taken for 0, two routers would go after the minute of stabilisation.
  it(`nothing goes for ten minutes, and ${reason} is said within one`, async () => {
    await fourRouters();
    prometheus.answer = answer();
    isSilent = silent ?? false;
    bench.carry('router', { streams: 0.01 });
    await pass(60);
    expect(await bench.condition('MetricsAvailable')).toMatchObject({ status: 'False', reason });
    expect(await bench.condition('ScalingActive')).toMatchObject({ reason: 'OutOnly' });
    await pass(540, async () => expect(await replicas()).toBe(4));
    expect([bench.members.pushes, bench.members.asked, bench.store.deleted]).toEqual([[], [], []]);
    expect(events.filter((it) => it.reason === reason)).toHaveLength(1);
    expect(await bench.condition('Degraded')).toMatchObject({ status: 'False' });
    // When it is itself again, it is believed again.
    prometheus.answer = says(0.1);
    await pass(60);
    expect(await bench.condition('MetricsAvailable')).toMatchObject({ status: 'True' });
  });
});

it('when it is itself again and the routers are empty, they go', async () => {
  await fourRouters();
  prometheus.answer = text(500, 'it broke');
  await pass(120);
  prometheus.answer = says(0.05);
  await pass(1500);
  expect(await replicas()).toBe(2);
});

it('a load that is 3.5 times what it was is believed when it is seen twice, and not before', async () => {
  await fourRouters();
  const jumps: number[] = [];
  prometheus.answer = says(0.95 * 2);
  await pass(60, async () => {
    const { reason } = (await bench.condition('MetricsAvailable')) ?? {};
    if (reason === 'Absurd') jumps.push(await replicas());
  });
  expect(jumps.length).toBeGreaterThan(0);
  expect(Math.max(...jumps)).toBeLessThanOrEqual(5);
  expect(await replicas()).toBe(6);
});

it('where nothing follows its load, it is not asked', async () => {
  bench.write({ scaling: { prometheus: { url: prometheus.url } } });
  bench.start({ capacity: source });
  await bench.settle();
  await pass(30);
  expect(prometheus.requests).toEqual([]);
});

it('a cluster that is deleted is not asked for any more', async () => {
  await fourRouters();
  await bench.store.delete('TopicCluster', 'default', 'demo');
  await pass(5);
  const asked = prometheus.requests.length;
  await pass(60);
  expect(prometheus.requests.length).toBe(asked);
});

it('the operator is not held up by one that does not answer', async () => {
  await fourRouters();
  prometheus.answer = () => undefined;
  isSilent = true;
  await pass(16);
  await bench.update({ router: { replicas: 4 }, caches: [{ name: 'more' }] });
  expect((await bench.topology()).caches.map(({ name }) => name)).toEqual(['more']);
});
