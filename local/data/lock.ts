import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { LocalError } from '../errors.ts';
import { type Holder, isAlive, thisProcess } from './holder.ts';

/** Starters that come and go meanwhile make a starter look again; at most this often. */
const looksMax = 16;

/**
 * Takes the folder for this process by a file at `path`. Of several that start at once, at most one gets it, also
 * when a dead process left its file: that one is taken over. Throws LocalError `data-dir` when a live process holds
 * it. Returns how to let go.
 */
export function lock(path: string, folder: string): () => void {
  const mine = `${path}.${process.pid}-${randomBytes(4).toString('hex')}`;
  try {
    writeFileSync(mine, `${JSON.stringify(thisProcess())}\n`, { flag: 'wx' });
    const other = take(path, mine);
    if (other) {
      throw new LocalError(
        'data-dir',
        `${folder} is in use by another local cluster (pid ${other.pid}): stop that one, or choose another folder with --data-dir`,
      );
    }
  } finally {
    rmSync(mine, { force: true });
  }
  return () => rmSync(path, { force: true });
}

/**
 * Makes `mine` the file at `path`, or says which live process holds that. A file is complete from its first moment,
 * because it is a link. One that a dead process left is replaced by whoever holds the lock `<path>.next`, so that
 * nobody replaces what another starter has just put there.
 */
function take(path: string, mine: string): Holder | undefined {
  for (let look = 0; look < looksMax; look++) {
    if (link(mine, path)) return undefined;
    const seen = holderAt(path);
    if (seen === 'nobody') continue;
    if (seen !== 'dead') return seen;
    const next = `${path}.next`;
    const other = take(next, mine);
    if (other) return other;
    if (holderAt(path) === 'dead') {
      renameSync(next, path);
      return undefined;
    }
    rmSync(next, { force: true });
  }
  throw new Error(`${path} comes and goes`);
}

function link(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** What can't be read as a holder was not written whole: by nobody who lives. */
function holderAt(path: string): Holder | 'dead' | 'nobody' {
  try {
    const holder = JSON.parse(readFileSync(path, 'utf8')) as Partial<Holder>;
    const { pid, born } = holder;
    if (typeof pid !== 'number') return 'dead';
    return isAlive({ pid, born }) ? { pid, born } : 'dead';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'nobody' : 'dead';
  }
}
