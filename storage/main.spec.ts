import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type ManualClock, silentLogger } from '../runtime/index.ts';
import { topologyToJson } from '../topology/index.ts';
import { type RunningStorage, type StorageConfig, startStorage } from './index.ts';
import { SocketClock, self, TestRouter, topology } from './testing/index.ts';

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function stop(storage: RunningStorage, clock: ManualClock): Promise<void> {
  // It looks every now and then whether it may end.
  const passing = setInterval(() => clock.advance(50), 5);
  storage.node.release();
  for (const ending of storage.endings) await ending.end();
  clearInterval(passing);
}

async function start(change: Partial<StorageConfig> = {}): Promise<RunningStorage> {
  const any = '127.0.0.1:0';
  const addresses = { linkAddress: any, controlAddress: any, adminAddress: any };
  const config = { name: 's-0', cluster: self.cluster, ...addresses, ...change };
  const clock = new SocketClock();
  const storage = await startStorage(config, { log: silentLogger, clock });
  closing.push(() => stop(storage, clock));
  return storage;
}

/** Gives the topology to the run that was started. */
function own({ node }: RunningStorage): void {
  node.offer(topology({ storage: { [node.self.name]: node.self.incarnation } }));
}

async function get(
  storage: RunningStorage,
  path: string,
): Promise<{ status: number; body: string }> {
  const response = await fetch(`http://${storage.addresses.admin}${path}`);
  return { status: response.status, body: await response.text() };
}

describe('a storage process', () => {
  it('says where it serves, is ready without a topology, and ends in order', async () => {
    const storage = await start();
    for (const address of Object.values(storage.addresses)) {
      expect(address).toMatch(/^127\.0\.0\.1:[1-9][0-9]*$/);
    }
    expect((await get(storage, '/readyz')).status).toBe(200);
    expect((await get(storage, '/healthz')).status).toBe(200);
    expect(storage.endings.map(({ what }) => what)).toEqual([
      'topics',
      'control',
      'links',
      'capacity',
      'admin',
    ]);
  });

  it('exports its figures, without a label that grows with topics', async () => {
    const storage = await start();
    own(storage);
    const router = new TestRouter(Number(storage.addresses.link.split(':')[1]));
    closing.push(() => router.close());
    router.interest(1, 'orders');
    router.publish(1, 'orders', 'hello');
    router.publish(2, '', 'x');
    await router.result(2);
    const { body } = await get(storage, '/metrics');
    const [namespace, name] = self.cluster.split('/');
    const labels = `role="storage",name="s-0",topic_cluster="${namespace}/${name}"`;
    for (const line of [
      `topicplane_storage_items_total{${labels}} 1`,
      `topicplane_storage_item_bytes_total{${labels}} 5`,
      `topicplane_storage_topics{${labels}} 1`,
      `topicplane_storage_links{${labels}} 1`,
      `topicplane_storage_publishes_refused_total{outcome="invalid",${labels}} 1`,
      `topicplane_storage_publishes_refused_total{outcome="moved",${labels}} 0`,
      `topicplane_storage_links_ended_total{reason="slow",${labels}} 0`,
      `topicplane_storage_topics_handed_over_total{${labels}} 0`,
      `topicplane_storage_topics_taken_total{${labels}} 0`,
      `topicplane_storage_topics_leaving{${labels}} 0`,
      `topicplane_storage_requests_waiting{${labels}} 0`,
      `topicplane_storage_topic_pause_seconds_count{${labels}} 0`,
    ]) {
      expect(body).toContain(line);
    }
    expect(body).toMatch(/topicplane_storage_history_bytes\{[^}]*\} [1-9]/);
    expect(body).toMatch(/topicplane_storage_batch_items_count\{[^}]*\} [1-9]/);
    expect(body).not.toContain('orders');
    const again = await get(storage, '/metrics');
    expect(again.body).toContain(`topicplane_storage_items_total{${labels}} 1`);
  });

  it('says which address is taken, and leaves nothing behind', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    closing.push(() => void taken.close());
    const address = taken.address();
    if (typeof address !== 'object' || !address) throw new Error('no port');
    const adminAddress = `127.0.0.1:${address.port}`;
    await expect(start({ adminAddress })).rejects.toThrow(
      `can't listen on --admin-address ${adminAddress}: listen EADDRINUSE`,
    );
  });

  it('says which address is none', async () => {
    await expect(start({ controlAddress: 'nowhere' })).rejects.toThrow(
      '--control-address must be host:port, is "nowhere"',
    );
  });
});

describe('a topology file', () => {
  async function fileOf(text: string): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'topicplane-storage-'));
    closing.push(() => rm(folder, { recursive: true }));
    const file = join(folder, 'topology.json');
    await writeFile(file, text);
    return file;
  }

  it('is held from the start', async () => {
    const topologyFile = await fileOf(topologyToJson(topology({ epoch: 9 })));
    const { node } = await start({ topologyFile });
    expect(node.ownership.version).toEqual({ term: 1, epoch: 9 });
    // It speaks of an earlier run of this node.
    expect(node.ownership.role('c', 't').is).toBe('others');
  });

  it.each([
    ['that is not there', undefined],
    ['that is broken', '{"cluster": 5'],
    ['of another cluster', topologyToJson(topology({ cluster: 'ns/other/uid-2' }))],
  ])('%s is passed over', async (_what, text) => {
    const topologyFile = text === undefined ? '/nonexistent/topology.json' : await fileOf(text);
    const { node } = await start({ topologyFile });
    expect(node.ownership.placement).toBeUndefined();
  });
});
