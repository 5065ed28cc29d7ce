import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Plugin } from 'vitest/config';
import { type Edit, mutants } from './list.ts';

const MARK = '?mutant=';
/** Import nothing that any mutant changes: one copy is enough for all. */
const shared = ['proto/', 'runtime/'];

/**
 * Serves copies of the code in which one guard is missing: `run.ts?mutant=name` and everything it imports. What runs in
 * production has no switch for it.
 *
 * @param root of the repository
 */
export function mutantsPlugin(root: string): Plugin {
  return {
    name: 'mutants',
    enforce: 'pre',
    async resolveId(source, importer, options) {
      const [file, name] = split(source);
      const ofImporter = importer === undefined ? undefined : split(importer)[1];
      const mutant = name ?? ofImporter;
      if (mutant === undefined) return null;
      const from = importer && split(importer)[0];
      const resolved = await this.resolve(file, from, { ...options, skipSelf: true });
      if (!resolved || resolved.external || !isOurs(relative(root, resolved.id))) return resolved;
      return `${resolved.id}${MARK}${mutant}`;
    },
    async load(id) {
      const [file, name] = split(id);
      if (name === undefined) return null;
      const text = await readFile(file, 'utf8');
      const path = relative(root, file);
      const edits = mutants[name]?.edits.filter((edit) => edit.file === path) ?? [];
      return edits.reduce((code, edit) => applied(code, edit, name), text);
    },
  };
}

function split(id: string): readonly [string, string | undefined] {
  const at = id.indexOf(MARK);
  return at < 0 ? [id, undefined] : [id.slice(0, at), id.slice(at + MARK.length)];
}

function isOurs(path: string): boolean {
  if (path.startsWith('..') || path.includes('node_modules')) return false;
  return !shared.some((folder) => path.startsWith(folder));
}

/** Fails when the text isn't there exactly once: the guard was written anew, and so must the mutant be. */
function applied(code: string, { file, from, to }: Edit, name: string): string {
  const parts = code.split(from);
  if (parts.length !== 2) {
    throw new Error(`mutant "${name}": ${file} holds ${parts.length - 1} times, not once: ${from}`);
  }
  return parts.join(to);
}

/** Where the simulation with one guard missing is imported from. */
export function mutatedRun(name: string): string {
  return join(import.meta.dirname, `../run.ts${MARK}${name}`);
}
