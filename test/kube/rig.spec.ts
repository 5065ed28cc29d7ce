import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { measured, round } from '../support/measured.ts';
import { isAlive, processes } from '../support/process-table.ts';
import { until } from '../support/until.ts';
import {
  type ControlPlane,
  createNamespace,
  type KubeApi,
  type Namespace,
  ProcessKubelet,
  type Resource,
  ServiceFront,
  Shell,
  sharedPlane,
} from './index.ts';
import { storageConfigMap, storagePod, storageService, storageSet } from './rig-objects.ts';

const replicas = 3;
const set = 'rig-storage';

interface PodObject extends Resource {
  readonly status: {
    readonly phase: string;
    readonly podIP?: string;
    readonly conditions?: { readonly type: string; readonly status: string }[];
  };
}

let plane: ControlPlane;
let api: KubeApi;
let namespace: Namespace;
let kubelet: ProcessKubelet;
let front: ServiceFront;

beforeAll(async () => {
  plane = sharedPlane();
  api = plane.api();
  kubelet = await ProcessKubelet.start({ plane });
  namespace = await createNamespace(api, 'rig');
  await api.create(namespace.path('configmaps'), storageConfigMap('first'));
  await api.create(namespace.path('services'), storageService);
  front = await ServiceFront.listen(api, namespace.name, set, 'admin');
});

afterAll(async () => {
  await front?.close();
  try {
    await namespace?.remove();
  } finally {
    await kubelet?.stop();
  }
});

const pods = () => api.list<PodObject>(namespace.path('pods?labelSelector=app%3Drig-storage'));
const isReady = ({ status }: PodObject) =>
  status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True');
const allReady = async () => {
  const all = await pods();
  return all.length === replicas && all.every(isReady) && front.endpoints().length === replicas;
};
const ready = (what: string, withinMs = 30_000) => until(what, withinMs, allReady);

describe('a StatefulSet', () => {
  test('has its pods as processes that become ready, with addresses of their own', async () => {
    const startMs = performance.now();
    await api.create(
      namespace.path('statefulsets', 'apps/v1'),
      storageSet(namespace.name, replicas),
    );
    await ready('all pods are ready');
    measured(`${replicas} pods ready in ${round(performance.now() - startMs)} ms`);
    const running = kubelet.running(namespace.name);
    expect(running.map(({ name }) => name)).toEqual([
      'rig-storage-0',
      'rig-storage-1',
      'rig-storage-2',
    ]);
    expect(new Set(running.map(({ host }) => host)).size).toBe(replicas);
    for (const pod of await pods()) {
      const { host } = kubelet.pod(namespace.name, pod.metadata.name);
      expect(pod.status).toMatchObject({ phase: 'Running', podIP: host.replace(/^127/, '10') });
      expect(pod.metadata.annotations?.['address.topicplane.dev/admin']).toBe(`${host}:8083`);
    }
  });

  test('is reached through the front of its Service, endpoint after endpoint', async () => {
    const names = new Set<string>();
    for (let call = 0; call < 2 * replicas; call++) {
      const text = await (
        await fetch(`http://${front.endpoint}/metrics`, { headers: { connection: 'close' } })
      ).text();
      names.add(/name="(rig-storage-\d)"/.exec(text)?.[1] ?? '');
    }
    expect([...names].toSorted()).toEqual(['rig-storage-0', 'rig-storage-1', 'rig-storage-2']);
  });

  test('has its ConfigMap as files that follow it', async () => {
    const { pid } = kubelet.pod(namespace.name, 'rig-storage-0');
    const file =
      processes()
        .find((each) => each.pid === pid)
        ?.args.at(-1) ?? '';
    expect(readFileSync(file, 'utf8')).toBe('first');
    await api.apply(namespace.path('configmaps/rig-topology'), storageConfigMap('second'));
    await until('the file follows', 60_000, () => readFileSync(file, 'utf8') === 'second');
  });

  test('has a pod that dies restarted', async () => {
    const before = kubelet.pod(namespace.name, 'rig-storage-1');
    kubelet.signal(namespace.name, 'rig-storage-1', 'SIGKILL');
    await until('another process', 60_000, () => {
      return kubelet
        .running(namespace.name)
        .some(({ uid, pid }) => uid === before.uid && pid !== before.pid);
    });
    await ready('all pods are ready again');
    expect(kubelet.pod(namespace.name, 'rig-storage-1').restarts).toBe(1);
  });

  test('has a pod that stands still out of the endpoints, and back', async () => {
    const { host } = kubelet.pod(namespace.name, 'rig-storage-2');
    kubelet.signal(namespace.name, 'rig-storage-2', 'SIGSTOP');
    await until('its endpoint is gone', 60_000, () => !front.endpoints().includes(`${host}:8083`));
    expect(front.endpoints()).toHaveLength(replicas - 1);
    kubelet.signal(namespace.name, 'rig-storage-2', 'SIGCONT');
    await ready('all pods are ready again');
  });

  test('has a deleted pod ended and made again', async () => {
    const before = kubelet.pod(namespace.name, 'rig-storage-0');
    const startMs = performance.now();
    await api.delete(namespace.path('pods/rig-storage-0'));
    await until('its process ended', 60_000, () => !isAlive(before.pid));
    await until('another pod of its name', 60_000, () => {
      return kubelet
        .running(namespace.name)
        .some(({ name, uid }) => name === 'rig-storage-0' && uid !== before.uid);
    });
    await ready('all pods are ready again');
    measured(`deleted pod replaced in ${round(performance.now() - startMs)} ms`);
    expect(kubelet.log(namespace.name, 'rig-storage-0')).toContain('"msg":"stopped"');
  });
});

