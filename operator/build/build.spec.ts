import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { topo } from '../../proto/index.ts';
import { parseTopology } from '../../topology/index.ts';
import { clusterIdIn, drainMsOf, leaveRotationMs, templateHash } from './pod-template.ts';
import { buildServices } from './services.ts';
import { buildStatefulSet } from './statefulset.ts';
import { buildTopologyConfigMap } from './topology-config-map.ts';

const settings = {
  image: 'topicplane:1',
  resources: { requests: { cpu: '250m' }, limits: { memory: '1Gi' } },
};
const owner = { namespace: 'team-a', name: 'demo', uid: 'uid-1' };

/** As kubectl would show it. The goldens below are rewritten by `vitest -u`. */
const yaml = (object: unknown): string => stringify(object, { aliasDuplicateObjects: false });

describe('buildStatefulSet', () => {
  it('of storage', () => {
    expect(yaml(buildStatefulSet(owner, 'storage', 3, settings))).toMatchInlineSnapshot(`
      "apiVersion: apps/v1
      kind: StatefulSet
      metadata:
        name: demo-storage
        namespace: team-a
        labels:
          app.kubernetes.io/name: topicplane
          app.kubernetes.io/instance: demo
          app.kubernetes.io/component: storage
          app.kubernetes.io/managed-by: topicplane-operator
        ownerReferences:
          - apiVersion: topicplane.dev/v1alpha1
            kind: TopicCluster
            name: demo
            uid: uid-1
            controller: true
      spec:
        replicas: 3
        serviceName: demo-storage
        podManagementPolicy: Parallel
        updateStrategy:
          type: OnDelete
        selector:
          matchLabels:
            app.kubernetes.io/name: topicplane
            app.kubernetes.io/instance: demo
            app.kubernetes.io/component: storage
        template:
          metadata:
            labels:
              app.kubernetes.io/name: topicplane
              app.kubernetes.io/instance: demo
              app.kubernetes.io/component: storage
              app.kubernetes.io/managed-by: topicplane-operator
            annotations:
              topicplane.dev/template-hash: 0f2f52187439
          spec:
            serviceAccountName: demo-member
            automountServiceAccountToken: false
            enableServiceLinks: false
            terminationGracePeriodSeconds: 60
            securityContext:
              runAsNonRoot: true
              seccompProfile:
                type: RuntimeDefault
            topologySpreadConstraints:
              - topologyKey: kubernetes.io/hostname
                maxSkew: 1
                whenUnsatisfiable: ScheduleAnyway
                labelSelector:
                  matchLabels:
                    app.kubernetes.io/name: topicplane
                    app.kubernetes.io/instance: demo
                    app.kubernetes.io/component: storage
              - topologyKey: topology.kubernetes.io/zone
                maxSkew: 1
                whenUnsatisfiable: ScheduleAnyway
                labelSelector:
                  matchLabels:
                    app.kubernetes.io/name: topicplane
                    app.kubernetes.io/instance: demo
                    app.kubernetes.io/component: storage
            containers:
              - name: storage
                image: topicplane:1
                args:
                  - storage
                  - --name
                  - $(POD_NAME)
                  - --cluster
                  - team-a/demo/uid-1
                  - --link-address
                  - 0.0.0.0:8081
                  - --control-address
                  - 0.0.0.0:8082
                  - --admin-address
                  - 0.0.0.0:8083
                  - --topology-file
                  - /etc/topicplane/topology/topology.json
                env:
                  - name: POD_NAME
                    valueFrom:
                      fieldRef:
                        fieldPath: metadata.name
                ports:
                  - name: link
                    containerPort: 8081
                  - name: control
                    containerPort: 8082
                  - name: admin
                    containerPort: 8083
                resources:
                  requests:
                    cpu: 250m
                  limits:
                    memory: 1Gi
                startupProbe:
                  httpGet:
                    path: /healthz
                    port: admin
                  periodSeconds: 1
                  failureThreshold: 120
                  timeoutSeconds: 2
                readinessProbe:
                  httpGet:
                    path: /readyz
                    port: admin
                  periodSeconds: 1
                  failureThreshold: 2
                  timeoutSeconds: 2
                livenessProbe:
                  httpGet:
                    path: /healthz
                    port: admin
                  periodSeconds: 10
                  failureThreshold: 6
                  timeoutSeconds: 5
                volumeMounts:
                  - name: topology
                    mountPath: /etc/topicplane/topology
                    readOnly: true
                securityContext:
                  allowPrivilegeEscalation: false
                  readOnlyRootFilesystem: true
                  capabilities:
                    drop:
                      - ALL
            volumes:
              - name: topology
                configMap:
                  name: demo-topology
                  optional: true
      "
    `);
  });

  it('of routers differs in name, ports and time to end', () => {
    const { metadata, spec } = buildStatefulSet(owner, 'router', 2, settings);
    expect(metadata.name).toBe('demo-router');
    expect(spec.template.spec.terminationGracePeriodSeconds).toBe(30);
    expect(spec.template.spec.containers[0]?.args).toEqual([
      'router',
      '--name',
      '$(POD_NAME)',
      '--cluster',
      'team-a/demo/uid-1',
      '--client-address',
      '0.0.0.0:8080',
      '--control-address',
      '0.0.0.0:8082',
      '--admin-address',
      '0.0.0.0:8083',
      '--topology-file',
      '/etc/topicplane/topology/topology.json',
      '--drain-ms',
      '10000',
      '--leave-rotation-ms',
      '4000',
    ]);
  });

  it.each([
    [undefined, '10000', 30],
    [1, '1000', 21],
    [600, '600000', 620],
  ])('gives routers with %s seconds to drain time to end', (drainSeconds, drainMs, grace) => {
    const wanted = { ...settings, ...(drainSeconds !== undefined && { drainSeconds }) };
    const { spec } = buildStatefulSet(owner, 'router', 2, wanted).spec.template;
    const args = spec.containers[0]?.args ?? [];
    expect(args[args.indexOf('--drain-ms') + 1]).toBe(drainMs);
    expect(spec.terminationGracePeriodSeconds).toBe(grace);
    const endsMs = drainMsOf(wanted) + leaveRotationMs;
    expect(endsMs).toBeLessThan(grace * 1000 - 10_000);
  });

  it('tells in the pods which cluster they are of', () => {
    const { spec } = buildStatefulSet(owner, 'storage', 1, settings).spec.template;
    expect(clusterIdIn(spec)).toBe('team-a/demo/uid-1');
    expect(clusterIdIn({ containers: [] })).toBeUndefined();
  });

  it('gives the same template for any number of replicas: scaling restarts nobody', () => {
    const template = (replicas: number) => {
      return buildStatefulSet(owner, 'storage', replicas, settings).spec.template;
    };
    expect(template(9)).toEqual(template(1));
  });
});

