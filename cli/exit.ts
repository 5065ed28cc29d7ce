import { CommanderError } from 'commander';
import { LocalError, type LocalErrorCode } from '../local/index.ts';

/** What the program's exit code says. Scripts rely on it. */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  cacheNotFound: 3,
  notAnswering: 4,
  inUse: 5,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export const exitCodeHelp = `
Exit codes:
  0  done, or ended as asked
  1  failed: the message says why
  2  wrong usage, or an invalid file
  3  no such cache
  4  nothing answers at the address
  5  a port or the data folder is in use`;

/** A failure whose message is all that a person needs: what happened, where, what to do. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}

export interface Failure {
  readonly exitCode: number;
  /** Empty: it was told already. */
  readonly message: string;
}

export function failureOf(error: unknown): Failure {
  if (error instanceof CommanderError) return { exitCode: usageCode(error), message: '' };
  if (error instanceof CliError) return { exitCode: error.exitCode, message: error.message };
  if (error instanceof LocalError) {
    return { exitCode: localCodes[error.code], message: error.message };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { exitCode: exitCodes.failed, message };
}

const localCodes: Readonly<Record<LocalErrorCode, ExitCode>> = {
  'bad-file': exitCodes.usage,
  'port-in-use': exitCodes.inUse,
  'data-dir': exitCodes.inUse,
  'no-prometheus': exitCodes.failed,
};

function usageCode(error: CommanderError): number {
  return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
}
