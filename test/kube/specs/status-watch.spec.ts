import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Command } from '../../support/command.ts';
import { until } from '../../support/until.ts';
import { ProcessKubelet, sharedPlane } from '../index.ts';
import { type OperatorProcess, Scene, type TestCluster } from '../scene/index.ts';

const spec = {
  caches: [{ name: 'cache' }],
  router: { replicas: 1 },
  storage: { replicas: 1 },
};
const noticedWithinMs = 20_000;
const outageMs = 6_000;
/** A storage node waits 50 s for an operator before it ends; then half a minute has to pass. */
const outdatedWithinMs = 180_000;

let kubelet: ProcessKubelet;
let scene: Scene;
let operator: OperatorProcess;
let cluster: TestCluster;
const watches: Command[] = [];

beforeAll(async () => {
  kubelet = await ProcessKubelet.start({ plane: sharedPlane() });
  scene = await Scene.open('status');
  operator = await scene.operator();
  cluster = scene.cluster('demo');
  await cluster.become(spec);
});

afterAll(async () => {
  for (const watch of watches) watch.signal('SIGTERM');
  await scene?.close();
  await kubelet?.stop();
});

/** `topicplane status --watch`, whose output is no terminal. */
function watching(name = 'demo', ...flags: readonly string[]): Command {
  const where = ['--kubeconfig', scene.shell.kubeconfigFile, '-n', scene.namespace.name];
  const watch = new Command(['status', name, '--watch', ...where, ...flags]);
  watches.push(watch);
  return watch;
}

describe('status --watch', () => {
  it.each([
    ['dies', () => scene.plane.killApiServer(), () => scene.plane.startApiServer()],
    [
      'stands still',
      () => Promise.resolve(scene.plane.pauseApiServer()),
      () => scene.plane.resumeApiServer(),
    ],
  ])('says once that the API server %s, and goes on when it is back', async (_what, begin, end) => {
    const watch = watching();
    const script = watching('demo', '--json');
    await watch.line('the cluster', (line) => /^demo +ready/.test(line));
    await script.line('the cluster', (line) => line.includes('"Available"'));
    await begin();
    await until('it says so', noticedWithinMs, () => watch.errors.includes('\n'));
    const [why = '', advice = ''] = watch.errors.split('\n');
    expect(why).toMatch(
      /^the API server https:\S+ \(of \S+kubeconfig\) can't be reached: \w+ \w+ in namespace /,
    );
    expect(advice).toMatch(
      /^the last status is of \d\d:\d\d:\d\d; trying again until there is another$/,
    );
    const { length } = watch.lines;
    await delay(outageMs);
    expect(watch.lines).toHaveLength(length);
    expect(watch.errors).toBe(`${why}\n${advice}\n`);
    await end();
    await until('it says that it is over', noticedWithinMs, () => {
      return /\nthe status can be had again, after \d+ s\n$/.test(watch.errors);
    });
    const { metadata } = await cluster.get();
    const name = `after-${metadata.generation}`;
    await cluster.apply({ ...spec, caches: [...spec.caches, { name }] });
    await watch.line('the edit', (line) => line.includes(name));
    await script.line('the edit', (line) => line.includes(name));
    // People read of it beside what scripts read.
    for (const line of script.lines) expect(JSON.parse(line)).toHaveProperty('cluster');
    expect(script.errors).toMatch(/can't be reached.+\n.+\n.+can be had again, after \d+ s\n$/);
    // One frame after another, with its time; a script has lines of JSON alone.
    expect(watch.lines[0]).toMatch(/^\d\d:\d\d:\d\d$/);
    const times = watch.lines.flatMap((line, n) => (/^\d\d:\d\d:\d\d$/.test(line) ? [n] : []));
    expect(times.length).toBeGreaterThan(1);
    for (const n of times.slice(1)) expect(watch.lines[n - 1]).toBe('');
    for (const each of [watch, script]) each.signal('SIGTERM');
  });

  it('says that no operator looks when a pod is another than the status speaks of', async () => {
    await operator.stop();
    const watch = watching();
    await watch.line('the cluster', (line) => line.startsWith('demo '));
    expect(watch.lines.join('\n')).not.toContain('no operator');
    const pods = ['demo-router-0', 'demo-storage-0'];
    for (const pod of pods) await scene.api.delete(scene.namespace.path(`pods/${pod}`));
    const isHint = (line: string) => /^no operator has looked since 20\S+Z \(/.test(line);
    await watch.line('the hint', isHint, outdatedWithinMs);
    expect(watch.lines.some((line) => /^demo +status outdated /.test(line))).toBe(true);
    watch.signal('SIGTERM');
  });

  it('waits for a cluster, and goes on when it is deleted and made again', async () => {
    // What is made of it doesn't matter here, and would take its time to go.
    await operator.stop();
    const other = scene.cluster('other');
    const watch = watching('other');
    await until('it waits', noticedWithinMs, () => watch.errors.includes('\n'));
    const waits = watch.errors;
    expect(waits).toMatch(
      /^waiting for a cluster: there is no TopicCluster other in namespace \S+ of https:\S+\n$/,
    );
    await other.apply(spec);
    await watch.line('the cluster', (line) => /^other +not ready/.test(line));
    await watch.line('a hint', (line) => /^no operator has seen it yet: does one run /.test(line));
    await scene.api.delete(other.path);
    const news = 'TopicCluster other was deleted; waiting for another of its name\n';
    await until('it says so', noticedWithinMs, () => watch.errors === `${waits}${news}`);
    await other.apply({ ...spec, caches: [{ name: 'second' }] });
    await watch.line('the next', (line) => /^caches +second$/.test(line));
    expect(watch.errors.slice(waits.length + news.length)).toMatch(
      /^TopicCluster other was made again, after \d+ s\n$/,
    );
  });
});
