import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '../support/command.ts';

/** Paths of all files that belong to the repository, tracked or about to be. */
export function repositoryFiles(): string[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: repository,
    encoding: 'utf8',
  });
  return listed.split('\n').filter((path) => path !== '' && existsSync(join(repository, path)));
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
