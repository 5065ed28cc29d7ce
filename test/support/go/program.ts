import { join } from 'node:path';
import { build } from './build.ts';
import { isExecutable, onPath } from './cache.ts';
import { exclusively } from './exclusively.ts';
import type { GoModule } from './module.ts';

/** A program that is built from source on the machine where it is needed, and kept. */
export interface GoProgram {
  readonly name: string;
  /** What is built, as Go names it. */
  readonly package: string;
  readonly module: GoModule;
  /** Where built programs are kept. */
  readonly cache: string;
}

export function pathOf({ name, module, cache }: GoProgram): string {
  return join(cache, module.key, name);
}

/** It is there, or can be built. */
export function canHave(program: GoProgram): boolean {
  return isExecutable(pathOf(program)) || onPath('go') !== undefined;
}

/**
 * Its path. Built now if it isn't there, by one process of this machine at a time. Says on `say` what a person waits for.
 * @throws Error when it isn't there and can't be built
 */
export async function have(program: GoProgram, say: (line: string) => void): Promise<string> {
  const path = pathOf(program);
  if (isExecutable(path)) return path;
  const go = onPath('go');
  if (go === undefined) {
    throw new Error(`there is no Go on the PATH to build ${program.name} with, as ${path}`);
  }
  const onWait = (pid: number) => say(`process ${pid} is building ${program.name}, waiting for it`);
  return exclusively(`${path}.lock`, onWait, async () => {
    if (!isExecutable(path)) await build(program, go, path, say);
    return path;
  });
}
