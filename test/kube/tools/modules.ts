import { cacheFolder, type GoProgram, readModule } from '../../support/go/index.ts';
import { repository } from '../../support/repository.ts';

const folder = `${repository}test/kube/tools/`;

export const binaryNames = ['etcd', 'kube-apiserver', 'kube-controller-manager'] as const;
export type BinaryName = (typeof binaryNames)[number];
export type BinaryPaths = Readonly<Record<BinaryName, string>>;

const packages: Readonly<Record<BinaryName, string>> = {
  etcd: 'go.etcd.io/etcd/server/v3',
  'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
  'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
};

export function programOf(name: BinaryName): GoProgram {
  const module =
    name === 'etcd'
      ? readModule(`${folder}etcd/`, 'etcd', 'go.etcd.io/etcd/server/v3')
      : readModule(`${folder}kubernetes/`, 'kubernetes', 'k8s.io/kubernetes', stamp);
  return { name, package: packages[name], module, cache: cacheFolder('kube') };
}

/** Without it the API server says that it is v0.0.0-master, which kubectl and charts don't accept. */
function stamp(version: string): string {
  const [major, minor] = version.split('.');
  const variables = { gitVersion: `v${version}`, gitMajor: major, gitMinor: minor };
  return Object.entries(variables)
    .map(([name, value]) => ` -X k8s.io/component-base/version.${name}=${value}`)
    .join('');
}
