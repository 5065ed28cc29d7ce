import { LocalError } from './errors.ts';

/** Tells a refused listen address in words. `option`: the flag that chooses the port. */
export function listenError(error: unknown, address: string, option: string): unknown {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const choose = `choose another port with ${option} (0: any free one)`;
  switch (code) {
    case 'EADDRINUSE':
      return new LocalError(
        'port-in-use',
        `${address} is in use by another program: stop that one, or ${choose}`,
      );
    case 'EACCES':
      return new LocalError(
        'port-in-use',
        `this user may not listen on ${address}: ${choose}, above 1023`,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new LocalError(
        'port-in-use',
        `${address} is no address of this machine: choose another with --host`,
      );
    default:
      return error;
  }
}
