import { type Command, InvalidArgumentError, Option } from 'commander';
import type { LogLevel } from '../runtime/index.ts';
import { CliError, exitCodes } from './exit.ts';
import { listening } from './listening.ts';
import {
  contextOption,
  imageReference,
  kubeconfigOption,
  listened,
  logLevelOption,
  namespaceName,
  objectName,
} from './options.ts';
import { version } from './version.ts';

interface OperatorFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace: readonly string[];
  readonly allNamespaces?: boolean;
  readonly leaderElect: boolean;
  readonly leaseName: string;
  readonly leaseNamespace?: string;
  readonly leaseDuration: number;
  readonly renewDeadline: number;
  readonly retryPeriod: number;
  readonly adminAddress: string;
  readonly image: string;
  readonly logLevel: LogLevel;
}

export function addOperatorCommand(program: Command): void {
  program
    .command('operator')
    .description('serve the TopicClusters of a Kubernetes API, from inside the cluster or outside')
    .addOption(kubeconfigOption())
    .addOption(contextOption())
    .addOption(
      new Option('-n, --namespace <name>', 'serve this namespace; may be given more than once')
        .argParser((name, before: readonly string[]) => [...before, namespaceName(name)])
        .default([], 'that of the context, or of the pod'),
    )
    .option('-A, --all-namespaces', 'serve every namespace')
    .option('--leader-elect', 'act only while holding a Lease, so that two may run', true)
    .option('--no-leader-elect', 'act at once: no other operator may serve the same namespaces')
    .addOption(
      new Option('--lease-name <name>', 'the Lease of the election')
        .argParser(objectName)
        .default('topicplane-operator'),
    )
    .option(
      '--lease-namespace <name>',
      'where the Lease is (default: the namespace of the context, or of the pod)',
      namespaceName,
    )
    .addOption(seconds('lease-duration', 'others wait this long for a leader that is silent', 15))
    .addOption(seconds('renew-deadline', 'a leader that cannot renew for this long stops', 10))
    .addOption(seconds('retry-period', 'between two attempts to take or renew the Lease', 2))
    .addOption(
      new Option(
        '--admin-address <host:port>',
        'where health and metrics are; port 0: any free one',
      )
        .argParser(listened)
        .default('127.0.0.1:8083'),
    )
    .addOption(
      new Option('--image <image>', 'the image of clusters that name none')
        .env('TOPICPLANE_IMAGE')
        .argParser(imageReference)
        .default(`topicplane:${version()}`),
    )
    .addOption(logLevelOption('how much it logs'))
    .action(run);
}

async function run(flags: OperatorFlags): Promise<void> {
  const { allNamespaces = false, namespace, leaseName, leaseNamespace } = flags;
  if (allNamespaces && namespace.length > 0) {
    throw new CliError(exitCodes.usage, 'give --namespace or --all-namespaces, not both');
  }
  const { ConnectError, durationsProblem, runOperator } = await import(
    '../operator/kubernetes/index.ts'
  );
  const durations = {
    leaseMs: flags.leaseDuration * 1000,
    renewMs: flags.renewDeadline * 1000,
    retryMs: flags.retryPeriod * 1000,
  };
  const problem = flags.leaderElect ? durationsProblem(durations) : undefined;
  if (problem !== undefined) throw new CliError(exitCodes.usage, problem);
  try {
    await listening({ '--admin-address': flags.adminAddress }, () =>
      runOperator({
        ...flags,
        namespaces: allNamespaces ? 'all' : namespace,
        lease: { ...durations, name: leaseName, namespace: leaseNamespace },
      }),
    );
  } catch (error) {
    if (error instanceof ConnectError) throw new CliError(exitCodes.usage, error.message);
    throw error;
  }
}

function seconds(name: string, description: string, defaultSeconds: number): Option {
  return new Option(`--${name} <seconds>`, description)
    .argParser((text) => {
      const value = Number(text);
      if (text.trim() !== '' && value >= 0.1 && value <= 3600) return value;
      throw new InvalidArgumentError('It must be a number of seconds from 0.1 to 3600.');
    })
    .default(defaultSeconds);
}
