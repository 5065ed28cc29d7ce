import type { LogLevel } from '../runtime/index.ts';
import type { LocalEvent } from './events.ts';

export interface LocalOptions {
  /** Path of the cluster's YAML file; undefined: the built-in cluster. */
  readonly file: string | undefined;
  /** Where clients dial. Default of the command: 127.0.0.1. */
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** 0: any free port; undefined: 8081, or any free one when that is taken. */
  readonly adminPort: number | undefined;
  /** Created when it doesn't exist. One running cluster each. */
  readonly dataDir: string;
  /** Whether a Prometheus scrapes the members, and the cluster's scaling asks it. Needs `prometheus` on the PATH. */
  readonly prometheus: boolean;
  /** The program whose subcommands `router` and `storage` members run: path of a script. */
  readonly program: string;
  readonly logLevel: LogLevel;
  readonly onEvent: (event: LocalEvent) => void;
}
