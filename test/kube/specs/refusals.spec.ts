import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Condition } from '../../../operator/index.ts';
import { measured, round } from '../../support/measured.ts';
import { until } from '../../support/until.ts';
import type { Resource } from '../api/index.ts';
import { ProcessKubelet, sharedPlane } from '../index.ts';
import { Scene, succeeds, type TestCluster } from '../scene/index.ts';

const spec = {
  caches: [{ name: 'cache' }],
  router: { replicas: 1 },
  storage: { replicas: 1 },
};
const toldWithinMs = 20_000;
/** The longest pause between two attempts is 30 s. */
const mendedWithinMs = 60_000;

let kubelet: ProcessKubelet;
let scene: Scene;

beforeAll(async () => {
  kubelet = await ProcessKubelet.start({ plane: sharedPlane() });
  scene = await Scene.open('refusals');
  await scene.operator();
});

afterAll(async () => {
  await scene?.close();
  await kubelet?.stop();
});

/** Waits until the cluster says that it is worse off, for that reason. */
function degraded(cluster: TestCluster, reason: string): Promise<Condition> {
  return until(`${cluster.name} is Degraded: ${reason}`, toldWithinMs, async () => {
    const { status } = await cluster.get();
    const condition = status?.conditions.find(({ type }) => type === 'Degraded');
    return condition?.status === 'True' && condition.reason === reason ? condition : undefined;
  });
}

interface Told extends Resource {
  readonly reason: string;
  readonly type: string;
  readonly note: string;
  readonly regarding: { readonly name: string };
}

async function eventsOf({ name }: TestCluster, reason: string): Promise<readonly Told[]> {
  const path = scene.namespace.path('events', 'events.k8s.io/v1');
  const all = await scene.api.list<Told>(path);
  return all.filter((event) => event.regarding.name === name && event.reason === reason);
}

async function mended(cluster: TestCluster, what: string): Promise<void> {
  const startMs = performance.now();
  await cluster.settled(mendedWithinMs);
  measured(`${what}: as the spec says ${round((performance.now() - startMs) / 1000, 1)} s later`);
}

describe('objects of somebody else that have the names of a cluster', () => {
  const mine = { app: 'shop' };
  const selector = { matchLabels: mine };
  const template = {
    metadata: { labels: mine },
    spec: { containers: [{ name: 'shop', image: 'shop' }] },
  };
  const objects: readonly (readonly [collection: string, group: string | undefined, Resource])[] = [
    [
      'services',
      undefined,
      object('demo', { spec: { selector: mine, ports: [{ name: 'web', port: 80 }] } }),
    ],
    [
      'statefulsets',
      'apps/v1',
      object('demo-storage', { spec: { replicas: 0, serviceName: 'shop', selector, template } }),
    ],
    // Not wanted before there are storage nodes.
    ['configmaps', undefined, object('demo-topology', { data: { 'topology.json': 'mine' } })],
    [
      'poddisruptionbudgets',
      'policy/v1',
      object('demo-router', { spec: { maxUnavailable: 1, selector } }),
    ],
  ];
  const keys = objects.map(([collection, , { metadata }]) => `${collection}/${metadata.name}`);
  let cluster: TestCluster;

  function object(name: string, rest: object): Resource {
    return { metadata: { name, labels: mine }, ...rest };
  }

  /** All of them as they are, but for what Kubernetes' own controllers say of them. */
  function all(): Promise<readonly Resource[]> {
    return Promise.all(
      objects.map(async ([collection, group, { metadata }]) => {
        const path = scene.namespace.path(`${collection}/${metadata.name}`, group);
        const { status: _, ...found } = await scene.api.get<Resource & { status?: unknown }>(path);
        return found;
      }),
    );
  }

  beforeAll(async () => {
    for (const [collection, group, each] of objects) {
      await scene.api.create(scene.namespace.path(collection, group), each);
    }
    await until('Kubernetes has said what it has to say of them', 60_000, async () => {
      const [set, budget] = await Promise.all(
        ['statefulsets/demo-storage', 'poddisruptionbudgets/demo-router'].map((key) => {
          return succeeds(
            scene.shell.kubectl(['get', key, '-o', 'jsonpath={.status.observedGeneration}']),
          );
        }),
      );
      return set === '1' && budget === '1';
    });
    cluster = scene.cluster('demo');
  });

  it('are not touched, and the cluster says which they are and what to do', async () => {
    const before = await all();
    await cluster.apply(spec);
    const { message } = await degraded(cluster, 'NameTaken');
    expect(message.split(/: |; /)).toEqual([
      'there already, and not of this cluster',
      expect.any(String) as string,
      'delete what has the name, or name the cluster otherwise',
    ]);
    for (const named of [
      'Service demo',
      'PodDisruptionBudget demo-router',
      'StatefulSet demo-storage',
    ]) {
      expect(message).toContain(named);
    }
    const [event] = await until('an event', toldWithinMs, async () => {
      const told = await eventsOf(cluster, 'NameTaken');
      return told.length > 0 ? told : undefined;
    });
    expect(event).toMatchObject({ type: 'Warning', note: `Degraded is True: ${message}` });
    // Through some more attempts.
    await delay(8_000);
    expect(await all()).toEqual(before);
    expect(await eventsOf(cluster, 'TopologyChanged')).toEqual([]);
  });

  it('are replaced once they were deleted by those who made them', async () => {
    await succeeds(scene.shell.kubectl(['delete', ...keys]));
    await mended(cluster, 'everything that had the names deleted');
    expect([...(await cluster.owned()).keys()]).toEqual(expect.arrayContaining(keys));
  });

  it('let no pod start under an account that is not of the cluster', async () => {
    const third = scene.cluster('third');
    const account = { metadata: { name: 'third-member', labels: mine } };
    const made = await scene.api.create(scene.namespace.path('serviceaccounts'), account);
    await third.apply(spec);
    const { message } = await degraded(third, 'NameTaken');
    expect(message).toContain('ServiceAccount third-member');
    await delay(2_000);
    const owned = [...(await third.owned()).keys()];
    expect(owned).toContain('services/third');
    expect(owned.filter((key) => key.startsWith('statefulsets/'))).toEqual([]);
    const path = scene.namespace.path('serviceaccounts/third-member');
    expect(await scene.api.get(path)).toEqual(made);
    await succeeds(scene.shell.kubectl(['delete', 'serviceaccount', 'third-member']));
    await mended(third, 'the ServiceAccount deleted');
    await succeeds(scene.shell.kubectl(['delete', 'tc', 'third']));
  });

  it('stay when the cluster goes, if they were there first', async () => {
    const other = scene.cluster('other');
    const record = { metadata: { name: 'other-topology' }, data: { 'topology.json': 'mine' } };
    const made = await scene.api.create(scene.namespace.path('configmaps'), record);
    await other.apply(spec);
    const { message } = await degraded(other, 'NameTaken');
    expect(message).toContain('cluster: ConfigMap other-topology; delete');
    // Its members run by now, and have no topology: nobody could find it on record.
    expect((await other.states()).map(({ version }) => version?.epoch ?? 0)).toEqual([0, 0]);
    await succeeds(scene.shell.kubectl(['delete', 'tc', 'other']));
    await until('the rest of it is gone', 60_000, async () => (await other.owned()).size === 0);
    const path = scene.namespace.path('configmaps/other-topology');
    expect(await scene.api.get(path)).toEqual(made);
  });
});

