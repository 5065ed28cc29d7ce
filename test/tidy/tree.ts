import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '../support/command.ts';

/** What is made from the sources, wherever it lies. */
const made = ['node_modules', 'dist', 'coverage'];

/** Paths of all files of the repository. Folders whose names begin with a dot hold nothing to judge. */
export function repositoryFiles(folder = ''): string[] {
  return readdirSync(join(repository, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isFile()) return [path];
    const isOurs = entry.isDirectory() && !entry.name.startsWith('.') && !made.includes(entry.name);
    return isOurs ? repositoryFiles(path) : [];
  });
}

export function text(path: string): string {
  return readFileSync(join(repository, path), 'utf8');
}

/** The cells of every table row of a Markdown text, headings and rulers left out. */
export function tableRows(markdown: string): string[][] {
  const rows = markdown.split('\n').filter((line) => line.startsWith('|'));
  return rows
    .filter((line, at) => !isRuler(line) && !isRuler(rows[at + 1] ?? ''))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

/** What stands in backticks. */
export function quoted(markdown: string): string[] {
  return [...markdown.matchAll(/`([^`\n]+)`/g)].flatMap(([, inside]) => inside ?? []);
}

function isRuler(line: string): boolean {
  return /^[|\s:-]+$/.test(line) && line.includes('-');
}
