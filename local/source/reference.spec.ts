import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { type Field, metadataSchema, parseTopicCluster, specSchema } from '../../operator/index.ts';

const pathOf = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const head = ['| field | value | default | what |', '| --- | --- | --- | --- |'];

/** One row for each field that holds a value, by path. */
function rowsOf(field: Field, path: string): string[] {
  switch (field.type) {
    case 'object':
      return Object.entries(field.fields).flatMap(([name, child]) =>
        rowsOf(child, `${path}.${name}`),
      );
    case 'list':
      return [
        row(path, `list, at most ${field.itemsMax}`, 'none', field.description),
        ...rowsOf(field.items, `${path}[]`),
      ];
    case 'integer':
      return [
        row(path, `${field.min} to ${field.max}`, defaultOf(field.default), field.description),
      ];
    case 'boolean':
      return [row(path, '`true` or `false`', defaultOf(field.default), field.description)];
    case 'quantity':
      return [row(path, `an amount, ${field.min} to ${field.max}`, '', field.description)];
    case 'map':
      return [row(path, `names to values, at most ${field.entriesMax}`, 'none', field.description)];
    case 'text':
      return [row(path, textValue(field), defaultOf(field.default), field.description)];
  }
}

function textValue(field: Extract<Field, { type: 'text' }>): string {
  const parts = [
    field.values?.map((value) => `\`${value}\``).join(' or ') ?? field.pattern?.meaning ?? 'text',
    ...(field.lengthMax === undefined ? [] : [`at most ${field.lengthMax} characters`]),
    ...(field.required ? ['required'] : []),
  ];
  return parts.join('; ');
}

function defaultOf(value: string | number | boolean | undefined): string {
  return value === undefined ? '' : `\`${value}\``;
}

function row(path: string, value: string, byDefault: string, what: string): string {
  return `| \`${path}\` | ${value} | ${byDefault} | ${what} |`;
}

/** The text with its table of fields as the schema has it. */
function withTable(text: string): string {
  const rows = [...rowsOf(metadataSchema, 'metadata'), ...rowsOf(specSchema, 'spec')];
  const table = [...head, ...rows].join('\n');
  return text.replace(
    /(<!-- fields -->\n)[^]*(<!-- \/fields -->)/,
    (_all, begin: string, end: string) => `${begin}\n${table}\n\n${end}`,
  );
}

// Rewritten by: npx vitest run --project unit local/source -u
test('docs/topiccluster.md has every field, range and default of the schema', async () => {
  const path = pathOf('docs/topiccluster.md');
  const text = readFileSync(path, 'utf8');
  expect(text).toMatch(/<!-- fields -->\n[^]*<!-- \/fields -->/);
  await expect(withTable(text)).toMatchFileSnapshot(path);
});

test.each(['topiccluster', 'scaling'])('examples/%s.yaml is a TopicCluster', (name) => {
  const path = pathOf(`examples/${name}.yaml`);
  expect(parseTopicCluster(readFileSync(path, 'utf8'), path)).toMatchObject({ ok: true });
});
