import type { Command } from 'commander';
import { dataDirOption, dialled } from '../options.ts';
import type { StatusFlags } from './command.ts';

export function addStatusCommand(program: Command): void {
  program
    .command('status')
    .description('show the members, topology and conditions of a local cluster')
    .option('--admin <host:port>', 'where its status is; default: as found in --data-dir', dialled)
    .option('-w, --watch', "go on showing it; waits for a cluster that isn't there")
    .option('--json', 'everything, as one line of JSON')
    .addOption(dataDirOption())
    .action(async (flags: StatusFlags) => {
      const { status } = await import('./command.ts');
      await status(flags);
    });
}
