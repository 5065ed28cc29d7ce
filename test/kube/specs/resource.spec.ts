import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseTopicCluster } from '../../../operator/index.ts';
import { repository } from '../../support/command.ts';
import { createNamespace, type Namespace, Shell, sharedPlane } from '../index.ts';
import { badResources, textOf } from './bad-resources.ts';

const crdFile = join(repository, 'crds/topicplane.dev_topicclusters.yaml');
const crdPath = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

let shell: Shell;
let namespace: Namespace;

beforeAll(async () => {
  const plane = sharedPlane();
  shell = await Shell.open(plane.kubeconfig());
  const { code, stderr } = await shell.kubectl(['apply', '--server-side', '-f', crdFile]);
  expect([code, stderr]).toEqual([0, '']);
  await shell.kubectl(['wait', '--for=condition=Established', '-f', crdFile, '--timeout=30s']);
  namespace = await createNamespace(plane.api(), 'resource');
});

afterAll(async () => {
  shell?.close();
  await namespace?.remove();
});

const apply = (text: string, ...more: string[]) =>
  shell.kubectl(['apply', '-n', namespace.name, '-f', '-', ...more], text);

describe('an API server', () => {
  it('serves the schema as it stands in the file, with every rule', async () => {
    const path = `${crdPath}/topicclusters.topicplane.dev`;
    const served = await sharedPlane().api().find<{ spec: { versions: unknown } }>(path);
    const file = parse(readFileSync(crdFile, 'utf8')) as { spec: { versions: unknown } };
    expect(served?.spec.versions).toEqual(file.spec.versions);
  });

  it('fills in the defaults that a file gets', async () => {
    const text = textOf({ what: '', says: '', name: 'defaults', spec: {} });
    const { stdout } = await apply(text, '--dry-run=server', '-o', 'json');
    const { spec } = JSON.parse(stdout) as { spec: unknown };
    const parsed = parseTopicCluster(text, 'file');
    expect(parsed.ok && parsed.cluster.spec).toMatchObject(spec as object);
  });

  it('takes the example, and shows it in columns', async () => {
    const example = readFileSync(join(repository, 'examples/topiccluster.yaml'), 'utf8');
    expect((await apply(example)).stderr).toBe('');
    const { stdout } = await shell.kubectl(['get', 'tc', '-n', namespace.name]);
    expect(stdout.split('\n')[0]?.split(/ +/)).toEqual(
      'NAME AVAILABLE ROUTERS STORAGE EPOCH STATUS AGE'.split(' '),
    );
    await shell.kubectl(['delete', 'tc', '--all', '-n', namespace.name]);
  });
});

describe('a file', () => {
  it.each(badResources.map((resource) => [resource.what, resource] as const))(
    'is refused for %s',
    (_, resource) => {
      const parsed = parseTopicCluster(textOf(resource), 'cluster.yaml');
      expect(parsed.ok ? [] : parsed.problems.join('\n')).toContain(
        resource.fileSays ?? resource.says,
      );
    },
  );
});
