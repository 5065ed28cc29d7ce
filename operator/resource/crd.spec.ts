import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { topicClusterCrd } from './crd.ts';
import { resolve } from './defaults.ts';
import { crdChartTemplate, crdManifest, manifestPaths } from './manifest.ts';
import { specSchema } from './schema.ts';
import { isObject } from './value.ts';

/** Every schema of the definition, with its path. */
function* schemas(value: unknown, path: string): Iterable<[string, Record<string, unknown>]> {
  if (!isObject(value)) return;
  if ('description' in value && typeof value['description'] === 'string') yield [path, value];
  for (const [name, child] of Object.entries(
    isObject(value['properties']) ? value['properties'] : {},
  )) {
    yield* schemas(child, `${path}.${name}`);
  }
  yield* schemas(value['items'], `${path}[]`);
}

const crd = topicClusterCrd() as {
  spec: { versions: { schema: { openAPIV3Schema: Record<string, unknown> } }[] };
};
const root = crd.spec.versions[0]?.schema.openAPIV3Schema ?? {};
const properties = root['properties'] as Record<string, Record<string, unknown>>;
const { spec = {} } = properties;

describe('the CustomResourceDefinition', () => {
  it.each([
    [manifestPaths.crd, crdManifest()],
    [manifestPaths.chart, crdChartTemplate()],
  ])('%s is what the schema says; otherwise run `npm run generate`', (path, text) => {
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  it('fills in what the parser of files fills in', () => {
    expect(resolve(specSchema, spec['default'])).toEqual(resolve(specSchema, undefined));
    expect(resolve(specSchema, {})).toEqual(resolve(specSchema, undefined));
  });

  it('describes every field but the metadata', () => {
    const described = [...schemas(root, '')].map(([path]) => path);
    expect(described).toContain('.spec.router.tolerations[].operator');
    expect(described).toContain('.status.routers.members[].message');
    expect(described.length).toBeGreaterThan(60);
    expect(JSON.stringify(root)).not.toContain('"description":""');
  });

  it('tells the items of lists apart, so that two managers can each have theirs', () => {
    const { caches } = spec['properties'] as Record<string, unknown>;
    expect(caches).toMatchObject({
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
    });
  });

  it('has a message of its own for every rule', () => {
    const text = JSON.stringify(root);
    const rules = text.match(/"rule":/g) ?? [];
    const messages = text.match(/"message":"[^"]/g) ?? [];
    expect(rules.length).toBeGreaterThan(20);
    expect(messages.length).toBe(rules.length);
  });
});
