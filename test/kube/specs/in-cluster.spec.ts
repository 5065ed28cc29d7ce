import { afterAll, beforeAll, expect, it } from 'vitest';
import { measured, round } from '../../support/measured.ts';
import { until } from '../../support/until.ts';
import { ApiRefusal, KubeApi } from '../api/index.ts';
import { ProcessKubelet, sharedPlane } from '../index.ts';
import { AccountMount, type OperatorProcess, Scene, type TestCluster } from '../scene/index.ts';

const spec = {
  caches: [{ name: 'cache' }],
  router: { replicas: 1 },
  storage: { replicas: 1 },
};
/** The client reads a token again after a minute. */
const readAgainWithinMs = 90_000;
/** The API server remembers for ten seconds what it found of a token. */
const refusedWithinMs = 30_000;

let kubelet: ProcessKubelet;
let scene: Scene;
let operator: OperatorProcess;
let cluster: TestCluster;
let account: AccountMount;
let first: string;

beforeAll(async () => {
  kubelet = await ProcessKubelet.start({ plane: sharedPlane() });
  scene = await Scene.open('in-cluster');
  cluster = scene.cluster('demo');
  first = await tokenWithSecret('first');
  account = new AccountMount(accountOf(first));
});

afterAll(async () => {
  await scene?.close();
  account?.remove();
  await kubelet?.stop();
});

/** A token that is good as long as the Secret is there. */
async function tokenWithSecret(name: string): Promise<string> {
  const { plane, namespace, release } = scene;
  await scene.api.create(namespace.path('secrets'), { metadata: { name } });
  const boundObjectRef = { apiVersion: 'v1', kind: 'Secret', name };
  return plane.tokenOf(namespace.name, release.serviceAccount, { boundObjectRef });
}

function accountOf(token: string) {
  const { certificate } = scene.plane.access();
  return { token, certificate, namespace: scene.namespace.name };
}

function idOf(token: string): string {
  const claims = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
  return (JSON.parse(claims) as { jti: string }).jti;
}

it('an operator that is told nothing finds its API server and account as every pod does', async () => {
  operator = await scene.operatorInPod('operator-0', account);
  await until('it leads', 60_000, () => operator.isLeading());
  await cluster.become(spec);
  const [serving] = operator.log.filter(({ msg }) => msg === 'serving');
  expect(serving).toMatchObject({
    server: scene.plane.server,
    namespaces: [scene.namespace.name],
  });
});

it('another one in the same pod network follows it', async () => {
  const second = await scene.operatorInPod('operator-1', account);
  await until('it knows who leads', 60_000, async () => {
    return (await second.leader()).leader?.startsWith('operator-0_');
  });
  await second.stop();
});

it('a token that is renewed in its file is taken up before the old one ends', async () => {
  const mark = scene.plane.auditMark();
  const second = await tokenWithSecret('second');
  account.write(accountOf(second));
  const startMs = performance.now();
  await until('requests with the new token', readAgainWithinMs, () => {
    return scene.requestsSince(mark).some(({ tokenId }) => tokenId === idOf(second));
  });
  measured(`new token used ${round((performance.now() - startMs) / 1000)} s after it was written`);
  await scene.api.delete(scene.namespace.path('secrets/first'));
  const old = new KubeApi(scene.plane.accessWith(first));
  await until('the old token is refused', refusedWithinMs, async () => {
    const path = scene.namespace.path('configmaps/demo-topology');
    const error = await old.get(path).catch((thrown: unknown) => thrown);
    return error instanceof ApiRefusal && error.code === 401;
  });
  const { term } = await operator.leader();
  await cluster.become({ ...spec, router: { replicas: 2 } });
  expect(await operator.leader()).toMatchObject({ term });
  expect(await operator.metric('topicplane_operator_api_requests_total', { code: '401' })).toBe(0);
});
