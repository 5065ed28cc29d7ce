import { parseAllDocuments } from 'yaml';
import { repository } from '../../support/command.ts';
import type { Resource } from '../api/index.ts';
import type { Shell } from '../shell.ts';

/** One thing that the chart allows the operator. */
export interface Grant {
  readonly group: string;
  readonly resource: string;
  readonly verb: string;
  /** Only of this name; undefined: of any. */
  readonly name: string | undefined;
}

/** The chart as it was installed: what was meant for the operator's pods goes to processes of the tests. */
export interface Release {
  readonly serviceAccount: string;
  /** Of the operator's container. */
  readonly args: readonly string[];
  readonly grants: readonly Grant[];
}

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

interface Rendered extends Resource {
  readonly rules?: readonly Rule[];
  readonly spec?: {
    readonly template: {
      readonly spec: {
        readonly serviceAccountName: string;
        readonly containers: readonly { readonly args: readonly string[] }[];
      };
    };
  };
}

const name = 'tp';

/**
 * Installs the chart with helm, with a Deployment of no pods: the operator's processes are started by the tests, with
 * the arguments and the rights that the chart gives them. The resource definition is not part of it: all share one.
 */
export async function installRelease(
  shell: Shell,
  namespace: string,
  values: Readonly<Record<string, unknown>>,
): Promise<Release> {
  const set = Object.entries({ replicas: 0, 'crds.enabled': false, ...values });
  const chart = `${repository}charts/topicplane`;
  // A plain `--set` takes a fraction for text.
  const flags = set.flatMap(([key, value]) => ['--set-json', `${key}=${JSON.stringify(value)}`]);
  await said(shell, ['install', name, chart, '-n', namespace, ...flags]);
  const manifest = await said(shell, ['get', 'manifest', name, '-n', namespace]);
  const objects = parseAllDocuments(manifest).flatMap((document) => {
    const object = document.toJS() as Rendered | null;
    return object ? [object] : [];
  });
  const pod = objects.find(({ kind }) => kind === 'Deployment')?.spec?.template.spec;
  if (!pod) throw new Error('the chart has no Deployment');
  return {
    serviceAccount: pod.serviceAccountName,
    args: pod.containers[0]?.args ?? [],
    grants: objects.flatMap(({ rules = [] }) => rules.flatMap(grantsOf)),
  };
}

function grantsOf({ apiGroups, resources, verbs, resourceNames }: Rule): Grant[] {
  return apiGroups.flatMap((group) =>
    resources.flatMap((resource) =>
      verbs.flatMap((verb) =>
        (resourceNames ?? [undefined]).map((only) => ({ group, resource, verb, name: only })),
      ),
    ),
  );
}

async function said(shell: Shell, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await shell.helm(args);
  if (code !== 0) throw new Error(`helm ${args.slice(0, 2).join(' ')}: ${stderr}`);
  return stdout;
}
