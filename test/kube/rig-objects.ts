/** Objects written by hand, as any cluster has them: the rig is tested without the operator. */

const labels = { app: 'rig-storage' };
const ports = [
  { name: 'link', containerPort: 8081 },
  { name: 'control', containerPort: 8082 },
  { name: 'admin', containerPort: 8083 },
];

export function storageConfigMap(content: string): object {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'rig-topology' },
    data: { 'topology.json': content },
  };
}

export const storageService = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'rig-storage' },
  spec: { selector: labels, ports: [{ name: 'admin', port: 80, targetPort: 'admin' }] },
};

export function storageSet(namespace: string, replicas: number): object {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'rig-storage', namespace },
    spec: {
      replicas,
      serviceName: 'rig-storage',
      podManagementPolicy: 'Parallel',
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: podSpec },
    },
  };
}

/** A pod without a StatefulSet. @param container fields in place of the usual ones. */
export function storagePod(name: string, container: object, configMap = 'rig-topology'): object {
  const [usual] = podSpec.containers;
  const volumes = [{ name: 'topology', configMap: { name: configMap } }];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { ...podSpec, volumes, containers: [{ ...usual, ...container }] },
  };
}

const podSpec = {
  terminationGracePeriodSeconds: 5,
  containers: [
    {
      name: 'storage',
      image: 'registry.example/topicplane:rig',
      args: [
        'storage',
        '--name=$(POD_NAME)',
        '--cluster=rig/rig/0',
        '--link-address=0.0.0.0:8081',
        '--control-address',
        '0.0.0.0:8082',
        '--admin-address',
        '0.0.0.0:8083',
        '--topology-file',
        '/etc/topicplane/topology/topology.json',
      ],
      env: [{ name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
      ports,
      startupProbe: {
        httpGet: { path: '/healthz', port: 'admin' },
        periodSeconds: 1,
        failureThreshold: 30,
      },
      readinessProbe: {
        httpGet: { path: '/readyz', port: 'admin' },
        periodSeconds: 1,
        failureThreshold: 2,
      },
      livenessProbe: { httpGet: { path: '/healthz', port: 8083 }, failureThreshold: 6 },
      volumeMounts: [{ name: 'topology', mountPath: '/etc/topicplane/topology' }],
    },
  ],
  volumes: [{ name: 'topology', configMap: { name: 'rig-topology', optional: true } }],
};
