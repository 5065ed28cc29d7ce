import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseTopology } from '../../topology/index.ts';
import { LocalError } from '../errors.ts';
import { writeAtomically } from './atomic.ts';
import type { Earlier } from './birth.ts';
import { lock } from './lock.ts';

/** Where a running local cluster is found by other commands. */
export interface LocalInfo {
  readonly pid: number;
  /** host:port that clients dial. */
  readonly endpoint: string;
  /** host:port of the status. */
  readonly admin: string;
}

const infoName = 'local.json';
const pagesName = 'pages.json';

/**
 * The folder of one local cluster: `lock`, `local.json` (where it is found), `topology.json` (what members start
 * with), `pages.json` (which page numbers were used), `logs/<member>.log`.
 */
export class DataDir {
  readonly path: string;
  readonly #unlock: () => void;

  private constructor(path: string, unlock: () => void) {
    this.path = path;
    this.#unlock = unlock;
  }

  /** Creates and takes the folder. Throws LocalError `data-dir`. */
  static open(folder: string): DataDir {
    const path = resolve(folder);
    try {
      mkdirSync(join(path, 'logs'), { recursive: true });
      return new DataDir(path, lock(join(path, 'lock'), path));
    } catch (error) {
      if (error instanceof LocalError) throw error;
      const { message } = error as Error;
      throw new LocalError(
        'data-dir',
        `can't use ${path} for data: ${message}; choose another folder with --data-dir`,
      );
    }
  }

  get topologyFile(): string {
    return join(this.path, 'topology.json');
  }

  logFile(member: string): string {
    return join(this.path, 'logs', `${member}.log`);
  }

  /** What a cluster that ran here before has used. */
  earlier(): Earlier | undefined {
    try {
      return JSON.parse(readFileSync(join(this.path, pagesName), 'utf8')) as Earlier;
    } catch {
      return undefined;
    }
  }

  /** Members find this text from now on. */
  writeTopology(text: string): void {
    const { pageOrigin, version } = parseTopology(text);
    const used: Earlier = { pageOrigin, epoch: version?.epoch ?? 0 };
    writeAtomically(join(this.path, pagesName), `${JSON.stringify(used)}\n`);
    writeAtomically(this.topologyFile, text);
  }

  /** The topology of a cluster that ran here before is not for the members of this one. */
  dropTopology(): void {
    rmSync(this.topologyFile, { force: true });
  }

  writeInfo(info: LocalInfo): void {
    writeAtomically(join(this.path, infoName), `${JSON.stringify(info)}\n`);
  }

  /** `pages.json` stays: the next cluster here must use larger pages. */
  close(): void {
    rmSync(join(this.path, infoName), { force: true });
    this.#unlock();
  }
}

/** Where the local cluster of a folder is found; undefined when none says it runs there. */
export function readLocalInfo(folder: string): LocalInfo | undefined {
  try {
    return JSON.parse(readFileSync(join(resolve(folder), infoName), 'utf8')) as LocalInfo;
  } catch {
    return undefined;
  }
}
