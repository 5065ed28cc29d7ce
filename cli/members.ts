import { type Command, Option } from 'commander';
import type { LogLevel } from '../runtime/index.ts';
import { CliError, exitCodes } from './exit.ts';
import { type ListenFlags, listening } from './listening.ts';
import { integer, listened, logLevelOption } from './options.ts';

interface MemberFlags {
  readonly name: string;
  readonly cluster: string;
  readonly controlAddress: string;
  readonly adminAddress: string;
  readonly topologyFile?: string;
  readonly logLevel: LogLevel;
}

interface RouterFlags extends MemberFlags {
  readonly clientAddress: string;
  readonly clientTlsCertificate?: string;
  readonly clientTlsKey?: string;
  readonly leaveRotationMs?: number;
  readonly drainMs?: number;
}

const spanMsMax = 3_600_000;

/** The commands that pods run; people use `topicplane local`. */
export function addMemberCommands(program: Command): void {
  member(
    program,
    'router',
    'run one router: the tier that clients speak to (internal: the operator starts it)',
  )
    .addOption(address('client', 'for clients'))
    .addOption(
      new Option(
        '--client-tls-certificate <file>',
        'clients speak TLS with this certificate (PEM, with its chain); read again when it changes',
      ).env('TOPICPLANE_CLIENT_TLS_CERTIFICATE'),
    )
    .addOption(
      new Option('--client-tls-key <file>', 'the key of that certificate (PEM)').env(
        'TOPICPLANE_CLIENT_TLS_KEY',
      ),
    )
    .option(
      '--leave-rotation-ms <ms>',
      'when it ends: how long load balancers have to take note before its clients are moved',
      integer(0, spanMsMax),
    )
    .option(
      '--drain-ms <ms>',
      'when it ends: over how long its clients are moved elsewhere',
      integer(0, spanMsMax),
    )
    .action(async ({ topologyFile, leaveRotationMs, drainMs, ...flags }: RouterFlags) => {
      const { routerBounds, runRouter } = await import('../router/index.ts');
      const bounds = {
        ...routerBounds,
        ...(leaveRotationMs !== undefined && { leaveRotationMs }),
        ...(drainMs !== undefined && { drainMs }),
      };
      const clientTls = certificateFiles(flags);
      const addresses = { '--client-address': flags.clientAddress, ...memberAddresses(flags) };
      await listening(addresses, () =>
        runRouter({ ...flags, topologyFile, bounds, clientTls, edge: {} }),
      );
    });
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

function certificateFiles({ clientTlsCertificate, clientTlsKey }: RouterFlags) {
  if (clientTlsCertificate === undefined && clientTlsKey === undefined) return undefined;
  if (clientTlsCertificate === undefined || clientTlsKey === undefined) {
    const message = 'give both --client-tls-certificate and --client-tls-key, or none of them';
    throw new CliError(exitCodes.usage, message);
  }
  return { certificate: clientTlsCertificate, key: clientTlsKey };
}

function memberAddresses({ controlAddress, adminAddress }: MemberFlags): ListenFlags {
  return { '--control-address': controlAddress, '--admin-address': adminAddress };
}

/**
 * A newer operator may give flags that the image which a cluster is pinned to doesn't know: they are passed over. So is
 * whatever else isn't known, which may be the value of such a flag.
 */
function member(program: Command, role: string, description: string): Command {
  return program
    .command(role)
    .allowUnknownOption()
    .allowExcessArguments()
    .hook('preAction', tellPassedOver)
    .helpGroup('Internal, started by the operator:')
    .description(description)
    .requiredOption('--name <name>', 'its stable name in the cluster')
    .requiredOption('--cluster <id>', 'the cluster it belongs to: namespace/name/uid')
    .addOption(address('control', 'for the operator'))
    .addOption(address('admin', 'for health and metrics'))
    .option('--topology-file <file>', 'the topology to start with, if the file exists')
    .addOption(logLevelOption('how much it logs'));
}

function tellPassedOver(command: Command): void {
  if (command.args.length === 0) return;
  const passedOver = command.args.join(' ');
  const line = `warning: ${command.name()} does not know, and passes over: ${passedOver}\n`;
  command.configureOutput().writeErr?.(line);
}

function address(port: string, purpose: string): Option {
  return new Option(
    `--${port}-address <host:port>`,
    `where to listen ${purpose}; port 0: any free one`,
  )
    .argParser(listened)
    .makeOptionMandatory();
}
