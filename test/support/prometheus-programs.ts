import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { areThere } from './programs.ts';

const programs = ['prometheus', 'promtool'];

/**
 * Whether specs can run a Prometheus. Says so when they can't.
 * @throws Error in CI, where nothing is left out.
 */
export function prometheusIsThere(): boolean {
  return areThere('Prometheus', programs, 'prometheus');
}

export interface Checked {
  readonly ok: boolean;
  /** What it said, on either output. */
  readonly said: string;
}

/** Runs `promtool`, which finds fault with files by its exit code. */
export async function promtool(...args: readonly string[]): Promise<Checked> {
  try {
    const { stdout, stderr } = await promisify(execFile)('promtool', args);
    return { ok: true, said: stdout + stderr };
  } catch (error) {
    const { stdout = '', stderr = '', message } = error as Failed;
    return { ok: false, said: stdout + stderr || message };
  }
}

type Failed = Error & { readonly stdout?: string; readonly stderr?: string };
