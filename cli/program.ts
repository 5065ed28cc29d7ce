import { Command } from 'commander';
import { exitCodeHelp } from './exit.ts';
import { addLocalCommand } from './local/index.ts';
import { addMemberCommands } from './members.ts';
import { addOperatorCommand } from './operator.ts';
import { addPubsubCommands } from './pubsub/index.ts';
import { addStatusCommand } from './status/index.ts';
import { version } from './version.ts';

/** The `topicplane` command. What a subcommand needs is loaded when it runs. */
export function buildProgram(): Command {
  const program = new Command('topicplane')
    .description('Publish/subscribe topics: run a cluster, and speak to one.')
    .version(version(), '-V, --version')
    .exitOverride()
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: false })
    .addHelpText('afterAll', exitCodeHelp);
  addLocalCommand(program);
  addPubsubCommands(program);
  addStatusCommand(program);
  addMemberCommands(program);
  addOperatorCommand(program);
  program
    .command('version')
    .description('print the version')
    .action(() => {
      process.stdout.write(`${version()}\n`);
    });
  return program;
}
