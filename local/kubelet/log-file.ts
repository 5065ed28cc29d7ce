import { closeSync, mkdirSync, openSync, renameSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * What a member says, on disk: the file and one predecessor (`.1`), each at most `bytesMax` plus one line. A file of
 * an earlier run becomes the predecessor. A disk that fails costs the log, not the member.
 */
export class LogFile {
  readonly #path: string;
  readonly #bytesMax: number;
  #descriptor: number | undefined;
  #bytes = 0;

  constructor(path: string, bytesMax = 8 * 1024 * 1024) {
    this.#path = path;
    this.#bytesMax = bytesMax;
    mkdirSync(dirname(path), { recursive: true });
    this.#rotate();
  }

  write(line: string): void {
    if (this.#bytes > this.#bytesMax) this.#rotate();
    if (this.#descriptor === undefined) return;
    try {
      this.#bytes += writeSync(this.#descriptor, `${line}\n`);
    } catch {
      this.close();
    }
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  #rotate(): void {
    this.close();
    try {
      if (statSync(this.#path, { throwIfNoEntry: false })) {
        renameSync(this.#path, `${this.#path}.1`);
      }
      this.#descriptor = openSync(this.#path, 'w');
      this.#bytes = 0;
    } catch {
      this.#descriptor = undefined;
    }
  }
}
