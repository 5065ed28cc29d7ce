import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { repository } from '../../support/repository.ts';

export const binaryNames = ['etcd', 'kube-apiserver', 'kube-controller-manager'] as const;
export type BinaryName = (typeof binaryNames)[number];
export type BinaryPaths = Readonly<Record<BinaryName, string>>;

/** A Go module beside the sources that pins what a binary is built from, and how it is built. */
export interface ToolModule {
  readonly folder: string;
  /** Names the module's state: changes when anything changes that the binaries follow from. */
  readonly key: string;
  readonly flags: readonly string[];
}

const packages: Readonly<Record<BinaryName, string>> = {
  etcd: 'go.etcd.io/etcd/server/v3',
  'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
  'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
};

export function packageOf(binary: BinaryName): string {
  return packages[binary];
}

export function moduleOf(binary: BinaryName): ToolModule {
  return binary === 'etcd'
    ? readModule('etcd', 'go.etcd.io/etcd/server/v3', () => '')
    : readModule('kubernetes', 'k8s.io/kubernetes', stamp);
}

function readModule(name: string, main: string, linked: (version: string) => string): ToolModule {
  const folder = `${repository}test/kube/tools/${name}/`;
  const goMod = readFileSync(`${folder}go.mod`, 'utf8');
  const version = goMod.split(`${main} v`)[1]?.split(/\s/)[0];
  if (version === undefined) throw new Error(`${folder}go.mod requires no ${main}`);
  const flags = ['-trimpath', '-buildvcs=false', '-ldflags', `-s -w${linked(version)}`];
  const hash = createHash('sha256')
    .update(
      [goMod, readFileSync(`${folder}go.sum`), ...flags, process.platform, process.arch].join('\0'),
    )
    .digest('hex');
  return { folder, flags, key: `${name}-v${version}-${hash.slice(0, 12)}` };
}

/** Without it the API server says that it is v0.0.0-master, which kubectl and charts don't accept. */
function stamp(version: string): string {
  const [major, minor] = version.split('.');
  const variables = { gitVersion: `v${version}`, gitMajor: major, gitMinor: minor };
  return Object.entries(variables)
    .map(([name, value]) => ` -X k8s.io/component-base/version.${name}=${value}`)
    .join('');
}
