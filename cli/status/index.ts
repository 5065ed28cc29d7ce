import { Argument, type Command } from 'commander';
import {
  contextOption,
  dataDirOption,
  dialled,
  kubeconfigOption,
  namespaceName,
  objectName,
} from '../options.ts';
import type { StatusFlags } from './command.ts';

export function addStatusCommand(program: Command): void {
  program
    .command('status')
    .description('show the members, topology and conditions of a cluster')
    .addArgument(
      new Argument(
        '[name]',
        'a TopicCluster on Kubernetes (default: the local cluster, if one runs)',
      ).argParser(objectName),
    )
    .option('--admin <host:port>', 'where its status is; default: as found in --data-dir', dialled)
    .option('-w, --watch', "go on showing it; waits for a cluster that isn't there")
    .option('--json', 'everything, as one line of JSON')
    .addOption(dataDirOption())
    .addOption(kubeconfigOption())
    .addOption(contextOption())
    .option('-n, --namespace <name>', 'its namespace (default: that of the context)', namespaceName)
    .action(async (name: string | undefined, flags: StatusFlags) => {
      const { status } = await import('./command.ts');
      await status(name, flags);
    });
}
