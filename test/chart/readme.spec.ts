import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { Shell } from '../kube/shell.ts';
import { repository } from '../support/command.ts';
import { quoted, tableRows } from '../tidy/tree.ts';

const chart = join(repository, 'charts/topicplane');
const read = (name: string): string => readFileSync(join(chart, name), 'utf8');
const readme = read('README.md');

/** The rows between `<!-- name -->` and `<!-- /name -->`. */
function rowsOf(name: string): string[][] {
  const [, rest = ''] = readme.split(`<!-- ${name} -->`);
  return tableRows(rest.split(`<!-- /${name} -->`)[0] ?? '');
}

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
}

/** Paths of everything that the schema lets anybody set; what is below is free. */
function settable(schema: Schema, path: readonly string[] = []): string[] {
  const { properties } = schema;
  if (!properties) return [path.join('.')];
  return Object.entries(properties).flatMap(([name, inner]) => settable(inner, [...path, name]));
}

function at(values: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce((value, name) => (value as Record<string, unknown> | undefined)?.[name], values);
}

describe('the values in the README of the chart', () => {
  const rows = rowsOf('values').map(([name = '', usual = '', what = '']) => {
    return { path: quoted(name).join(), usual: quoted(usual).join(), what };
  });

  it('are those that the schema allows, each once', () => {
    const schema = JSON.parse(read('values.schema.json')) as Schema;
    // Helm's own, for charts that have others in them.
    const allowed = settable(schema).filter((path) => path !== 'global');
    expect(rows.map(({ path }) => path).toSorted()).toEqual(allowed.toSorted());
  });

  it('have the defaults of values.yaml', () => {
    const values: unknown = parse(read('values.yaml'));
    const defaults = rows.map(({ path }) => [path, JSON.stringify(at(values, path)) ?? '']);
    expect(rows.map(({ path, usual }) => [path, usual])).toEqual(defaults);
  });

  it('are told what they do', () => {
    expect(rows.filter(({ what }) => what.length < 10)).toEqual([]);
  });

  it('are all that values.yaml has', () => {
    const leaves = (value: unknown, path: string): string[] => {
      if (rows.some((row) => row.path === path)) return [];
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return [path];
      return Object.entries(value).flatMap(([name, inner]) => {
        return leaves(inner, path === '' ? name : `${path}.${name}`);
      });
    };
    expect(leaves(parse(read('values.yaml')), '')).toEqual([]);
  });
});

describe('the rights in the README of the chart', () => {
  let shell: Shell;
  beforeAll(async () => {
    shell = await Shell.open('');
  }, 120_000);
  afterAll(() => shell?.close());

  it('are those of the roles', async () => {
    const { stdout } = await shell.helm(['template', 'tp', chart, '--namespace', 'platform']);
    const rules = parseAllDocuments(stdout).flatMap((document) => {
      const object = document.toJS() as { kind: string; rules?: readonly Rule[] } | null;
      return object?.kind === 'Role' ? (object.rules ?? []) : [];
    });
    const told = rowsOf('rights').map(([resource = '', verbs = '']) => {
      return `${resource.replaceAll('`', '')}: ${quoted(verbs).join(' ')}`;
    });
    expect(told).toEqual(rules.flatMap(shown));
  });
});

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** As kubectl writes it: resource, group, subresource. */
function shown({ apiGroups, resources, verbs, resourceNames }: Rule): string[] {
  return apiGroups.flatMap((group) =>
    resources.map((resource) => {
      const [plural = '', subresource] = resource.split('/');
      const whole = group === '' ? plural : `${plural}.${group}`;
      const below = subresource === undefined ? '' : `/${subresource}`;
      const only = resourceNames ? ' of its name' : '';
      return `${whole}${below}${only}: ${verbs.join(' ')}`;
    }),
  );
}
