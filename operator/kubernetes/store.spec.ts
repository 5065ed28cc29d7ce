import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Logger, ManualClock, silentLogger } from '../../runtime/index.ts';
import {
  absentVersion,
  type Change,
  type ConfigMap,
  ConflictError,
  type OwnerReference,
  type PodDisruptionBudget,
} from '../store.ts';
import { type Answered, KubernetesApi } from './api.ts';
import { HostileServer, json, line, refusal, reset, until } from './hostile-server.ts';
import { resourceOf, watchedKinds } from './resources.ts';
import { KubernetesStore } from './store.ts';

const path = '/api/v1/namespaces/default/configmaps/demo-topology';

describe('the store of a Kubernetes cluster', () => {
  let server: HostileServer;
  let clock: ManualClock;
  let store: KubernetesStore;
  let answered: Answered[];

  beforeEach(async () => {
    server = await HostileServer.start();
    clock = new ManualClock();
    answered = [];
    const api = new KubernetesApi({
      connection: server.connection,
      clock,
      onAnswer: (answer) => answered.push(answer),
    });
    const log = silentLogger;
    store = new KubernetesStore({ api, clock, log, namespaces: undefined, random: () => 0 });
  });
  afterEach(async () => {
    await store.stop();
    await server.stop();
    expect(clock.pending).toBe(0);
  });

  const started = async (items: object[] = []): Promise<void> => {
    server.items = items;
    server.only = 'configmaps';
    store.start();
    await until(clock, () => server.watchers === watchedKinds.length);
    server.requests.length = 0;
  };

  it('refuses to answer before it knows', async () => {
    await expect(store.list('Pod', 'default')).rejects.toThrow('pods are not listed yet');
    expect(store.problem).toContain('not listed yet');
    await started();
    expect([await store.list('Pod', 'default'), store.problem]).toEqual([[], undefined]);
  });

  it('answers reads without a request, of one namespace and of all', async () => {
    await started([configMap({ resourceVersion: '1' }), configMap({ namespace: 'other' })]);
    expect(await store.get('ConfigMap', 'default', 'demo-topology')).toMatchObject({
      kind: 'ConfigMap',
    });
    expect(await store.list('ConfigMap', 'other')).toHaveLength(1);
    expect(await store.list('ConfigMap', undefined)).toHaveLength(2);
    expect(server.requests).toEqual([]);
  });

  it('tells of changes until it is asked no more', async () => {
    await started();
    const changes: Change[] = [];
    const stop = store.watch((change) => changes.push(change));
    server.tell(line('ADDED', configMap({ resourceVersion: '2' })));
    await until(clock, () => changes.length === 1);
    stop();
    expect(changes).toEqual([{ kind: 'ConfigMap', namespace: 'default', name: 'demo-topology' }]);
  });

  it('applies by server-side apply, and knows the result at once', async () => {
    await started();
    server.others.push(json(200, configMap({ resourceVersion: '5', uid: 'u' })));
    await store.apply('ConfigMap', configMap());
    expect(server.requests).toEqual([`PATCH ${path}`]);
    expect(answered.at(-1)).toMatchObject({ verb: 'apply', resource: 'configmaps', code: 200 });
    const held = await store.get('ConfigMap', 'default', 'demo-topology');
    expect(held?.metadata.resourceVersion).toBe('5');
  });

  describe('what must not be there yet', () => {
    const absent = configMap({ resourceVersion: absentVersion, ownerReferences: ownedBy('this') });
    const conflict = refusal(409, 'Conflict');
    const found = (metadata: Partial<ConfigMap['metadata']>) => {
      return json(200, configMap({ resourceVersion: '7', labels: {}, ...metadata }));
    };

    it('is applied over a version that nothing can have', async () => {
      await started();
      server.others.push(json(201, configMap({ resourceVersion: '5', uid: 'u' })));
      await store.apply('ConfigMap', absent);
      expect(server.requests).toEqual([`PATCH ${path}`]);
      expect(server.bodies[0]).toMatchObject({ metadata: { resourceVersion: '1' } });
      expect(server.bodies[0]).not.toHaveProperty('metadata.uid');
    });

    it('is left alone when it is there and of somebody else', async () => {
      await started();
      for (const foreign of [{}, { ownerReferences: ownedBy('that') }]) {
        server.requests.length = 0;
        server.others.push(conflict, found(foreign));
        await expect(store.apply('ConfigMap', absent)).rejects.toMatchObject({
          name: 'RefusedError',
          code: 'NameTaken',
        });
        expect(server.requests).toEqual([`PATCH ${path}`, `GET ${path}`]);
      }
    });

    it('gets its labels back, over what was read only, when it is ours and lost them', async () => {
      await started();
      server.others.push(conflict, found({ ownerReferences: ownedBy('this') }));
      await expect(store.apply('ConfigMap', absent)).rejects.toBeInstanceOf(ConflictError);
      expect(server.requests).toEqual([`PATCH ${path}`, `GET ${path}`, `PATCH ${path}`]);
      expect(server.bodies[1]).toEqual({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: {
          labels: { 'app.kubernetes.io/managed-by': 'topicplane-operator' },
          resourceVersion: '7',
        },
      });
      server.others.push(conflict, found({ ownerReferences: ownedBy('this') }), conflict);
      await expect(store.apply('ConfigMap', absent)).rejects.toBeInstanceOf(ConflictError);
    });

    it('is looked at again when it is gone, or the watch is about to tell of it', async () => {
      await started();
      server.others.push(conflict, refusal(404, 'NotFound'), conflict, json(200, configMap()));
      for (let n = 0; n < 2; n++) {
        await expect(store.apply('ConfigMap', absent)).rejects.toBeInstanceOf(ConflictError);
      }
      expect(server.requests.filter((request) => request.startsWith('PATCH'))).toHaveLength(2);
    });
  });

  it.each([
    [422, 'Invalid'],
    [403, 'Forbidden'],
  ])(
    'passes on what the API server says when it refuses an object: %i %s',
    async (code, reason) => {
      await started([configMap({ resourceVersion: '4', uid: 'u' })]);
      const words = { code: 'ApplyFailed', message: `${reason} here (HTTP ${code})` };
      for (const resourceVersion of [absentVersion, '4']) {
        server.others.push(refusal(code, reason));
        const write = store.apply('ConfigMap', configMap({ resourceVersion }));
        await expect(write).rejects.toMatchObject(words);
      }
      server.others.push(refusal(code, reason));
      await expect(store.delete('Pod', 'default', 'x')).rejects.toMatchObject(words);
      // One object is refused; the next is not kept waiting.
      const beforeMs = clock.monotonicMs();
      await store.delete('Pod', 'default', 'y');
      expect(clock.monotonicMs()).toBe(beforeMs);
    },
  );

  it('says which right is missing, and who can give it', async () => {
    await started([configMap({ resourceVersion: '4', uid: 'u' })]);
    const said =
      'statefulsets.apps "x" is forbidden: User "u" cannot patch resource "statefulsets" in API group "apps"';
    const status = { kind: 'Status', code: 403, reason: 'Forbidden', message: said };
    server.others.push(json(403, status), json(403, status));
    await expect(
      store.apply('ConfigMap', configMap({ resourceVersion: '4' })),
    ).rejects.toMatchObject({
      code: 'ApplyFailed',
      message: `the API server does not allow this: check the Role and RoleBinding of the operator: ${said} (HTTP 403)`,
    });
    await expect(store.applyStatus('default', 'demo', {})).rejects.toMatchObject({
      name: 'KubernetesError',
      message: expect.stringContaining('cannot patch resource') as string,
      advice: expect.stringContaining('check the Role and RoleBinding') as string,
    });
  });

  it('writes a status over the version that was observed only', async () => {
    await started();
    const path = '/apis/topicplane.dev/v1alpha1/namespaces/default/topicclusters/demo/status';
    server.others.push(refusal(409, 'Conflict'));
    const write = store.applyStatus('default', 'demo', {}, '41');
    await expect(write).rejects.toBeInstanceOf(ConflictError);
    expect(server.requests).toEqual([`PATCH ${path}`]);
    expect(server.bodies[0]).toMatchObject({ metadata: { resourceVersion: '41' }, status: {} });
  });

  it('writes over the version that was observed only, and never makes it anew', async () => {
    await started([configMap({ resourceVersion: '4', uid: 'u' })]);
    server.others.push(refusal(409, 'Conflict'));
    const write = store.apply('ConfigMap', configMap({ resourceVersion: '3' }));
    await expect(write).rejects.toBeInstanceOf(ConflictError);
    expect(server.bodies[0]).toMatchObject({ metadata: { resourceVersion: '3', uid: 'u' } });
    const gone = store.apply('ConfigMap', { ...configMap({ resourceVersion: '3', name: 'gone' }) });
    await expect(gone).rejects.toBeInstanceOf(ConflictError);
    expect(server.requests).toHaveLength(1);
  });

  it('first takes away what the apply would be refused for, over what was observed only', async () => {
    const path = '/apis/policy/v1/namespaces/default/poddisruptionbudgets/demo-router';
    const budget = (resourceVersion: string, spec: object) => ({
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'demo-router', namespace: 'default', resourceVersion, uid: 'u' },
      spec,
    });
    const wanted = budget('4', { maxUnavailable: 1 }) as unknown as PodDisruptionBudget;
    server.only = 'poddisruptionbudgets';
    server.items = [budget('4', { minAvailable: 1 })];
    store.start();
    await until(clock, () => server.watchers === watchedKinds.length);
    server.requests.length = 0;
    server.others.push(json(200, budget('5', { maxUnavailable: 1 })), json(200, budget('6', {})));
    await store.apply('PodDisruptionBudget', wanted);
    expect(server.requests).toEqual([`PATCH ${path}`, `PATCH ${path}`]);
    expect(answered.slice(-2).map(({ verb }) => verb)).toEqual(['patch', 'apply']);
    expect(server.bodies).toMatchObject([
      { metadata: { resourceVersion: '4' }, spec: { minAvailable: null, maxUnavailable: 1 } },
      { metadata: { resourceVersion: '5', uid: 'u' }, spec: { maxUnavailable: 1 } },
    ]);
    // What was read is not what is known by now: it is looked at again.
    server.others.push(refusal(409, 'Conflict'));
    const late = store.apply('PodDisruptionBudget', wanted);
    await expect(late).rejects.toBeInstanceOf(ConflictError);
    expect(server.bodies.at(-1)).toMatchObject({ metadata: { resourceVersion: '4', uid: 'u' } });
  });

  it('finds nothing wrong with deleting, or speaking of, what is gone', async () => {
    await started();
    server.others.push(
      refusal(404, 'NotFound'),
      refusal(409, 'Conflict'),
      refusal(404, 'NotFound'),
    );
    await store.delete('Pod', 'default', 'gone');
    await store.delete('Pod', 'default', 'another', 'uid-of-one-that-is-gone');
    await store.applyStatus('default', 'gone', {});
    expect(server.requests).toHaveLength(3);
  });

  it('sends at most ten requests a second while the API server fails', async () => {
    await started();
    const down = Array.from({ length: 1000 }, () => reset);
    server.lists.push(...down);
    server.watches.push(...down);
    server.resetWatches();
    await until(clock, () => server.requests.length > 0);
    const [startMs, before] = [clock.monotonicMs(), server.requests.length];
    await until(clock, () => clock.monotonicMs() - startMs >= 20_000, 200);
    expect(server.requests.length - before).toBeLessThanOrEqual(200);
    expect(server.requests.length - before).toBeGreaterThan(10);
  });
});

