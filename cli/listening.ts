import { CliError, exitCodes } from './exit.ts';

/** host:port, by the flag that says it. */
export type ListenFlags = Readonly<Record<string, string>>;

/** Starts what listens at the addresses of these flags. One that can't be had is told by its flag. */
export async function listening<T>(flags: ListenFlags, start: () => Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (error) {
    throw listenFailure(flags, textOf(error)) ?? error;
  }
}

/** undefined: it failed for another reason. */
function listenFailure(flags: ListenFlags, text: string): CliError | undefined {
  const [code] = /\b(?:EADDRINUSE|EADDRNOTAVAIL|EACCES)\b/.exec(text) ?? [];
  if (code === undefined) return undefined;
  const [flag, address] = meant(flags, text);
  const port = portOf(address);
  const other = `give another address, such as ${flag} ${address.replace(/:\d+$/, ':0')} for any free port`;
  const inUse = (message: string): CliError => new CliError(exitCodes.inUse, message);
  switch (code) {
    case 'EADDRINUSE':
      return inUse(`port ${port} is in use by another program: stop that one, or ${other}`);
    case 'EACCES':
      return inUse(`this user may not listen on port ${port}: ${other}`);
    default:
      return inUse(
        `${address} is no address of this machine: give one that is, such as ${flag} 127.0.0.1:${port}`,
      );
  }
}

/** Which flag a failure is about. An IPv6 address is told without its brackets, so the port has to do. */
function meant(flags: ListenFlags, text: string): readonly [flag: string, address: string] {
  const all = Object.entries(flags);
  return (
    all.find(([flag]) => text.includes(flag)) ??
    all.find(([, address]) => text.includes(address)) ??
    all.find(([, address]) => text.includes(`:${portOf(address)}`)) ??
    all[0] ?? ['', '']
  );
}

/** With what it was caused by. gRPC and the edge tell it in words of their own. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${textOf(error.cause)}`;
}

function portOf(address: string): string {
  return address.slice(address.lastIndexOf(':') + 1);
}
