import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Load } from '../../support/load.ts';
import { measured, round } from '../../support/measured.ts';
import { until } from '../../support/until.ts';
import { ProcessKubelet, type RunningPod, sharedPlane } from '../index.ts';
import { modestLoad, Scene, succeeds, type TestCluster } from '../scene/index.ts';

const haltedWithinMs = 60_000;
const backWithinMs = 90_000;
const good = 'registry.example/topicplane:good';
const broken = 'registry.example/topicplane:broken';
const spec = {
  image: good,
  caches: [{ name: 'cache' }],
  // Short, for the sake of the time that this takes.
  router: { replicas: 2, drainSeconds: 2 },
  storage: { replicas: 2 },
};

let kubelet: ProcessKubelet;
let scene: Scene;
let cluster: TestCluster;
let load: Load;

beforeAll(async () => {
  const module = fileURLToPath(new URL('../scene/lossy-router.mjs', import.meta.url));
  kubelet = await ProcessKubelet.start({ plane: sharedPlane(), modules: { [broken]: module } });
  scene = await Scene.open('broken-router');
  await scene.operator();
  cluster = scene.cluster('demo');
  await cluster.become(spec);
  const front = await scene.front('demo');
  await until('both routers are in rotation', 60_000, () => front.endpoints().length === 2);
  load = scene.closesFirst(await Load.start(front.endpoint, modestLoad));
});

afterAll(async () => {
  await scene?.close();
  await kubelet?.stop();
});

const routers = (): RunningPod[] =>
  kubelet.running(scene.namespace.name).filter(({ name }) => name.startsWith('demo-router-'));
const patch = (image: string) =>
  succeeds(
    scene.shell.kubectl([
      'patch',
      'tc',
      'demo',
      '--type=merge',
      '-p',
      JSON.stringify({ spec: { image } }),
    ]),
  );
const degraded = async () =>
  (await cluster.get()).status?.conditions.find(({ type }) => type === 'Degraded');

it('the roll-out of a router that loses items halts at the first pod, which no client ever meets', async () => {
  const [first, second] = routers();
  if (!first || !second) throw new Error('there are two routers');
  const noticed = await load.during('roll-out of a broken router', async () => {
    const editedMs = performance.now();
    await patch(broken);
    const replacedMs = await until('a router is replaced', haltedWithinMs, () => {
      const now = routers().find(({ name }) => name === second.name);
      return now && now.uid !== second.uid ? performance.now() : undefined;
    });
    const said = await until('the roll-out is halted', haltedWithinMs, async () => {
      const condition = await degraded();
      return condition?.reason === 'RolloutHalted' ? condition : undefined;
    });
    const nowMs = performance.now();
    measured(
      `halted ${round((nowMs - replacedMs) / 1000, 1)} s after the first broken router was started, ` +
        `${round((nowMs - editedMs) / 1000, 1)} s after the edit: ${said.message}`,
    );
    expect(nowMs - replacedMs).toBeLessThan(haltedWithinMs);
    expect(said.status).toBe('True');
    expect(said.message).toMatch(
      /demo-router-1 failed a check \(canaries: [1-9]\d* of \d+ items were lost between demo-storage-\d and the client port/,
    );
  });
  expect(noticed.failedPublishes, load.failures.join()).toBe(0);
  expect(noticed.movesMax).toBeLessThanOrEqual(1);
  // The other router is as it was, and the only one that is ready.
  expect(routers().map(({ uid, ready }) => [uid === first.uid, ready])).toEqual([
    [true, true],
    [false, false],
  ]);
});

it('an edit back makes it whole again', async () => {
  const noticed = await load.during('edited back', async () => {
    await patch(good);
    await cluster.settled(backWithinMs);
  });
  expect(noticed.failedPublishes, load.failures.join()).toBe(0);
  expect(noticed.movesMax).toBe(0);
  expect(routers().map(({ ready }) => ready)).toEqual([true, true]);
  expect((await degraded())?.status).toBe('False');
  const counts = await load.stop();
  expect(counts.discontinuities).toBe(0);
  for (const topic of load.topics) expect(load.pagesOf(topic), topic).toHaveLength(1);
});
