import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { repository } from '../../support/command.ts';
import { readmeBlocks } from '../../support/readme.ts';
import { until } from '../../support/until.ts';
import { ProcessKubelet, sharedPlane } from '../index.ts';
import { GuideReader, removeCrd } from '../scene/index.ts';

const guide = readFileSync(join(repository, 'docs/install.md'), 'utf8');
const blocks = readmeBlocks(guide);
const namespaces = ['topicplane', 'team-a'];
const goneWithinMs = 60_000;

let kubelet: ProcessKubelet;
let reader: GuideReader;
/** Each command, with the members of the cluster after it. */
const typed: { command: string; members: readonly string[] }[] = [];

beforeAll(async () => {
  const plane = sharedPlane();
  // Specs that ran before have left it.
  await removeCrd(plane.api());
  kubelet = await ProcessKubelet.start({ plane });
  reader = await GuideReader.open(plane.kubeconfig());
});

afterAll(async () => {
  await reader?.close();
  const api = sharedPlane().api();
  const paths = namespaces.map((name) => `/api/v1/namespaces/${name}`);
  for (const path of paths) if (await api.find(path)) await api.delete(path);
  await until('the end of its namespaces', goneWithinMs, async () => {
    const found = await Promise.all(paths.map((path) => api.find(path)));
    return found.every((namespace) => !namespace);
  });
  await kubelet?.stop();
});

it('docs/install.md marks what can be run, and that is all but a forwarded port and Prometheus', () => {
  const all = readmeBlocks(
    guide.replaceAll(/(?:<!-- run -->\n)?```sh\n/g, '<!-- run -->\n```sh\n'),
  );
  const marked = blocks.flatMap(({ commands }) => commands);
  const others = all.flatMap(({ commands }) => commands).filter((it) => !marked.includes(it));
  expect(others).toEqual([
    'kubectl port-forward --namespace topicplane service/example 8080:443',
    'npx topicplane publish greetings "hello, world"',
    expect.stringContaining('--set monitoring.podMonitor.enabled=true'),
    expect.stringContaining('--set monitoring.rules.enabled=true'),
    expect.stringMatching(/^kubectl create secret generic prometheus-reader /),
    expect.stringContaining("--set 'prometheus.secretNames={prometheus-reader}'"),
  ]);
});

it.each(blocks)('docs/install.md, line $line: $commands', async ({ commands }) => {
  for (const command of commands) {
    await reader.type(command);
    const running = kubelet.running('topicplane').filter(({ name }) => name.startsWith('example-'));
    typed.push({ command, members: running.map(({ name, uid }) => `${name} ${uid}`) });
  }
});

it('what is shown on the way is a cluster that serves', () => {
  expect(reader.said('kubectl get tc --namespace topicplane')).toMatch(
    /^example +True +[1-3]\/3 +3\/3 /m,
  );
  expect(reader.said('npx topicplane status')).toContain('clients at example.topicplane.svc:443');
  expect(reader.said('npx topicplane status')).toMatch(/^Available +True /m);
});

it('a wait for Progressing=False after an edit waits for that edit', () => {
  expect(reader.said('kubectl get tc example')).toMatch(/^example +True +4\/4 +3\/3 /m);
});

it('an upgrade of the operator restarts no member', () => {
  const at = typed.findIndex(({ command }) => command.startsWith('helm upgrade'));
  const [before, rolledOut] = [typed[at - 1], typed[at + 1]];
  expect(rolledOut?.command).toContain('rollout status');
  expect(before?.members).toHaveLength(7);
  expect(rolledOut?.members).toEqual(before?.members);
});

it('the resource definition stays when the operator goes', () => {
  expect(reader.said('helm uninstall')).toMatch(/kept .*\n.*topicclusters\.topicplane\.dev/);
  expect(reader.said('kubectl delete -f operator.yaml')).toContain('deployment.apps');
  expect(reader.said('kubectl delete -f operator.yaml')).not.toContain('customresource');
});
