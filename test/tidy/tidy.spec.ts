import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repository } from '../support/command.ts';
import { quoted, repositoryFiles, tableRows, text } from './tree.ts';

const linesMax = 500;
const files = repositoryFiles();
const code = files.filter((path) => path.endsWith('.ts') && !path.startsWith('proto/gen/'));
const parts = ['router', 'storage', 'operator'];
/** Words that others use for what docs/vocabulary.md names otherwise, and ours. */
const notOurs: Readonly<Record<string, string>> = {
  broker: 'router or storage node',
  shard: 'topic, by its owner',
  partition: 'topic, by its owner',
  seqno: 'sequence',
  seq: 'sequence',
  mailbox: 'outbox',
  rebalancing: 'migration',
  failover: 'loss of an owner',
};

describe('the tree', () => {
  it(`has no file of more than ${linesMax} lines`, () => {
    const long = code.filter((path) => text(path).split('\n').length > linesMax);
    expect(long).toEqual([]);
  });

  it('has no folder whose name says nothing', () => {
    const folders = new Set(code.flatMap((path) => dirname(path).split('/')));
    for (const name of ['common', 'utils', 'util', 'helpers', 'misc', 'lib', 'shared']) {
      expect(folders).not.toContain(name);
    }
  });

  it('enters the folders of another part by their index', () => {
    const wrong = imports().filter(({ from, to }) => {
      const part = to.split('/')[0] ?? '';
      if (from.startsWith(`${part}/`) || from.startsWith('test/') || !to.includes('/'))
        return false;
      return !['proto', 'topology', 'runtime', ...parts, 'local'].includes(part)
        ? false
        : !isEntrance(to);
    });
    expect(wrong).toEqual([]);
  });

  it('has parts that do not know each other', () => {
    const wrong = imports().filter(({ from, to }) => {
      const [here, there] = [from.split('/')[0] ?? '', to.split('/')[0] ?? ''];
      return parts.includes(here) && parts.includes(there) && here !== there;
    });
    expect(wrong).toEqual([]);
  });
});

describe('the documents', () => {
  it('ARCHITECTURE.md ends in a table whose paths exist', () => {
    const rows = tableRows(text('ARCHITECTURE.md'));
    const paths = rows.flatMap((cells) => quoted(cells.at(-1) ?? ''));
    expect(paths.length).toBeGreaterThan(10);
    expect(paths.filter((path) => !existsSync(join(repository, path)))).toEqual([]);
  });

  it('docs/dependencies.md gives a reason for every dependency, and for nothing else', () => {
    const manifest = JSON.parse(text('package.json')) as Record<string, Record<string, string>>;
    const rows = tableRows(text('docs/dependencies.md'));
    const named = rows.flatMap(([packages]) => quoted(packages ?? ''));
    expect(rows.filter(([, reason]) => (reason ?? '').length < 5)).toEqual([]);
    const used = [
      ...Object.keys(manifest['dependencies'] ?? {}),
      ...Object.keys(manifest['devDependencies'] ?? {}),
    ];
    expect(named.toSorted()).toEqual(used.toSorted());
  });

  it('the decision records are numbered without a gap and listed with their status', () => {
    const records = files
      .filter((path) => /^docs\/adr\/\d{4}-[a-z0-9-]+\.md$/.test(path))
      .toSorted();
    expect(records.length).toBeGreaterThan(0);
    expect(records.map((path) => Number(basename(path).slice(0, 4)))).toEqual(
      records.map((_, at) => at + 1),
    );
    const index = text('docs/adr/README.md');
    for (const record of records) expect(index).toContain(basename(record));
  });

  it('links between documents lead somewhere', () => {
    const dead = files
      .filter((path) => path.endsWith('.md'))
      .flatMap((path) =>
        [...text(path).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)[^)]*\)/g)]
          .map(([, target]) => join(dirname(path), target ?? ''))
          .filter((target) => !existsSync(join(repository, target)))
          .map((target) => `${path}: ${target}`),
      );
    expect(dead).toEqual([]);
  });
});

describe('the vocabulary', () => {
  it('says each word once', () => {
    const said = tableRows(text('docs/vocabulary.md')).flatMap(([names]) =>
      (names ?? '').split(', '),
    );
    expect(said.length).toBeGreaterThan(20);
    expect(said).toEqual([...new Set(said)]);
  });

  it('has no second word for a thing in code', () => {
    const wrong = code
      .filter((path) => !path.startsWith('test/tidy/'))
      .flatMap((path) =>
        [...text(path).matchAll(/(?:class|interface|type|function|const|let) (\w+)/g)]
          .map(([, name]) => name ?? '')
          .filter((name) => words(name).some((word) => word in notOurs))
          .map((name) => `${path}: ${name}`),
      );
    expect(wrong).toEqual([]);
  });
});

/** `outboxBytesMax` is outbox, bytes, max. */
function words(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[ _]/);
}

function imports(): { from: string; to: string }[] {
  return code.flatMap((from) =>
    [...text(from).matchAll(/from '(\.{1,2}\/[^']+)'/g)].map(([, target]) => ({
      from,
      to: join(dirname(from), target ?? ''),
    })),
  );
}

/** A part's own doors: its index, or a main that a process starts with. */
function isEntrance(path: string): boolean {
  return /^([a-z]+|operator\/kubernetes|proto\/wire)\/(index|main|service|store)\.ts$/.test(path);
}
