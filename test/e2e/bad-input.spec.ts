import { createServer } from 'node:net';
import { status } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { control, pubsub, type topo } from '../../proto/index.ts';
import { topicNameBytesMax } from '../../topology/index.ts';
import { bareCall, frame } from '../support/bare-call.ts';
import { Cluster } from '../support/cluster.ts';
import { clusterYaml } from '../support/cluster-file.ts';
import { run } from '../support/command.ts';
import { probe } from '../support/probe.ts';
import { RawClient } from '../support/raw-client.ts';
import type { RawSubscription } from '../support/raw-subscription.ts';
import { sound } from '../support/settle.ts';
import { Traffic } from '../support/traffic.ts';
import { Watch } from '../support/watch.ts';

const cache = 'cache';
const bystanders = ['calm-1', 'calm-2', 'calm-3', 'calm-4'];
const messageBytes = 1024;
const publishPath = '/cache_client.pubsub.Pubsub/Publish';
const subscribePath = '/cache_client.pubsub.Pubsub/Subscribe';

const watch = new Watch();
let cluster: Cluster;
let client: RawClient;
let calm: RawSubscription[];
let traffic: Traffic;

beforeAll(async () => {
  cluster = await Cluster.start({ routers: 1, storage: 1, limits: { messageBytes } });
  client = new RawClient(cluster.endpoint, watch);
  const calmClient = new RawClient(cluster.endpoint, watch);
  calm = bystanders.map((topic) => calmClient.subscribe(cache, topic, { resumes: false }));
  await Promise.all(calm.map(({ attached }) => attached));
  traffic = new Traffic(watch, { cache, topics: bystanders, clients: [calmClient], paceMs: 20 });
});

/** Whatever a spec did: publishing and receiving went on meanwhile, on streams that never broke. */
afterEach(async () => {
  await probe(watch, client, cache, bystanders);
  for (const topic of bystanders) expect(traffic.report(topic).failed).toBe(0);
  for (const { failure } of calm) expect(failure).toBeUndefined();
});

afterAll(async () => {
  await traffic.stop();
  expect((await sound(watch)).counts.discontinuities).toBe(0);
  await cluster.stop();
});

describe('a publish', () => {
  it('over the size limit is refused with the limit in the message, and at the limit is taken', async () => {
    const over = await client.send(cache, 't', Buffer.alloc(messageBytes + 1));
    expect(over?.code).toBe(status.RESOURCE_EXHAUSTED);
    expect(over?.details).toContain(String(messageBytes));
    expect(await client.send(cache, 't', Buffer.alloc(messageBytes))).toBeUndefined();
  });

  it('far over the size limit is refused without harm', async () => {
    const over = await client.send(cache, 't', Buffer.alloc(12 * 1024 * 1024));
    expect(over).toBeDefined();
  });

  it.each([
    ['an empty topic name', { topic: '' }],
    ['an over-long topic name', { topic: 'x'.repeat(topicNameBytesMax + 1) }],
    [
      'an over-long topic name in many-byte characters',
      { topic: '€'.repeat(topicNameBytesMax / 2) },
    ],
    ['a NUL byte in the topic name', { topic: 'a\0b' }],
    ['an empty cache name', { cacheName: '' }],
  ])('with %s is refused as invalid', async (_, wrong) => {
    const value: pubsub.TopicValue = { kind: { $case: 'text', value: 'x' } };
    const error = await client.request({ cacheName: cache, topic: 't', value, ...wrong });
    expect(error?.code).toBe(status.INVALID_ARGUMENT);
    expect(error?.details).toMatch(/name/);
  });

  it('with an over-long or NUL cache name is refused', async () => {
    for (const cacheName of ['x'.repeat(500), 'a\0b']) {
      const error = await client.send(cacheName, 't', 'x');
      expect([status.INVALID_ARGUMENT, status.NOT_FOUND]).toContain(error?.code);
    }
  });

  it('without a value is refused as invalid', async () => {
    for (const value of [undefined, { kind: undefined }]) {
      const error = await client.request({ cacheName: cache, topic: 't', value });
      expect(error?.code).toBe(status.INVALID_ARGUMENT);
    }
  });
});

describe('a subscription', () => {
  it.each([
    ['an empty topic name', cache, ''],
    ['an over-long topic name', cache, 'x'.repeat(topicNameBytesMax + 1)],
    ['a NUL byte in the topic name', cache, 'a\0b'],
    ['an empty cache name', '', 't'],
  ])('with %s is refused as invalid', async (_, cacheName, topic) => {
    const subscription = new RawClient(cluster.endpoint, new Watch()).subscribe(cacheName, topic, {
      resumes: false,
    });
    await expect(subscription.attached).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
  });
});

