import { readLocalInfo } from '../../local/index.ts';
import { CliError, exitCodes } from '../exit.ts';
import { paintFor, quitOnBrokenPipe } from '../terminal/index.ts';
import { AbsentError } from './absent.ts';
import { fetchStatus } from './fetch.ts';
import { statusText } from './format.ts';
import { viewOfLocal } from './local-source.ts';
import type { ClusterView } from './view.ts';
import { afterLook, framed, type Look, type Watching } from './watch.ts';

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
  /** @param nowMs since 1970. */
  fetch(nowMs: number): Promise<{ readonly view: ClusterView; readonly json: object }>;
}

interface Shown {
  readonly text: string;
  /** See `Look`. */
  readonly key: string;
}

const watchMs = 1_000;
const clearScreen = '\x1b[2J\x1b[H';

/** `topicplane status` */
export async function status(name: string | undefined, flags: StatusFlags): Promise<void> {
  quitOnBrokenPipe();
  const source = await sourceOf(name, flags);
  if (flags.watch) {
    // A look may wait for nothing but a timer, and those of the clock let a process end.
    const awake = setInterval(() => {}, watchMs);
    return watch(source, flags).finally(() => clearInterval(awake));
  }
  const { text } = await read(source, flags);
  process.stdout.write(`${text}\n`);
}

async function read(source: Source, flags: StatusFlags): Promise<Shown> {
  const nowMs = Date.now();
  const { view, json } = await source.fetch(nowMs);
  if (flags.json) {
    const text = JSON.stringify(json);
    return { text, key: text };
  }
  const paint = paintFor(process.stdout, process.env);
  return { text: statusText(view, paint, nowMs), key: statusText(view, paint) };
}

/** Shows it until the process is ended, or was told to show what can't be. */
async function watch(source: Source, flags: StatusFlags): Promise<never> {
  const isScreen = process.stdout.isTTY && !flags.json;
  const paint = paintFor(process.stdout, process.env);
  let watching: Watching | undefined;
  let shown = '';
  let frames = 0;
  for (;;) {
    const found = await look(source, flags, watching);
    const nowMs = Date.now();
    const step = afterLook(watching, found, nowMs, paint);
    watching = step.watching;
    if (!isScreen) {
      for (const { to, text } of step.lines) {
        if (to === 'err') process.stderr.write(`${text}\n`);
        else if (flags.json) process.stdout.write(`${text}\n`);
        else process.stdout.write(`${framed(text, nowMs, frames++ === 0)}\n`);
      }
    } else if (step.screen !== shown) {
      process.stdout.write(`${clearScreen}${step.screen}\n`);
      shown = step.screen;
    }
    await new Promise((resolve) => setTimeout(resolve, watchMs));
  }
}

/**
 * Whoever watches waits for a cluster that isn't there, and isn't told off. Before anything was seen, other failures
 * are mistakes in what was asked for; after that they may pass.
 */
async function look(
  source: Source,
  flags: StatusFlags,
  watching: Watching | undefined,
): Promise<Look> {
  try {
    return { kind: 'seen', ...(await read(source, flags)) };
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    if (error instanceof AbsentError) {
      return { kind: 'absent', what: error.what, why: error.message };
    }
    const wasSeen = watching !== undefined && watching.kind !== 'waiting';
    if (!wasSeen && error.exitCode !== exitCodes.notAnswering) throw error;
    return { kind: 'unseen', why: error.message };
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
    async fetch(nowMs) {
      const seen = await source.fetch();
      return { view: viewOfKubernetes(seen, nowMs), json: seen };
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
