import type { Command } from 'commander';
import { dataDirOption, integer, logLevelOption } from '../options.ts';
import type { LocalFlags } from './command.ts';

export function addLocalCommand(program: Command): void {
  const port = integer(0, 65_535);
  program
    .command('local')
    .description('run a whole cluster on this machine')
    .option(
      '-f, --file <path>',
      'TopicCluster in YAML; edits are applied while it runs. Default: built in',
    )
    .option('-p, --port <n>', 'port that clients dial; 0: any free one', port, 8080)
    .option(
      '--host <address>',
      'address that clients dial; there are no credentials: whoever reaches it may publish',
      '127.0.0.1',
    )
    .option(
      '--admin-port <n>',
      'port of the status; 0: any free one. Default: 8081 if it is free',
      port,
    )
    .addOption(dataDirOption())
    .option(
      '--prometheus',
      'run a Prometheus that scrapes the members, and scale by it unless the file has a source or a url; needs prometheus on the PATH',
    )
    .option('--json', 'print one line of JSON when everything is ready, and nothing else')
    .option('--print-file', 'print a TopicCluster to begin with, and end')
    .addOption(logLevelOption('how much members log'))
    .addHelpText('after', help)
    .action(async (flags: LocalFlags) => {
      const { local } = await import('./command.ts');
      await local(flags);
    });
}

const help = `
Ctrl-C moves clients away, stops every process and ends; a second Ctrl-C ends at once.
What dies is started again. Topics are kept in memory only.

Examples:
  topicplane local
  topicplane local --print-file > cluster.yaml
  topicplane local --file cluster.yaml --port 9000
  topicplane local --file examples/scaling.yaml --prometheus
  topicplane local --port 0 --json --data-dir /tmp/topicplane`;
