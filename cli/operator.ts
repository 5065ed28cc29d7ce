import type { Command } from 'commander';
import { CliError, exitCodes } from './exit.ts';

export function addOperatorCommand(program: Command): void {
  program
    .command('operator')
    .description('serve the TopicClusters of a Kubernetes namespace (not in this version)')
    .allowUnknownOption()
    .allowExcessArguments()
    .action(() => {
      throw new CliError(
        exitCodes.usage,
        'this version has no Kubernetes backend: its operator runs inside `topicplane local` only',
      );
    });
}
