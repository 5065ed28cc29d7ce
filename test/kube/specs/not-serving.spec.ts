import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '../../support/until.ts';
import { OperatorProcess, Scene } from '../scene/index.ts';

const withinMs = 60_000;
/** Several attempts of an operator that tries what it should not do. */
const temptationMs = 3_000;

let scene: Scene;
let operator: OperatorProcess;

beforeAll(async () => {
  scene = await Scene.open('not-serving');
});

afterAll(async () => {
  await operator?.stop();
  await scene?.close();
});

async function readiness(): Promise<string> {
  return (await fetch(`http://${operator.admin}/readyz`)).text();
}

const problems = () => operator.log.filter(({ level }) => level >= 40);
const isSaid = (words: string) => operator.log.some(({ msg }) => msg === words);

it('an operator whose Lease has no namespace says so and is not ready until there is one', async () => {
  const name = `${scene.namespace.name}-absent`;
  const flags = ['--admin-address', '-', '-n', name, '--lease-namespace', name];
  operator = await OperatorProcess.start(
    'lost',
    ['operator', ...flags],
    scene.shell.kubeconfigFile,
  );
  const words = `namespace ${name} does not exist: create it, or give another with --lease-namespace`;
  await until('it is not ready', withinMs, async () => (await readiness()).includes(words));
  expect(problems().map(({ msg }) => msg)).toEqual([expect.stringContaining(words)]);
  const made = await scene.shell.kubectl(['create', 'namespace', name]);
  expect(made).toMatchObject({ code: 0 });
  await until('it leads', withinMs, () => operator.isLeading());
  expect(await readiness()).toBe('ready\n');
  await operator.stop();
  await scene.shell.kubectl(['delete', 'namespace', name, '--wait=false']);
});

it('one that may not read says in one line what it may not, and leads when it may', async () => {
  const path = scene.namespace.path('rolebindings', 'rbac.authorization.k8s.io/v1');
  interface Binding {
    readonly metadata: { readonly name: string };
    readonly roleRef: { readonly name: string };
  }
  const { items } = await scene.api.get<{ readonly items: readonly Binding[] }>(path);
  const binding = items.find(({ roleRef }) => !/elect/.test(roleRef.name));
  if (!binding) throw new Error('the chart binds no Role');
  await scene.api.delete(`${path}/${binding.metadata.name}`);
  operator = await scene.operator('unbound');
  await until('it says so', withinMs, () => {
    return isSaid('does not lead before it can read what it has to');
  });
  await delay(temptationMs);
  const errors = problems().filter(({ level }) => level >= 50);
  expect(errors.map(({ rights }) => rights)).toEqual([
    [
      'list topicclusters',
      'list statefulsets',
      'list pods',
      'list services',
      'list configmaps',
      'list serviceaccounts',
      'list poddisruptionbudgets',
    ],
  ]);
  expect(isSaid('all objects that may be read are known')).toBe(false);
  expect(await operator.leader()).toEqual({});
  expect(await readiness()).toContain('does not allow to list topicclusters, list statefulsets');
  await scene.api.create(path, {
    ...binding,
    metadata: { name: binding.metadata.name },
  });
  await until('it leads', withinMs, () => operator.isLeading());
});
