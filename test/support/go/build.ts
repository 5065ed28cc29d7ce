import { spawn } from 'node:child_process';
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { availableParallelism, setPriority } from 'node:os';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import type { GoProgram } from './program.ts';

const progressMs = 10_000;
const wordsMax = 20;
const nicest = 19;

/**
 * Builds a program at `path` with the Go at `go`. Takes minutes the first time, so it says how far it is. A core is
 * left to others, and so is the processor when they want it.
 * @throws Error with the compiler's words.
 */
export async function build(
  program: GoProgram,
  go: string,
  path: string,
  say: (line: string) => void,
): Promise<void> {
  const { name } = program;
  const { folder, flags } = program.module;
  const unfinished = `${path}.${process.pid}.unfinished`;
  mkdirSync(dirname(path), { recursive: true });
  const parallel = Math.max(1, availableParallelism() - 1);
  const args = ['build', '-v', '-mod=readonly', `-p=${parallel}`, ...flags, '-o', unfinished];
  const startMs = performance.now();
  say(`building ${name} with ${go}, once; the first time this takes some minutes`);
  try {
    await run(go, [...args, program.package], folder, (compiled) =>
      say(`building ${name}: ${compiled} packages compiled, ${seconds(startMs)} s`),
    );
    renameSync(unfinished, path);
  } finally {
    rmSync(unfinished, { force: true });
  }
  say(`built ${name} in ${seconds(startMs)} s: ${path}`);
}

function run(
  go: string,
  args: readonly string[],
  folder: string,
  onProgress: (compiled: number) => void,
): Promise<void> {
  const env = { ...process.env, CGO_ENABLED: '0', GOWORK: 'off' };
  const child = spawn(go, args, { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] });
  if (child.pid !== undefined) setPriority(child.pid, nicest);
  const words: string[] = [];
  let compiled = 0;
  createInterface({ input: child.stderr }).on('line', (line) => {
    // With -v, a line is the name of a package that was compiled, or what went wrong.
    if (!/\s/.test(line)) compiled++;
    words.push(line);
    if (words.length > wordsMax) words.shift();
  });
  const timer = setInterval(() => onProgress(compiled), progressMs);
  return new Promise<void>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) resolve();
      else {
        const how = signal ?? `exit code ${code}`;
        reject(new Error(`go ${args.join(' ')} in ${folder}: ${how}\n${words.join('\n')}`));
      }
    });
  }).finally(() => clearInterval(timer));
}

function seconds(sinceMs: number): string {
  return ((performance.now() - sinceMs) / 1000).toFixed(0);
}