describe('a pod', () => {
  const httpGet = { path: '/nowhere', port: 'admin' };
  const fails = { httpGet, periodSeconds: 1, failureThreshold: 2 };
  const restarted = (name: string) =>
    until(`a restart of ${name}`, 60_000, () =>
      kubelet.log(namespace.name, name).includes('it is restarted:'),
    );

  test('whose liveness fails is restarted, with the time it has to end', async () => {
    await api.create(namespace.path('pods'), storagePod('no-liveness', { livenessProbe: fails }));
    await restarted('no-liveness');
    await until(
      'the second process',
      10_000,
      () => kubelet.pod(namespace.name, 'no-liveness').restarts > 0,
    );
    const log = kubelet.log(namespace.name, 'no-liveness');
    expect(log).toContain('liveness: HTTP 404');
    expect(log).toContain('"msg":"stopped"');
    await api.delete(namespace.path('pods/no-liveness'));
  });

  test('whose startup fails is restarted and was never ready', async () => {
    await api.create(namespace.path('pods'), storagePod('no-startup', { startupProbe: fails }));
    await restarted('no-startup');
    expect(kubelet.log(namespace.name, 'no-startup')).not.toContain('kubelet: ready');
    await api.delete(namespace.path('pods/no-startup'));
  });

  test('waits for a ConfigMap that it can not do without', async () => {
    await api.create(namespace.path('pods'), storagePod('waits', {}, 'later'));
    const path = namespace.path('pods/waits');
    await until('its node', 60_000, async () => {
      return (await api.get<{ spec: { nodeName?: string } }>(path)).spec.nodeName;
    });
    expect(kubelet.running(namespace.name).map(({ name }) => name)).not.toContain('waits');
    await api.create(namespace.path('configmaps'), {
      metadata: { name: 'later' },
      data: { 'topology.json': 'late' },
    });
    await until('it is ready', 60_000, async () => isReady(await api.get<PodObject>(path)));
    await api.delete(path);
    await until('it is gone', 60_000, async () => !(await api.find(path)));
  });
});