describe('the template hash', () => {
  it('is of what the user wants, in whatever order it is written', () => {
    expect(templateHash({ image: 'a', nodeSelector: { x: '1', y: '2' } })).toBe(
      templateHash({ nodeSelector: { y: '2', x: '1' }, image: 'a' }),
    );
    expect(templateHash({ image: 'a' })).not.toBe(templateHash({ image: 'b' }));
    expect(templateHash({ image: 'a' })).not.toBe(templateHash({ image: 'a', drainSeconds: 5 }));
  });

  it('never changes for the same settings: it would restart the pods of everyone who upgrades', () => {
    expect(templateHash(settings)).toBe('0f2f52187439');
  });
});

describe('buildServices', () => {
  it('of a cluster', () => {
    expect(buildServices(owner).map(yaml).join('---\n')).toMatchInlineSnapshot(`
      "apiVersion: v1
      kind: Service
      metadata:
        name: demo
        namespace: team-a
        labels:
          app.kubernetes.io/name: topicplane
          app.kubernetes.io/instance: demo
          app.kubernetes.io/component: router
          app.kubernetes.io/managed-by: topicplane-operator
        ownerReferences:
          - apiVersion: topicplane.dev/v1alpha1
            kind: TopicCluster
            name: demo
            uid: uid-1
            controller: true
      spec:
        selector:
          app.kubernetes.io/name: topicplane
          app.kubernetes.io/instance: demo
          app.kubernetes.io/component: router
        ports:
          - name: client
            port: 443
            targetPort: client
      ---
      apiVersion: v1
      kind: Service
      metadata:
        name: demo-router
        namespace: team-a
        labels:
          app.kubernetes.io/name: topicplane
          app.kubernetes.io/instance: demo
          app.kubernetes.io/component: router
          app.kubernetes.io/managed-by: topicplane-operator
        ownerReferences:
          - apiVersion: topicplane.dev/v1alpha1
            kind: TopicCluster
            name: demo
            uid: uid-1
            controller: true
      spec:
        selector:
          app.kubernetes.io/name: topicplane
          app.kubernetes.io/instance: demo
          app.kubernetes.io/component: router
        clusterIP: None
        publishNotReadyAddresses: true
        ports:
          - name: client
            port: 8080
            targetPort: client
          - name: control
            port: 8082
            targetPort: control
          - name: admin
            port: 8083
            targetPort: admin
      ---
      apiVersion: v1
      kind: Service
      metadata:
        name: demo-storage
        namespace: team-a
        labels:
          app.kubernetes.io/name: topicplane
          app.kubernetes.io/instance: demo
          app.kubernetes.io/component: storage
          app.kubernetes.io/managed-by: topicplane-operator
        ownerReferences:
          - apiVersion: topicplane.dev/v1alpha1
            kind: TopicCluster
            name: demo
            uid: uid-1
            controller: true
      spec:
        selector:
          app.kubernetes.io/name: topicplane
          app.kubernetes.io/instance: demo
          app.kubernetes.io/component: storage
        clusterIP: None
        publishNotReadyAddresses: true
        ports:
          - name: link
            port: 8081
            targetPort: link
          - name: control
            port: 8082
            targetPort: control
          - name: admin
            port: 8083
            targetPort: admin
      "
    `);
  });
});

describe('buildTopologyConfigMap', () => {
  const topology: topo.Topology = {
    cluster: 'team-a/demo/uid-1',
    version: { term: 1, epoch: 2 },
    pageOrigin: 7,
    ringEpoch: 0,
    previousRingEpoch: 0,
    caches: [],
    storage: [{ name: 'demo-storage-0', address: 'h:1', incarnation: 'x' }],
    ring: ['demo-storage-0'],
    move: undefined,
    settings: {
      messageBytesMax: 1,
      history: { itemsMax: 1, bytesMax: 1024, ageMsMax: 1000, idleMsMax: 1000 },
      heartbeatMs: 100,
      resumeZero: 1,
      routerCapacity: undefined,
      storageCapacity: undefined,
    },
  };

  it('holds the topology as members read it', () => {
    const { metadata, data } = buildTopologyConfigMap(owner, topology);
    expect(metadata.name).toBe('demo-topology');
    expect(metadata.ownerReferences?.[0]?.uid).toBe('uid-1');
    expect(parseTopology(data['topology.json'] ?? '')).toEqual(topology);
  });
});
