import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const programs = ['prometheus', 'promtool'];

/**
 * Whether specs can run a Prometheus. Says so when they can't.
 * @throws Error in CI, where nothing is left out.
 */
export function prometheusIsThere(): boolean {
  const missing = programs.filter((name) => !isOnPath(name));
  if (missing.length === 0) return true;
  const why = `${missing.join(' and ')} not on the PATH: apt-get install --no-install-recommends prometheus`;
  if (process.env['CI'] !== undefined) throw new Error(why);
  process.stderr.write(`\nspecs that need Prometheus are NOT RUN: ${why}\n\n`);
  return false;
}

function isOnPath(name: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
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
