import { fileURLToPath } from 'node:url';
import { builtInCluster, LocalCluster } from '../../local/index.ts';
import type { LogLevel } from '../../runtime/index.ts';
import { ignoreBrokenPipe, paintFor } from '../terminal/index.ts';
import { version } from '../version.ts';
import { untilAskedToStop } from './signals.ts';
import { greetingText } from './text.ts';
import { PersonView, ScriptView } from './view.ts';

export interface LocalFlags {
  readonly file?: string;
  readonly host: string;
  readonly port: number;
  readonly adminPort?: number;
  readonly dataDir: string;
  readonly prometheus?: boolean;
  readonly json?: boolean;
  readonly printFile?: boolean;
  readonly logLevel: LogLevel;
}

/** `topicplane local`. Resolves when it was asked to stop and every process has ended. */
export async function local(flags: LocalFlags): Promise<void> {
  if (flags.printFile) {
    process.stdout.write(builtInCluster);
    return;
  }
  ignoreBrokenPipe();
  const view = flags.json ? new ScriptView() : new PersonView(process.stdout);
  let cluster: LocalCluster | undefined;
  const started = await LocalCluster.start({
    file: flags.file,
    host: flags.host,
    port: flags.port,
    adminPort: flags.adminPort,
    dataDir: flags.dataDir,
    prometheus: flags.prometheus ?? false,
    program: fileURLToPath(new URL('../main.js', import.meta.url)),
    logLevel: flags.logLevel,
    onEvent: (event) => view.event(event, cluster),
  });
  cluster = started;
  // Whatever ends this process, nothing it started is left.
  process.on('exit', () => started.kill());
  if (!flags.json) process.stdout.write(`${greeting(started, flags.file)}\n`);
  const asked = untilAskedToStop(() => started.kill());
  try {
    await Promise.race([asked, started.failed()]);
    view.stopping();
  } finally {
    await started.stop();
  }
  view.stopped();
}

function greeting(cluster: LocalCluster, file: string | undefined): string {
  const { metadata, spec } = cluster.spec;
  return greetingText(
    {
      version: version(),
      cluster: metadata.name,
      routers: spec.router.replicas,
      storage: spec.storage.replicas,
      caches: spec.caches.map(({ name }) => name),
      endpoint: cluster.endpoint,
      // Members have this process's environment.
      tls: (process.env.TOPICPLANE_CLIENT_TLS_CERTIFICATE ?? '') !== '',
      admin: cluster.admin,
      dataDir: cluster.dataDir,
      prometheus: cluster.prometheus,
      file,
      command: commandName(process.argv[1] ?? ''),
    },
    paintFor(process.stdout, process.env),
  );
}

/** In a checkout the program isn't on the path; npx finds it there. */
function commandName(script: string): string {
  return /[\\/]topicplane$/.test(script) ? 'topicplane' : 'npx topicplane';
}