describe('the store of several namespaces, one of which may not be read', () => {
  let server: HostileServer;
  let clock: ManualClock;
  let store: KubernetesStore;
  let logged: string[];
  const mayRead = new Set<string>();

  beforeEach(async () => {
    server = await HostileServer.start();
    mayRead.clear();
    mayRead.add('open');
    server.isForbidden = (path) => {
      return !mayRead.has(/\/namespaces\/([^/]+)\//.exec(path)?.[1] ?? '');
    };
    clock = new ManualClock();
    logged = [];
    const note = (_fields: object, message: string) => void logged.push(message);
    const log = { ...silentLogger, warn: note, error: note } as unknown as Logger;
    const api = new KubernetesApi({ connection: server.connection, clock });
    const namespaces = ['closed', 'open'];
    store = new KubernetesStore({ api, clock, log, namespaces, random: () => 0 });
  });
  afterEach(async () => {
    await store.stop();
    await server.stop();
  });

  it('serves the others, says so once a minute, and serves it once it may', async () => {
    let isSynced = false;
    store.start();
    void store.synced().then(() => {
      isSynced = true;
    });
    const startMs = clock.monotonicMs();
    await until(clock, () => isSynced && server.watchers === watchedKinds.length);
    // The others aren't kept waiting either.
    expect(clock.monotonicMs() - startMs).toBeLessThan(1000);
    expect(await store.list('TopicCluster', undefined)).toEqual([]);
    await expect(store.list('Pod', 'closed')).rejects.toThrow('Forbidden here');
    expect(store.problem).toBeUndefined();
    await until(clock, () => clock.monotonicMs() - startMs > 59_000, 100);
    const rights = watchedKinds.map((kind) => `list ${resourceOf(kind).plural}`).join(', ');
    expect(logged).toEqual([
      `the API server does not allow to ${rights} in namespace closed (Forbidden here (HTTP 403)): check the Role and RoleBinding of the operator`,
    ]);
    expect(store.hindrance).toBeUndefined();
    mayRead.add('closed');
    await until(clock, () => server.watchers === 2 * watchedKinds.length, 100);
    expect(await store.list('Pod', 'closed')).toEqual([]);
  });

  it('has a problem only when nothing is left to serve', async () => {
    mayRead.clear();
    store.start();
    await store.synced();
    expect(store.problem).toContain('Forbidden here');
  });

  it('serves nothing where one kind may not be read', async () => {
    mayRead.clear();
    const isOpen = (path: string) => path.includes('/open/') && !path.endsWith('/pods');
    server.isForbidden = (path) => !isOpen(path);
    store.start();
    await store.synced();
    expect(store.hindrance).toMatch(
      /^the API server does not allow to list topicclusters, .+closed/,
    );
    expect(store.problem).toBe(store.hindrance);
    server.isForbidden = (path) => path.endsWith('/pods');
    await until(clock, () => server.watchers === 2 * watchedKinds.length - 2, 100);
    expect(store.hindrance).toMatch(/^the API server does not allow to list pods in namespace clo/);
    server.isForbidden = () => false;
    await until(clock, () => server.watchers === 2 * watchedKinds.length, 100);
    expect([store.hindrance, store.problem]).toEqual([undefined, undefined]);
  });
});

function ownedBy(uid: string): readonly OwnerReference[] {
  return [{ apiVersion: 'x', kind: 'TopicCluster', name: 'demo', uid, controller: true }];
}

function configMap(metadata: Partial<ConfigMap['metadata']> = {}): ConfigMap {
  const labels = { 'app.kubernetes.io/managed-by': 'topicplane-operator' };
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'demo-topology', namespace: 'default', labels, ...metadata },
    data: {},
  };
}
