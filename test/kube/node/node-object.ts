import type { KubeApi } from '../api/index.ts';

const renewMs = 10_000;

/** The Node, and the Lease that says that it lives. Returns how to take it away again. */
export async function registerNode(
  api: KubeApi,
  name: string,
  nodeIp: string,
): Promise<() => Promise<void>> {
  const node = `/api/v1/nodes/${name}`;
  await api.apply(node, {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux' } },
  });
  const capacity = { cpu: '64', memory: '256Gi', pods: '1000' };
  const now = new Date().toISOString();
  const conditions = [
    { type: 'Ready', status: 'True', reason: 'KubeletReady', lastHeartbeatTime: now },
  ];
  const addresses = [{ type: 'InternalIP', address: nodeIp }];
  await api.patch(`${node}/status`, {
    status: { capacity, allocatable: capacity, conditions, addresses },
  });
  const renew = () =>
    api
      .apply(`/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${name}`, {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name, namespace: 'kube-node-lease' },
        spec: {
          holderIdentity: name,
          leaseDurationSeconds: 40,
          renewTime: new Date().toISOString().replace('Z', '000Z'),
        },
      })
      .catch(() => {});
  await renew();
  const timer = setInterval(() => void renew(), renewMs);
  return async () => {
    clearInterval(timer);
    await api.delete(node).catch(() => {});
  };
}
