import { CliError, exitCodes } from '../exit.ts';
import { paintFor, quitOnBrokenPipe } from '../terminal/index.ts';
import { statusText } from './format.ts';
import { fetchLocal, localAddress, viewOfLocal } from './local-source.ts';
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
  /** With `--watch`, one that was there before is waited for when it doesn't answer. */
  readonly waits: boolean;
}

const watchMs = 1_000;
const clearScreen = '\x1b[2J\x1b[H';

/** `topicplane status` */
export async function status(name: string | undefined, flags: StatusFlags): Promise<void> {
  quitOnBrokenPipe();
  const source = await sourceOf(name, flags);
  let shown = '';
  let last = '';
  for (;;) {
    let text: string;
    try {
      last = await render(source, flags);
      text = last;
    } catch (error) {
      const isPassing = error instanceof CliError && error.exitCode === exitCodes.notAnswering;
      if (!flags.watch || !source.waits || last === '' || !isPassing) throw error;
      text = flags.json ? last : `${last}\n\n${error.message}`;
    }
    if (text !== shown) {
      const replace = flags.watch && process.stdout.isTTY && !flags.json;
      process.stdout.write(`${replace ? clearScreen : ''}${text}\n`);
      shown = text;
    }
    if (!flags.watch) return;
    await new Promise((resolve) => setTimeout(resolve, watchMs));
  }
}

async function render(source: Source, flags: StatusFlags): Promise<string> {
  const { view, json } = await source.fetch();
  return flags.json
    ? JSON.stringify(json)
    : statusText(view, paintFor(process.stdout, process.env));
}

/** What the flags name; without any, the local cluster if there is one, else Kubernetes if it is configured. */
async function sourceOf(name: string | undefined, flags: StatusFlags): Promise<Source> {
  const { kubeconfig, context, namespace } = flags;
  const isNamed = [name, kubeconfig, context, namespace].some((flag) => flag !== undefined);
  if (isNamed && flags.admin !== undefined) {
    throw new CliError(exitCodes.usage, '--admin is of a local cluster, the rest is of Kubernetes');
  }
  if (!isNamed && localAddress(flags) !== undefined) return localSource(flags);
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
    waits: true,
    async fetch() {
      const seen = await source.fetch();
      return { view: viewOfKubernetes(seen), json: seen };
    },
  };
}

function localSource(flags: StatusFlags): Source {
  return {
    waits: false,
    async fetch() {
      const address = localAddress(flags);
      if (address === undefined) {
        throw new CliError(
          exitCodes.notAnswering,
          `no local cluster runs from ${flags.dataDir}: start one with \`npm start\` or \`topicplane local\`, or say where it is with --data-dir or --admin, or with --kubeconfig for one on Kubernetes`,
        );
      }
      const current = await fetchLocal(address);
      return { view: viewOfLocal(current), json: current };
    },
  };
}
