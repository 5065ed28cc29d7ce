import { randomBytes } from 'node:crypto';

/** A name for this one run of a process; a restart has another. */
export function newIncarnation(): string {
  return randomBytes(8).toString('hex');
}
