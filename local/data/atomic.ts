import { renameSync, writeFileSync } from 'node:fs';

/** A reader finds the old text or the new one, never a part. */
export function writeAtomically(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}
