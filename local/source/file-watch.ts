import { type FSWatcher, watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Cancel, Clock } from '../../runtime/index.ts';
import { Worker } from '../worker.ts';

export interface FileWatchEvents {
  /** The file holds another text than before, or can be read again. */
  changed(text: string): void;
  /** The file can't be read any more; told once until it can. */
  lost(reason: string): void;
}

/** Editors write in several steps: a file is read when it was left alone for this long. */
const settleMs = 60;
/** Some file systems tell of no changes. */
const pollMs = 1000;
/** An editor that replaces a file by a new one leaves none for a moment. */
const readsBeforeLost = 2;

/**
 * Follows the text of a file, whichever way it is edited. A text is told when it was read twice, `settleMs` apart: a
 * file that is written in place holds a part of its text for a moment, and may be read just then.
 * Returns how to stop.
 */
export function watchFile(
  path: string,
  text: string,
  clock: Clock,
  events: FileWatchEvents,
): () => void {
  let known = text;
  let isLost = false;
  let isStopped = false;
  let failures = 0;
  /** What was read, and isn't told yet. */
  let next: { readonly text: string; readonly readMs: number } | undefined;
  let cancelRead: Cancel = () => {};
  const read = new Worker(
    async () => {
      let now: string;
      try {
        now = await readFile(path, 'utf8');
      } catch (error) {
        next = undefined;
        failures += 1;
        if (failures !== readsBeforeLost) return;
        isLost = true;
        events.lost((error as Error).message);
        return;
      }
      failures = 0;
      if (now === known && !isLost) {
        next = undefined;
        return;
      }
      const nowMs = clock.monotonicMs();
      if (next?.text !== now) next = { text: now, readMs: nowMs };
      if (nowMs - next.readMs < settleMs) return soon();
      next = undefined;
      isLost = false;
      known = now;
      events.changed(now);
    },
    (error) => events.lost(String(error)),
  );
  const soon = (): void => {
    if (isStopped) return;
    cancelRead();
    cancelRead = clock.after(settleMs, () => read.wake());
  };
  const watcher = watchFolder(path, soon);
  const cancelPoll = clock.every(pollMs, () => read.wake());
  return () => {
    isStopped = true;
    watcher?.close();
    cancelPoll();
    cancelRead();
    void read.stop();
  };
}

/** The folder, because a file that is replaced takes its watch with it. */
function watchFolder(path: string, onChange: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(dirname(path), { persistent: false }, (_event, name) => {
      if (name === null || name === basename(path)) onChange();
    });
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}
