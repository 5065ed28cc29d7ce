import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { topo } from '../../proto/index.ts';
import type { RefusalCode } from '../../router/index.ts';
import { labelledCachesMax } from '../../router/traffic/index.ts';
import { cachesMax } from '../../topology/index.ts';
import { sampleTopology } from '../../topology/sample.ts';
import { cluster } from '../tiers/two-tiers.ts';
import { Processes } from './processes.ts';

const seriesMax = 2_000;
const refusals: Readonly<Record<RefusalCode, true>> = {
  'cache-not-found': true,
  'invalid-argument': true,
  'message-too-large': true,
  'publish-rate': true,
  'subscription-count': true,
  exhausted: true,
  unavailable: true,
};
const outcomes = ['accepted', ...(Object.keys(refusals) as RefusalCode[])] as const;

let processes: Processes;
let epoch = 0;

beforeAll(async () => {
  processes = await Processes.start();
});

afterAll(() => processes.stop());

function push(cacheNames: readonly string[]): void {
  const { router, storage } = processes;
  epoch += 1;
  const caches = cacheNames.map((name) => {
    return { name, publishesPerSecondMax: 0, subscriptionsMax: 0 };
  });
  const { name, incarnation } = storage.node.self;
  const topology: topo.Topology = {
    ...sampleTopology(),
    cluster,
    version: { term: 1, epoch },
    caches,
    storage: [{ name, incarnation, address: storage.addresses.link }],
    ring: [name],
    move: undefined,
  };
  expect(storage.node.offer(topology).outcome).toBe('applied');
  expect(router.router.topology.offer(topology).outcome).toBe('applied');
}

/** Everything that is counted by cache, with every outcome there is. */
function exercise(caches: readonly string[]): void {
  const { traffic } = processes.router.router;
  for (const cache of caches) {
    for (const outcome of outcomes) traffic.of(cache).published(outcome, 10);
    traffic.of(cache).deliveredItems += 1;
    traffic.of(cache).deliveredBytes += 10;
  }
}

async function scrape(address: string): Promise<string[]> {
  const text = await (await fetch(`http://${address}/metrics`)).text();
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

const named = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, n) => `${prefix}-${n}`);

describe('the series of a process', () => {
  it(`are at most ${seriesMax}, whatever caches there are, come and go, and whatever clients ask for`, async () => {
    push(named('first', cachesMax));
    exercise(named('first', cachesMax));
    push(named('second', cachesMax));
    exercise(named('second', cachesMax));
    exercise(named('unknown', 5_000));
    const { router, storage } = processes;
    const ofRouter = await scrape(router.addresses.admin);
    const ofStorage = await scrape(storage.addresses.admin);
    expect(ofRouter.length).toBeGreaterThan(labelledCachesMax * 2 * outcomes.length);
    expect(ofRouter.length).toBeLessThanOrEqual(seriesMax);
    expect(ofStorage.length).toBeLessThanOrEqual(seriesMax);
    expect(ofRouter.join('\n')).not.toContain('unknown');
    expect(ofStorage.join('\n')).not.toContain('first');
  });

  it('all say whose they are', async () => {
    const topicCluster = cluster.split('/').slice(0, 2).join('/');
    const { router, storage } = processes;
    for (const [role, address] of [
      ['router', router.addresses.admin],
      ['storage', storage.addresses.admin],
    ] as const) {
      const labels = `role="${role}",name="${role}-0",topic_cluster="${topicCluster}"`;
      const lines = await scrape(address);
      expect(lines.filter((line) => !line.includes(labels))).toEqual([]);
    }
    const text = await processes.operator.metrics();
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(lines.length).toBeGreaterThan(10);
    expect(lines.length).toBeLessThanOrEqual(seriesMax);
    expect(lines.filter((line) => !line.includes('role="operator",name="operator-0"'))).toEqual([]);
  });
});