describe('what the API server refuses to write', () => {
  it('for a quota is said in its words, and made once there is room', async () => {
    const cluster = scene.cluster('tight');
    const { length } = await scene.api.list(scene.namespace.path('services'));
    // Of the three that it needs.
    const hard = { services: String(length + 1) };
    const quotas = scene.namespace.path('resourcequotas');
    await scene.api.create(quotas, { metadata: { name: 'tight' }, spec: { hard } });
    // The controller that counts is none of those of the rig.
    const used = { services: String(length) };
    await scene.api.patch(`${quotas}/tight/status`, { status: { hard, used } });
    await cluster.apply(spec);
    const { message } = await degraded(cluster, 'ApplyFailed');
    expect(message).toMatch(/Service tight-\w+ is refused \(services "tight-\w+" is forbidden: /);
    expect(message).toContain('exceeded quota: tight, requested: services=1');
    expect(message).toContain('(HTTP 403)); it is tried again');
    await until('an event', toldWithinMs, async () => {
      return (await eventsOf(cluster, 'ApplyFailed')).length > 0;
    });
    // The others are none the worse.
    expect([...(await cluster.owned()).keys()]).toContain('statefulsets/tight-router');
    await scene.api.delete(`${quotas}/tight`);
    await mended(cluster, 'the quota deleted');
  });

  it('for a policy is said in its words, and made once the policy is gone', async () => {
    const cluster = scene.cluster('strict');
    await cluster.become(spec);
    const name = scene.namespace.name;
    const policies = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies';
    const bindings = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings';
    const rule = { apiGroups: ['apps'], apiVersions: ['v1'], resources: ['statefulsets'] };
    const labels = { 'kubernetes.io/metadata.name': name };
    await scene.api.create(policies, {
      metadata: { name },
      spec: {
        matchConstraints: { resourceRules: [{ ...rule, operations: ['CREATE', 'UPDATE'] }] },
        validations: [{ expression: 'object.spec.replicas < 2', message: 'one is enough' }],
      },
    });
    await scene.api.create(bindings, {
      metadata: { name },
      spec: {
        policyName: name,
        validationActions: ['Deny'],
        matchResources: { namespaceSelector: { matchLabels: labels } },
      },
    });
    const scaled = '{"spec":{"replicas":2}}';
    await until('the policy is in force', 60_000, async () => {
      const set = ['patch', 'statefulsets/strict-router', '--dry-run=server', '-p', scaled];
      return (await scene.shell.kubectl(set)).stderr.includes('one is enough');
    });
    await cluster.apply({ ...spec, router: { replicas: 2 } });
    const { message } = await degraded(cluster, 'ApplyFailed');
    expect(message).toContain('StatefulSet strict-router is refused');
    expect(message).toMatch(/one is enough \(HTTP 422\)\); it is tried again$/);
    await scene.api.delete(`${bindings}/${name}`);
    await scene.api.delete(`${policies}/${name}`);
    await mended(cluster, 'the policy deleted');
  });
});