describe('bytes that are no request', () => {
  const good = frame(
    pubsub.PublishRequest.encode({
      cacheName: cache,
      topic: 't',
      value: { kind: { $case: 'text', value: 'x' } },
    }).finish(),
  );
  const refusals: readonly (number | undefined)[] = [
    status.INVALID_ARGUMENT,
    status.INTERNAL,
    status.UNIMPLEMENTED,
  ];

  it('are good ones to begin with', async () => {
    const answer = await bareCall(cluster.endpoint, publishPath, good);
    expect(answer).toMatchObject({ httpStatus: 200, grpcStatus: status.OK });
  });

  it('garbage in place of protobuf is refused, on both calls', async () => {
    const garbage = frame(Buffer.from('ff00fe01fd02fc03ffffffffffffffffff', 'hex'));
    for (const path of [publishPath, subscribePath]) {
      const answer = await bareCall(cluster.endpoint, path, garbage);
      expect(refusals).toContain(answer.grpcStatus);
      expect(answer.grpcMessage).not.toBe('');
    }
  });

  it('a second message in a unary call is refused', async () => {
    const answer = await bareCall(cluster.endpoint, publishPath, Buffer.concat([good, good]));
    expect(refusals).toContain(answer.grpcStatus);
    expect(answer.grpcMessage).not.toBe('');
  });

  it('no message, half a message, and a compressed one are refused', async () => {
    const compressed = Buffer.from(good);
    compressed[0] = 1;
    for (const body of [Buffer.alloc(0), good.subarray(0, 7), compressed]) {
      const answer = await bareCall(cluster.endpoint, publishPath, body);
      expect(refusals).toContain(answer.grpcStatus);
    }
  });

  it('a path that nobody serves is answered as unimplemented', async () => {
    for (const path of ['/cache_client.pubsub.Pubsub/Nothing', '/nothing', '/']) {
      const answer = await bareCall(cluster.endpoint, path, good);
      expect(answer.grpcStatus ?? answer.httpStatus).toBeOneOf([status.UNIMPLEMENTED, 404, 405]);
    }
  });
});

describe('what an operator gets wrong', () => {
  it('a port in use is said so, and nothing is left running', async () => {
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', resolve));
    const { port } = squatter.address() as { port: number };
    const command = await run([
      'local',
      '--json',
      '--port',
      String(port),
      '--data-dir',
      cluster.scratch(),
    ]);
    squatter.close();
    expect(command.errors).toMatch(new RegExp(`${port}.*in use|in use.*${port}`));
    expect((await command.ended).code).not.toBe(0);
  });

  it('a cluster file without storage nodes is refused with the place in the file', async () => {
    const file = cluster.scratchFile(clusterYaml({ storage: 0 }));
    const command = await run([
      'local',
      '--json',
      '--port',
      '0',
      '--file',
      file,
      '--data-dir',
      cluster.scratch(),
    ]);
    expect(command.errors).toMatch(/:\d+:\d+: spec\.storage\.replicas/);
    expect((await command.ended).code).not.toBe(0);
  });

  it('an edit that makes no sense is refused, and the cluster goes on as before', async () => {
    const before = await cluster.states('storage');
    cluster.edit({ routers: 1, storage: 0, limits: { messageBytes } });
    await cluster.said(/spec\.storage\.replicas/);
    expect((await cluster.states('storage')).map(({ name }) => name)).toEqual(
      before.map(({ name }) => name),
    );
    cluster.edit({ routers: 1, storage: 1, limits: { messageBytes } });
  });

  it('a pushed topology that names no storage is refused as invalid, and the old one stays in force', async () => {
    for (const role of ['router', 'storage'] as const) {
      const [before] = await cluster.states(role);
      const good = cluster.topology();
      const empty: topo.Topology = {
        ...good,
        version: { term: 1_000, epoch: 1_000 },
        storage: [],
        ring: [],
      };
      const answer = await cluster.push(`e2e-${role}-0`, empty);
      expect(answer.outcome).toBe(control.PushOutcome.INVALID);
      expect(answer.reason).not.toBe('');
      expect(answer.version).toEqual(before?.version);
    }
  });

  it('a topology of another cluster is refused as invalid', async () => {
    const foreign: topo.Topology = {
      ...cluster.topology(),
      cluster: 'default/another/0',
      version: { term: 1_000, epoch: 1_000 },
    };
    const answer = await cluster.push('e2e-router-0', foreign);
    expect(answer.outcome).toBe(control.PushOutcome.INVALID);
  });
});
