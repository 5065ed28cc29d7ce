import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { repository } from '../../support/command.ts';
import { measured, round } from '../../support/measured.ts';
import { SdkClient } from '../../support/sdk-client.ts';
import { sound } from '../../support/settle.ts';
import { Traffic } from '../../support/traffic.ts';
import { until } from '../../support/until.ts';
import { Watch } from '../../support/watch.ts';
import { ProcessKubelet, sharedPlane } from '../index.ts';
import { removeCrd, Scene } from '../scene/index.ts';

const availableWithinMs = 60_000;
const topics = ['a', 'b', 'c', 'd'];

let kubelet: ProcessKubelet;
let scene: Scene;
const closing: (() => Promise<void> | void)[] = [];

beforeAll(async () => {
  const plane = sharedPlane();
  // Specs that ran before have left it.
  await removeCrd(plane.api());
  kubelet = await ProcessKubelet.start({ plane });
});

afterAll(async () => {
  for (const close of closing) await close();
  await scene?.close();
  await kubelet?.stop();
});

it('an empty API server, the resource definition and the example make a platform that serves', async () => {
  const startMs = performance.now();
  scene = await Scene.open('bring-up');
  const operator = await scene.operator();
  const example = parseDocument(readFileSync(`${repository}examples/topiccluster.yaml`, 'utf8'));
  for (const tier of ['router', 'storage']) example.setIn(['spec', tier, 'replicas'], 2);
  const appliedMs = performance.now();
  const applied = await scene.shell.kubectl(['apply', '-f', '-'], example.toString());
  expect(applied).toMatchObject({
    code: 0,
    stdout: 'topiccluster.topicplane.dev/example created\n',
  });
  const cluster = scene.cluster('example');
  await until('Available is True', availableWithinMs, async () => {
    const { status } = await cluster.get();
    return status?.conditions.some(({ type, status: is }) => type === 'Available' && is === 'True');
  });
  measured(
    `Available ${round((performance.now() - appliedMs) / 1000, 1)} s after the example was applied, ` +
      `${round((performance.now() - startMs) / 1000, 1)} s after the resource definition`,
  );
  await cluster.settled();
  expect(await operator.isLeading()).toBe(true);
}, 120_000);

it('the SDK publishes and subscribes through the routers in rotation', async () => {
  const front = await scene.front('example');
  await until('both routers are in rotation', 60_000, () => front.endpoints().length === 2);
  const watch = new Watch();
  const clients = [1, 2, 3].map(() => new SdkClient(front.endpoint, watch));
  const subscriptions = await Promise.all(
    clients.flatMap((client) => topics.map((topic) => client.subscribe('cache', topic))),
  );
  const traffic = new Traffic(watch, { cache: 'cache', topics, clients, paceMs: 10 });
  await until('traffic on every topic', 60_000, () => {
    return topics.every((topic) => traffic.report(topic).acked >= 50);
  });
  await traffic.stop();
  const { counts } = await sound(watch);
  expect(counts.discontinuities).toBe(0);
  for (const topic of topics) expect(traffic.report(topic).failed).toBe(0);
  for (const subscription of subscriptions) subscription.close();
});

it('kubectl shows it on one line, under every name it has', async () => {
  for (const name of ['tc', 'topicclusters', 'topiccluster']) {
    const { stdout } = await scene.shell.kubectl(['get', name]);
    const [head = '', line = '', ...rest] = stdout.trimEnd().split('\n');
    expect(rest).toEqual([]);
    expect(head.split(/ +/)).toEqual('NAME AVAILABLE ROUTERS STORAGE EPOCH STATUS AGE'.split(' '));
    expect(line).toMatch(/^example +True +2\/2 +2\/2 +[1-9][0-9]* +Settled +[0-9ms]+$/);
  }
  const wide = await scene.shell.kubectl(['get', 'tc', '-o', 'wide']);
  expect(wide.stdout).toContain(`example.${scene.namespace.name}.svc:443`);
});

it('kubectl explains every field', async () => {
  const fields = ['spec', 'spec.router.replicas', 'spec.caches.limits', 'status.routers.members'];
  for (const field of fields) {
    const { stdout } = await scene.shell.kubectl(['explain', `tc.${field}`]);
    expect(stdout).toMatch(/DESCRIPTION:\n {4}\S/);
    expect(stdout).not.toContain('<empty>');
  }
});
