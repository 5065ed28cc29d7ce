import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { epochMax, pageOriginMax, parseTopology } from '../../topology/index.ts';
import { LocalError } from '../errors.ts';
import { writeAtomically } from './atomic.ts';
import type { Earlier } from './birth.ts';
import { type Holder, isAlive, thisProcess } from './holder.ts';
import { lock } from './lock.ts';

/** Where a running local cluster is found by other commands. */
export interface LocalInfo {
  readonly pid: number;
  /** host:port that clients dial. */
  readonly endpoint: string;
  /** host:port of the status. */
  readonly admin: string;
  /** Its process ended without saying so, as when it was killed. */
  readonly ended: boolean;
}

const infoName = 'local.json';
const pagesName = 'pages.json';

/**
 * The folder of one local cluster: `lock`, `local.json` (where it is found), `topology.json` (what members start
 * with), `pages.json` (which page numbers were used), `logs/<member>.log`, `prometheus/` if one runs.
 */
export class DataDir {
  readonly path: string;
  readonly #unlock: () => void;
  #closed = false;

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

  get prometheusFolder(): string {
    return join(this.path, 'prometheus');
  }

  logFile(member: string): string {
    return join(this.path, 'logs', `${member}.log`);
  }

  /** What a cluster that ran here before has used; undefined when nothing sensible says so. */
  earlier(): Earlier | undefined {
    const { pageOrigin, epoch } = readJson<Earlier>(join(this.path, pagesName)) ?? {};
    if (!isWhole(pageOrigin, pageOriginMax) || !isWhole(epoch, epochMax)) return undefined;
    return { pageOrigin, epoch };
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

  /** This process runs the cluster that is found there. */
  writeInfo(where: Pick<LocalInfo, 'endpoint' | 'admin'>): void {
    const info: Recorded = { ...where, ...thisProcess() };
    writeAtomically(join(this.path, infoName), `${JSON.stringify(info)}\n`);
  }

  /** `pages.json` stays: the next cluster here must use larger pages. Once is enough. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    rmSync(join(this.path, infoName), { force: true });
    this.#unlock();
  }
}

type Recorded = Omit<LocalInfo, 'ended'> & Holder;

/** Where the local cluster of a folder is found; undefined when none says it runs there. */
export function readLocalInfo(folder: string): LocalInfo | undefined {
  const recorded = readJson<Recorded>(join(resolve(folder), infoName));
  const { pid, born, endpoint, admin } = recorded ?? {};
  if (!isWhole(pid, Number.MAX_SAFE_INTEGER) || !endpoint || !admin) return undefined;
  return { pid, endpoint, admin, ended: !isAlive({ pid, born }) };
}

/** What a file holds, by its word: every field is to be checked. Undefined when it is no JSON object. */
function readJson<T extends object>(path: string): Partial<T> | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function isWhole(value: unknown, max: number): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= max;
}
