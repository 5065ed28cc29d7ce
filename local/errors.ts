/**
 * Why a local cluster can't run:
 * - `bad-file`: the cluster file can't be read or isn't valid
 * - `port-in-use`: an address can't be listened on
 * - `data-dir`: the data folder is in use or can't be written
 * - `no-prometheus`: one is to run, and isn't installed
 */
export type LocalErrorCode = 'bad-file' | 'port-in-use' | 'data-dir' | 'no-prometheus';

/** The message says what happened, where, and what to do. */
export class LocalError extends Error {
  override readonly name = 'LocalError';
  readonly code: LocalErrorCode;

  constructor(code: LocalErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
