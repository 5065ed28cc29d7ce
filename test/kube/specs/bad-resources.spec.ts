import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createNamespace, kubeconfig, type Namespace, Shell, sharedPlane } from '../index.ts';
import { applyCrd } from '../scene/index.ts';
import { badResources, textOf } from './bad-resources.ts';

let namespace: Namespace;
let shell: Shell;

beforeAll(async () => {
  const plane = sharedPlane();
  namespace = await createNamespace(plane.api(), 'bad');
  shell = await Shell.open(kubeconfig(plane.access(), namespace.name));
  await applyCrd(shell, plane.api());
});

afterAll(async () => {
  await namespace?.remove();
  shell?.close();
});

const apply = (text: string) => shell.kubectl(['apply', '-f', '-'], text);
const names = async () =>
  (await shell.kubectl(['get', 'tc', '-o', 'jsonpath={.items[*].metadata.name}'])).stdout;

describe('kubectl apply, for an API server without an operator', () => {
  it('has enough cases', () => {
    expect(badResources.length).toBeGreaterThanOrEqual(15);
  });

  it.each(badResources.map((bad) => [bad.what, bad] as const))('refuses %s', async (_, bad) => {
    const { code, stdout, stderr } = await apply(textOf(bad));
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(bad.says);
    // Words for people: no more than one line, or a short list.
    expect(stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(6);
  });

  it('has made none of them', async () => {
    expect(await names()).toBe('');
  });

  it('takes one that says nothing, and fills in the defaults', async () => {
    expect(await apply(textOf({ what: '', spec: {}, says: '' }))).toMatchObject({ code: 0 });
    const path = namespace.path('topicclusters/demo', 'topicplane.dev/v1alpha1');
    const { spec } = await sharedPlane().api().get<{ spec: object }>(path);
    expect(spec).toMatchObject({ router: { replicas: 2 }, storage: { replicas: 2 } });
  });

  it('refuses an edit that makes no sense, and keeps the one before', async () => {
    const edit = (json: string) =>
      shell.kubectl(['patch', 'tc', 'demo', '--type=merge', '--patch', json]);
    expect(await edit('{"spec":{"storage":{"replicas":0}}}')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('should be greater than or equal to 1'),
    });
    expect(await edit('{"spec":{"limits":{"messageBytes":2097152}}}')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('must be at least limits.messageBytes'),
    });
    const { stdout } = await shell.kubectl([
      'get',
      'tc',
      'demo',
      '-o',
      'jsonpath={.metadata.generation}',
    ]);
    expect(stdout).toBe('1');
  });
});
