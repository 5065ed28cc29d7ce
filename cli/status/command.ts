import { readLocalInfo } from '../../local/index.ts';
import { CliError, exitCodes } from '../exit.ts';
import { paintFor, quitOnBrokenPipe } from '../terminal/index.ts';
import { fetchStatus } from './fetch.ts';
import { statusText } from './format.ts';
import { viewOfLocal } from './local-source.ts';
import type { ClusterView } from './view.ts';

export interface StatusFlags {
  readonly dataDir: string;
  readonly admin?: string;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: string;
  readonly watch?: boolean;
  readonly json?: boolean;
}

interface Source {
  fetch(): Promise<{ readonly view: ClusterView; readonly json: object }>;
}

const watchMs = 1_000;
const clearScreen = '\x1b[2J\x1b[H';

/** `topicplane status` */
export async function status(name: string | undefined, flags: StatusFlags): Promise<void> {
  quitOnBrokenPipe();
  const source = await sourceOf(name, flags);
  let shown = '';
  for (;;) {
    const { text, stream } = await look(source, flags);
    if (text !== shown) {
      const replace = flags.watch && stream.isTTY && !flags.json;
      stream.write(`${replace ? clearScreen : ''}${text}\n`);
      shown = text;
    }
    if (!flags.watch) return;
    await new Promise((resolve) => setTimeout(resolve, watchMs));
  }
}

interface Look {
  readonly text: string;
  readonly stream: NodeJS.WriteStream;
}

/** One look at the cluster. Whoever watches waits for one that isn't there, and isn't told off. */
async function look(source: Source, flags: StatusFlags): Promise<Look> {
  try {
    const { view, json } = await source.fetch();
    const paint = paintFor(process.stdout, process.env);
    const text = flags.json ? JSON.stringify(json) : statusText(view, paint);
    return { text, stream: process.stdout };
  } catch (error) {
    const isAway = error instanceof CliError && error.exitCode === exitCodes.notAnswering;
    if (!flags.watch || !isAway) throw error;
    return { text: `waiting for a cluster: ${error.message}`, stream: process.stderr };
  }
}

/** What the flags name; without any, the local cluster if there is one, else Kubernetes if it is configured. */
async function sourceOf(name: string | undefined, flags: StatusFlags): Promise<Source> {
  const { kubeconfig, context, namespace } = flags;
  const isNamed = [name, kubeconfig, context, namespace].some((flag) => flag !== undefined);
  if (isNamed && flags.admin !== undefined) {
    throw new CliError(exitCodes.usage, '--admin is of a local cluster, the rest is of Kubernetes');
  }
  if (!isNamed && hasLocal(flags)) return localSource(flags);
  const { hasKubernetes, KubernetesSource, viewOfKubernetes } = await import(
    './kubernetes-source.ts'
  );
  if (!isNamed && !hasKubernetes(process.env)) return localSource(flags);
  const source = new KubernetesSource({
    ...(kubeconfig !== undefined && { kubeconfig }),
    ...(context !== undefined && { context }),
    ...(namespace !== undefined && { namespace }),
    ...(name !== undefined && { name }),
  });
  return {
    async fetch() {
      const seen = await source.fetch();
      return { view: viewOfKubernetes(seen), json: seen };
    },
  };
}

function hasLocal({ admin, dataDir }: StatusFlags): boolean {
  return admin !== undefined || readLocalInfo(dataDir) !== undefined;
}

function localSource(flags: StatusFlags): Source {
  return {
    async fetch() {
      const current = await fetchStatus(flags);
      return { view: viewOfLocal(current), json: current };
    },
  };
}
