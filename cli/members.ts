import { type Command, Option } from 'commander';
import type { LogLevel } from '../runtime/index.ts';
import { type ListenFlags, listening } from './listening.ts';
import { listened, logLevelOption } from './options.ts';

interface MemberFlags {
  readonly name: string;
  readonly cluster: string;
  readonly controlAddress: string;
  readonly adminAddress: string;
  readonly topologyFile?: string;
  readonly logLevel: LogLevel;
}

/** The commands that pods run; people use `topicplane local`. */
export function addMemberCommands(program: Command): void {
  member(
    program,
    'router',
    'run one router: the tier that clients speak to (internal: the operator starts it)',
  )
    .addOption(address('client', 'for clients'))
    .action(
      async ({ topologyFile, ...flags }: MemberFlags & { readonly clientAddress: string }) => {
        const { routerBounds, runRouter } = await import('../router/index.ts');
        const addresses = { '--client-address': flags.clientAddress, ...memberAddresses(flags) };
        await listening(addresses, () =>
          runRouter({ ...flags, topologyFile, bounds: routerBounds, edge: {} }),
        );
      },
    );
  member(
    program,
    'storage',
    'run one storage node: the tier that owns topics (internal: the operator starts it)',
  )
    .addOption(address('link', 'for routers'))
    .action(async (flags: MemberFlags & { readonly linkAddress: string }) => {
      const { runStorage } = await import('../storage/index.ts');
      const addresses = { '--link-address': flags.linkAddress, ...memberAddresses(flags) };
      await listening(addresses, () => runStorage(flags));
    });
}

function memberAddresses({ controlAddress, adminAddress }: MemberFlags): ListenFlags {
  return { '--control-address': controlAddress, '--admin-address': adminAddress };
}

function member(program: Command, role: string, description: string): Command {
  return program
    .command(role)
    .helpGroup('Internal, started by the operator:')
    .description(description)
    .requiredOption('--name <name>', 'its stable name in the cluster')
    .requiredOption('--cluster <id>', 'the cluster it belongs to: namespace/name/uid')
    .addOption(address('control', 'for the operator'))
    .addOption(address('admin', 'for health and metrics'))
    .option('--topology-file <file>', 'the topology to start with, if the file exists')
    .addOption(logLevelOption('how much it logs'));
}

function address(port: string, purpose: string): Option {
  return new Option(
    `--${port}-address <host:port>`,
    `where to listen ${purpose}; port 0: any free one`,
  )
    .argParser(listened)
    .makeOptionMandatory();
}
