import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '../../support/until.ts';
import type { AuditedRequest } from '../index.ts';
import { ProcessKubelet, sharedPlane } from '../index.ts';
import { type Grant, type OperatorProcess, Scene, type TestCluster } from '../scene/index.ts';

const secret = 'prometheus-reader';
const spec = {
  caches: [{ name: 'cache' }],
  router: { replicas: 1 },
  storage: { replicas: 1 },
  // Nobody answers there; the token is got before that is known.
  scaling: {
    intervalSeconds: 5,
    prometheus: { url: 'https://127.0.0.1:1', bearerTokenSecret: { name: secret } },
    storage: { min: 1, max: 2 },
  },
};

let kubelet: ProcessKubelet;
let scene: Scene;
let operator: OperatorProcess;
let cluster: TestCluster;
let mark: number;

beforeAll(async () => {
  kubelet = await ProcessKubelet.start({ plane: sharedPlane() });
  scene = await Scene.open('rbac', { values: { 'prometheus.secretNames': [secret] } });
  const { code } = await scene.shell.kubectl([
    'create',
    'secret',
    'generic',
    secret,
    '--from-literal=token=x',
  ]);
  expect(code).toBe(0);
  mark = scene.plane.auditMark();
  operator = await scene.operator();
  cluster = scene.cluster('demo');
});

afterAll(async () => {
  await scene?.close();
  await kubelet?.stop();
});

/** Everything that it makes is changed by hand, so that it has to be written again. */
async function changeAll(): Promise<void> {
  const labels = { 'app.kubernetes.io/managed-by': 'topicplane-operator' };
  for (const [key, { metadata, collection }] of await cluster.owned()) {
    expect(metadata.labels).toMatchObject(labels);
    const patch = JSON.stringify({ metadata: { labels: { 'app.kubernetes.io/name': 'other' } } });
    const { code } = await scene.shell.kubectl(['patch', key, '--type=merge', '--patch', patch]);
    expect([collection, code]).toEqual([collection, 0]);
  }
  await until('all of it is as it was', 60_000, async () => {
    const owned = [...(await cluster.owned()).values()];
    return owned.every(
      ({ metadata }) => metadata.labels?.['app.kubernetes.io/name'] === 'topicplane',
    );
  });
}

it('with exactly the rights of the chart the operator does all that it has to do', async () => {
  await cluster.become(spec);
  const sizeBefore = (await cluster.owned()).size;
  // Twice, soon after each other: the second time, what happened is counted.
  for (let n = 0; n < 2; n++) await changeAll();
  // Out of its sight: it finds them only when it goes to make them.
  for (const [key, { metadata }] of await cluster.owned()) {
    const patch = JSON.stringify({
      metadata: { labels: { 'app.kubernetes.io/managed-by': 'me' } },
    });
    const { code } = await scene.shell.kubectl(['patch', key, '--type=merge', '--patch', patch]);
    expect([metadata.name, code]).toEqual([metadata.name, 0]);
  }
  await until(
    'it sees all of it again',
    20_000,
    async () => (await cluster.owned()).size === sizeBefore,
  );
  // A rollout, for which pods are deleted; and a second operator, which finds the Lease taken.
  await cluster.become({ ...spec, image: 'registry.example/topicplane:other' });
  const second = await scene.operator('second');
  await until('it knows who leads', 60_000, async () => (await second.leader()).leader);
  await until('it looked for the token', 60_000, () => {
    return scene.requestsSince(mark).some(({ resource }) => resource === 'secrets');
  });
  const { code } = await scene.shell.kubectl(['delete', 'tc', 'demo', '--wait=false']);
  expect(code).toBe(0);
  await operator.stop();
  await until('the second leads', 60_000, () => second.isLeading());
  await second.stop();
  const said = [operator, second].flatMap(({ log }) => log);
  expect(said.filter(({ level }) => level >= 50)).toEqual([]);
  for (const { command } of [operator, second]) {
    expect(command.errors).not.toMatch(/forbidden|\b403\b/i);
  }
}, 120_000);

it('nothing that it asked for was forbidden', () => {
  const asked = scene.requestsSince(mark);
  expect(asked.length).toBeGreaterThan(50);
  expect(asked.filter(({ code }) => code === 403 || code === 401).map(shown)).toEqual([]);
});

it('it has no right that it never uses', () => {
  const asked = scene.requestsSince(mark);
  const { grants } = scene.release;
  expect(grants.length).toBeGreaterThan(20);
  const unused = grants.filter((grant) => !asked.some((request) => uses(request, grant)));
  expect(unused.map(({ verb, group, resource }) => `${verb} ${group}/${resource}`)).toEqual([]);
});

it('it uses no right but those of the chart', () => {
  const { grants } = scene.release;
  const asked = scene.requestsSince(mark).filter(({ resource }) => resource !== '');
  const others = asked.filter((request) => !grants.some((grant) => uses(request, grant)));
  expect(new Set(others.map(shown))).toEqual(new Set());
});

/** A patch that makes the object needs the right to create it as well. */
function uses(request: AuditedRequest, { group, resource, verb, name }: Grant): boolean {
  if (request.group !== group || request.resource !== resource) return false;
  if (name !== undefined && request.name !== name) return false;
  return (
    request.verb === verb || (verb === 'create' && request.verb === 'patch' && request.code === 201)
  );
}

function shown({ verb, group, resource, uri }: AuditedRequest): string {
  return `${verb} ${group}/${resource} (${uri})`;
}