describe('without the API server', () => {
  test('pods run on and are restarted, and what happened is told afterwards', async () => {
    const before = kubelet.running(namespace.name);
    const controllers = () =>
      readFileSync(join(plane.description.folder, 'kube-controller-manager.pid'), 'utf8');
    const controllersBefore = controllers();
    await plane.killApiServer();
    kubelet.signal(namespace.name, 'rig-storage-1', 'SIGKILL');
    await until('another process that is ready', 60_000, () => {
      const pod = kubelet.running(namespace.name).find(({ name }) => name === 'rig-storage-1');
      return pod?.ready && pod.restarts === 2;
    });
    // What is told now reaches nobody.
    await delay(500);
    const startMs = performance.now();
    await plane.startApiServer();
    measured(`API server back in ${round(performance.now() - startMs)} ms`);
    await until('the restart is told', 60_000, async () => {
      const pod = await api.get<{ status: { containerStatuses: { restartCount: number }[] } }>(
        namespace.path('pods/rig-storage-1'),
      );
      return pod.status.containerStatuses[0]?.restartCount === 2;
    });
    await ready('all pods are ready again');
    const after = kubelet.running(namespace.name);
    expect(after.map(({ uid }) => uid)).toEqual(before.map(({ uid }) => uid));
    // None is left that would wait for up to a minute before it looks again.
    expect(controllers()).not.toBe(controllersBefore);
  });

  test('one that stood still goes on', async () => {
    plane.pauseApiServer();
    expect(await plane.isReady()).toBe(false);
    await plane.resumeApiServer();
    await ready('all pods are still ready');
  });
});

describe('access', () => {
  test('a ServiceAccount may do what its role says, and what it asked is on record', async () => {
    const account = await Shell.open(await plane.kubeconfigOf(namespace.name, 'default'));
    const mark = plane.auditMark();
    const refused = await account.kubectl(['get', 'pods']);
    account.close();
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('Forbidden');
    const user = `system:serviceaccount:${namespace.name}:default`;
    const asked = plane.requestsSince(mark).filter((each) => each.user === user);
    expect(asked.filter(({ resource }) => resource !== '')).toMatchObject([
      { verb: 'list', resource: 'pods', code: 403 },
    ]);
  });

  test('kubectl and helm work for an administrator', async () => {
    const admin = await Shell.open(plane.kubeconfig());
    const got = await admin.kubectl([
      'get',
      'statefulset',
      set,
      '-n',
      namespace.name,
      '-o',
      'jsonpath={.status.readyReplicas}',
    ]);
    const listed = await admin.helm(['list', '-n', namespace.name, '-o', 'json']);
    admin.close();
    expect(got).toMatchObject({ code: 0, stdout: String(replicas) });
    expect(listed).toMatchObject({ code: 0, stdout: '[]\n' });
  });
});

describe('the end', () => {
  test('a deleted StatefulSet takes its pods and their processes along', async () => {
    const pids = kubelet.running(namespace.name).map(({ pid }) => pid);
    await api.delete(namespace.path(`statefulsets/${set}`, 'apps/v1'), {
      propagationPolicy: 'Foreground',
    });
    await until('no pod is left', 30_000, async () => (await pods()).length === 0);
    const path = namespace.path(`statefulsets/${set}`, 'apps/v1');
    await until('the set is gone', 60_000, async () => !(await api.find(path)));
    expect(pids.filter(isAlive)).toEqual([]);
  });

  test('a kubelet that stops leaves no process, and its successor starts the pods again', async () => {
    await api.create(
      namespace.path('statefulsets', 'apps/v1'),
      storageSet(namespace.name, replicas),
    );
    await ready('all pods are ready');
    const before = kubelet.running(namespace.name);
    expect(before).toHaveLength(replicas);
    await kubelet.stop();
    expect(before.filter(({ pid }) => isAlive(pid))).toEqual([]);
    kubelet = await ProcessKubelet.start({ plane });
    await until('all pods run again', 60_000, () => {
      return kubelet.running(namespace.name).filter((pod) => pod.ready).length === replicas;
    });
    const uids = kubelet.running(namespace.name).map(({ uid }) => uid);
    expect(uids).toEqual(before.map(({ uid }) => uid));
    await until('the endpoints follow', 60_000, () => {
      const hosts = kubelet.running(namespace.name).map(({ host }) => `${host}:8083`);
      return hosts.every((host) => front.endpoints().includes(host));
    });
  });
});
