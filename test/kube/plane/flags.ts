import { join } from 'node:path';
import { files } from './credentials.ts';

export interface Ports {
  readonly etcd: number;
  readonly apiServer: number;
}

/** What turns StatefulSets, Services and owner references into what a cluster has. Nothing that needs machines. */
const controllers = [
  'deployment',
  'disruption',
  'endpoints',
  'endpointslice',
  'garbage-collector',
  'namespace',
  'pod-garbage-collector',
  'replicaset',
  'root-ca-certificate-publisher',
  'serviceaccount',
  'serviceaccount-token',
  'statefulset',
].map((name) => `${name}-controller`);

export function etcdArgs(folder: string, { etcd }: Ports): string[] {
  const clients = `http://127.0.0.1:${etcd}`;
  return [
    `--data-dir=${join(folder, 'etcd')}`,
    `--listen-client-urls=${clients}`,
    `--advertise-client-urls=${clients}`,
    '--listen-peer-urls=http://127.0.0.1:0',
    '--log-level=warn',
    // The data lives no longer than the tests.
    '--unsafe-no-fsync',
  ];
}

export function apiServerArgs(folder: string, { etcd, apiServer }: Ports): string[] {
  const file = (name: string) => join(folder, name);
  return [
    `--etcd-servers=http://127.0.0.1:${etcd}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${apiServer}`,
    `--cert-dir=${file(files.certificates)}`,
    // Its own address is a loopback one, which no Endpoints may have.
    '--endpoint-reconciler-type=none',
    '--service-cluster-ip-range=10.96.0.0/16',
    '--authorization-mode=RBAC',
    `--token-auth-file=${file(files.tokens)}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${file(files.serviceAccountPublicKey)}`,
    `--service-account-signing-key-file=${file(files.serviceAccountKey)}`,
    `--audit-policy-file=${file(files.auditPolicy)}`,
    `--audit-log-path=${file(files.auditLog)}`,
    '--audit-log-mode=blocking',
    '--profiling=false',
  ];
}

export function controllerManagerArgs(folder: string): string[] {
  return [
    `--kubeconfig=${join(folder, files.controllersConfig)}`,
    `--controllers=${controllers.join(',')}`,
    `--service-account-private-key-file=${join(folder, files.serviceAccountKey)}`,
    `--root-ca-file=${join(folder, files.certificate)}`,
    '--leader-elect=false',
    '--secure-port=0',
    '--kube-api-qps=200',
    '--kube-api-burst=400',
    '--profiling=false',
  ];
}
