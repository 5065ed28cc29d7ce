import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { ports } from '../../operator/build/ports.ts';
import { components, objectLabels } from '../../operator/index.ts';
import { Shell } from '../kube/shell.ts';
import { repository } from '../support/command.ts';

const chart = join(repository, 'charts/topicplane');

interface Rendered {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly rules?: readonly Rule[];
  readonly spec?: unknown;
}

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

describe('the chart', () => {
  let shell: Shell;
  beforeAll(async () => {
    shell = await Shell.open('');
  }, 120_000);
  afterAll(() => shell.close());

  const set = (values: readonly string[]) => values.flatMap((value) => ['--set', value]);
  const template = (...values: string[]) =>
    shell.helm(['template', 'tp', chart, '--namespace', 'platform', ...set(values)]);
  const render = async (...values: string[]): Promise<readonly Rendered[]> => {
    const { code, stdout, stderr } = await template(...values);
    expect([code, stderr]).toEqual([0, '']);
    return parseAllDocuments(stdout).flatMap((document) => {
      const object = document.toJS() as Rendered | null;
      return object ? [object] : [];
    });
  };
  const named = (objects: readonly Rendered[]) =>
    objects.map(({ kind, metadata }) => {
      return `${kind} ${metadata.namespace === undefined ? '' : `${metadata.namespace}/`}${metadata.name}`;
    });
  const podOf = (objects: readonly Rendered[]) => {
    const deployment = objects.find(({ kind }) => kind === 'Deployment');
    const spec = deployment?.spec as { template: { spec: Record<string, unknown> } } | undefined;
    const pod = spec?.template.spec ?? {};
    const [container = {}] = (pod['containers'] ?? []) as Record<string, unknown>[];
    return { pod, container };
  };

  it('passes the linter', async () => {
    const { code, stdout } = await shell.helm(['lint', '--strict', chart]);
    expect([code, stdout]).toEqual([0, expect.stringContaining('0 chart(s) failed')]);
  });

  it('installs the operator for the namespace of the release', async () => {
    const objects = await render();
    expect(named(objects).toSorted()).toEqual([
      'CustomResourceDefinition topicclusters.topicplane.dev',
      'Deployment platform/tp-topicplane',
      'PodDisruptionBudget platform/tp-topicplane',
      'Role platform/tp-topicplane',
      'Role platform/tp-topicplane-election',
      'RoleBinding platform/tp-topicplane',
      'RoleBinding platform/tp-topicplane-election',
      'ServiceAccount platform/tp-topicplane',
    ]);
    const { container } = podOf(objects);
    expect(container['args']).toEqual([
      'operator',
      '--admin-address',
      '0.0.0.0:8083',
      '--namespace',
      'platform',
      '--image',
      'ghcr.io/topicplane/topicplane:0.1.0',
      '--leader-elect',
      '--lease-name',
      'tp-topicplane',
      '--lease-namespace',
      'platform',
      '--lease-duration',
      '15',
      '--renew-deadline',
      '10',
      '--retry-period',
      '2',
      '--log-level',
      'info',
    ]);
  });

  it('asks for what the operator uses, and for nothing else', async () => {
    const objects = await render();
    const granted = objects.flatMap(({ kind, metadata, rules = [] }) =>
      rules.flatMap(({ apiGroups, resources, verbs, resourceNames }) =>
        apiGroups.flatMap((group) =>
          resources.map((resource) => {
            const only = resourceNames ? ` ${resourceNames.join(',')}` : '';
            return `${kind} ${metadata.name}: ${group}/${resource}${only}: ${verbs.join(' ')}`;
          }),
        ),
      ),
    );
    expect(granted).toEqual([
      'Role tp-topicplane: topicplane.dev/topicclusters: list watch',
      'Role tp-topicplane: topicplane.dev/topicclusters/status: patch',
      'Role tp-topicplane: apps/statefulsets: get list watch create patch',
      'Role tp-topicplane: /services: get list watch create patch',
      'Role tp-topicplane: /configmaps: get list watch create patch',
      'Role tp-topicplane: /serviceaccounts: get list watch create patch',
      'Role tp-topicplane: policy/poddisruptionbudgets: get list watch create patch',
      'Role tp-topicplane: /pods: list watch delete',
      'Role tp-topicplane: events.k8s.io/events: create patch',
      'Role tp-topicplane-election: coordination.k8s.io/leases: create',
      'Role tp-topicplane-election: coordination.k8s.io/leases tp-topicplane: get update',
    ]);
  });

  it('lets it read the Secrets that are named, and no others', async () => {
    const secrets = {
      apiGroups: [''],
      resources: ['secrets'],
      resourceNames: ['prometheus', 'other'],
      verbs: ['get'],
    };
    const value = 'prometheus.secretNames={prometheus,other}';
    for (const objects of [
      await render(value),
      await render(value, 'namespaces={team-a,team-b}'),
      await render(value, 'clusterWide=true'),
    ]) {
      const roles = objects.filter(({ rules, metadata }) => {
        return rules && !metadata.name.endsWith('-election');
      });
      expect(roles.length).toBeGreaterThan(0);
      for (const { rules = [] } of roles) {
        expect(rules.filter(({ resources }) => resources.includes('secrets'))).toEqual([secrets]);
      }
    }
    expect(JSON.stringify(await render())).not.toContain('secrets');
  });

  it('has Prometheus scrape the operator and the members that it serves, when asked', async () => {
    const monitors = async (...values: string[]) => {
      const objects = await render('monitoring.podMonitor.enabled=true', ...values);
      return objects.filter(({ kind }) => kind === 'PodMonitor');
    };
    const [operator, members] = await monitors('monitoring.podMonitor.labels.release=prometheus');
    expect(operator).toMatchObject({
      metadata: { name: 'tp-topicplane', namespace: 'platform', labels: { release: 'prometheus' } },
      spec: {
        selector: { matchLabels: { 'app.kubernetes.io/name': 'topicplane-operator' } },
        podMetricsEndpoints: [{ port: 'admin', interval: '15s' }],
      },
    });
    expect(members).toMatchObject({
      metadata: { name: 'tp-topicplane-members', labels: { release: 'prometheus' } },
      spec: {
        namespaceSelector: { matchNames: ['platform'] },
        podMetricsEndpoints: [{ port: 'admin', interval: '15s' }],
      },
    });
    const spec = members?.spec as { selector: { matchLabels: Record<string, string> } } | undefined;
    const { matchLabels = {} } = spec?.selector ?? {};
    expect(Object.keys(matchLabels)).not.toEqual([]);
    for (const component of components) {
      expect(objectLabels('any', component)).toMatchObject(matchLabels);
      expect(ports[component].map(({ name }) => name)).toContain('admin');
    }
    expect((await monitors('namespaces={team-a,team-b}'))[1]?.spec).toMatchObject({
      namespaceSelector: { matchNames: ['team-a', 'team-b'] },
    });
    expect((await monitors('clusterWide=true'))[1]?.spec).toMatchObject({
      namespaceSelector: { any: true },
    });
    const [often] = await monitors('monitoring.podMonitor.interval=5s');
    expect(often?.spec).toMatchObject({ podMetricsEndpoints: [{ interval: '5s' }] });
  });

  it('has the alerts and the dashboard, when asked', async () => {
    const file = (name: string) => readFileSync(join(chart, 'files', name), 'utf8');
    const objects = await render(
      'monitoring.rules.enabled=true',
      'monitoring.rules.labels.release=prometheus',
      'monitoring.rules.runbooks=https://docs.example/runbooks',
      'monitoring.dashboard.enabled=true',
    );
    const rule = objects.find(({ kind }) => kind === 'PrometheusRule');
    expect(rule?.metadata.labels).toMatchObject({ release: 'prometheus' });
    const page = (text: string) =>
      text.replaceAll('docs/runbooks.md#', 'https://docs.example/runbooks#');
    expect(rule?.spec).toEqual(parse(page(file('alerts.yaml'))));
    expect(JSON.stringify(rule?.spec)).toContain('"https://docs.example/runbooks#topicplane');
    const dashboard = objects.find(({ kind }) => kind === 'ConfigMap');
    expect(dashboard).toMatchObject({
      metadata: { name: 'tp-topicplane-dashboard', labels: { grafana_dashboard: '1' } },
      data: { 'topicplane.json': file('dashboard.json') },
    });
  });

  it('does without the values that earlier releases had not, as an upgrade that keeps values', async () => {
    expect(await render('prometheus=null', 'monitoring=null')).toEqual(await render());
    const asked = ['monitoring.rules.enabled=true', 'monitoring.dashboard.enabled=true'];
    const unset = ['labels', 'runbooks'].map((name) => `monitoring.rules.${name}=null`);
    expect(await render(...asked, ...unset)).toEqual(await render(...asked));
    const bare = ['monitoring.podMonitor.labels=null', 'monitoring.podMonitor.interval=null'];
    const monitors = await render('monitoring.podMonitor.enabled=true', ...bare);
    expect(monitors).toEqual(await render('monitoring.podMonitor.enabled=true'));
  });

  it('serves other namespaces with a Role in each, and needs no ClusterRole', async () => {
    const objects = await render('namespaces={team-a,team-b}');
    expect(named(objects).filter((name) => name.includes('Role'))).toEqual(
      expect.arrayContaining([
        'Role team-a/tp-topicplane',
        'Role team-b/tp-topicplane',
        'RoleBinding team-a/tp-topicplane',
        'Role platform/tp-topicplane-election',
      ]),
    );
    expect(named(objects)).not.toContain('Role platform/tp-topicplane');
    expect(named(objects).join()).not.toContain('ClusterRole');
    expect(podOf(objects).container['args']).toEqual(
      expect.arrayContaining(['--namespace', 'team-a', 'team-b']),
    );
  });

  it('serves every namespace with a ClusterRole of the same rules', async () => {
    const [wide, narrow] = [await render('clusterWide=true'), await render()];
    const rulesOf = (objects: readonly Rendered[], kind: string) =>
      objects.find((it) => it.kind === kind && it.metadata.name === 'tp-topicplane')?.rules;
    expect(rulesOf(wide, 'ClusterRole')).toEqual(rulesOf(narrow, 'Role'));
    expect(rulesOf(wide, 'Role')).toBeUndefined();
    expect(podOf(wide).container['args']).toEqual(expect.arrayContaining(['--all-namespaces']));
  });

  it('runs the operator with as little as a pod can have', async () => {
    const { pod, container } = podOf(await render());
    expect(pod['securityContext']).toEqual({
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(container['securityContext']).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(container).toMatchObject({
      resources: { requests: { memory: '192Mi' } },
      readinessProbe: { httpGet: { path: '/readyz', port: 'admin' } },
      livenessProbe: { httpGet: { path: '/healthz', port: 'admin' } },
    });
  });

  it('carries the very CustomResourceDefinition of crds/, and keeps it', async () => {
    const ofChart = (await render()).find(({ kind }) => kind === 'CustomResourceDefinition');
    const path = join(repository, 'crds/topicplane.dev_topicclusters.yaml');
    const alone = parse(readFileSync(path, 'utf8')) as Rendered;
    expect(ofChart?.spec).toEqual(alone.spec);
    expect(ofChart?.metadata.name).toBe(alone.metadata.name);
    expect(ofChart?.metadata.annotations).toEqual({ 'helm.sh/resource-policy': 'keep' });
    const [unkept, without] = [await render('crds.keep=false'), await render('crds.enabled=false')];
    const found = unkept.find(({ kind }) => kind === 'CustomResourceDefinition');
    expect(found?.metadata.annotations).toBeUndefined();
    expect(named(without).join()).not.toContain('CustomResourceDefinition');
  });

  it('takes an image by digest', async () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    const { container } = podOf(await render(`image.digest=${digest}`, 'image.repository=r/t'));
    expect(container['image']).toBe(`r/t@${digest}`);
  });

  it('gives its pods further labels', async () => {
    const [deployment] = (await render('podLabels.team=a')).filter(
      (it) => it.kind === 'Deployment',
    );
    const spec = deployment?.spec as { template: Rendered; selector: { matchLabels: object } };
    expect(spec.template.metadata.labels).toMatchObject({
      team: 'a',
      ...spec.selector.matchLabels,
    });
  });

  it('does without each value that may be left out', async () => {
    const optional = [
      'podLabels',
      'podAnnotations',
      'resources',
      'namespaces',
      'memberImage',
      'affinity',
    ];
    const objects = await render(...optional.map((name) => `${name}=null`));
    expect(podOf(objects).container['args']).toEqual(expect.arrayContaining(['platform']));
  });

  it('keeps no budget for a single operator', async () => {
    expect(named(await render('replicas=1')).join()).not.toContain('PodDisruptionBudget');
  });

  it.each([
    ['a value that does not exist', 'replica=3', "'replica' not allowed"],
    ['one that does not exist inside', 'image.name=x', "'name' not allowed"],
    ['a number that is none', 'replicas=two', "at '/replicas': got string, want integer"],
    ['a pull policy that is none', 'image.pullPolicy=Sometimes', "at '/image/pullPolicy'"],
    ['a name that no object can have', 'fullnameOverride=Bad_Name', "at '/fullnameOverride'"],
    ['a part of a name that none can have', 'nameOverride=a b', "at '/nameOverride'"],
    ['an image with white space', 'memberImage=foo bar', "at '/memberImage'"],
    ['an account that can not be one', 'serviceAccount.name=A', "at '/serviceAccount/name'"],
    ['no election', 'leaderElection=null', "missing property 'leaderElection'"],
    ['half an election', 'leaderElection.retryPeriod=null', "missing property 'retryPeriod'"],
    ['a Secret that can not be one', 'prometheus.secretNames={A}', "at '/prometheus/secretNames"],
    ['every Secret', 'prometheus.secretNames={*}', "at '/prometheus/secretNames/0'"],
    ['an interval without a unit', 'monitoring.podMonitor.interval=15', 'got number, want string'],
    [
      "a label of a monitor that is the chart's",
      'monitoring.podMonitor.enabled=true,monitoring.podMonitor.labels.helm\\.sh/chart=x',
      'monitoring.podMonitor.labels: helm.sh/chart is a label of the chart itself',
    ],
    ['no image', 'image=null', "missing property 'image'"],
    ['a log level that the operator has not', 'logLevel=trace', "at '/logLevel'"],
    ['a fraction that --set takes for text', 'leaderElection.retryPeriod=0.5', 'got string'],
    [
      'a label that pods are selected by',
      'podLabels.app\\.kubernetes\\.io/name=x',
      'podLabels: app.kubernetes.io/name is a label of the chart itself',
    ],
    [
      'a leader that would outlive its Lease',
      'leaderElection.renewDeadline=15',
      'leaderElection: the renew deadline must be shorter than the lease duration',
    ],
    [
      'a leader that could not renew in time',
      'leaderElection.retryPeriod=9',
      'leaderElection: the retry period must be well below the renew deadline',
    ],
    ['a Lease that is over at once', 'leaderElection.leaseDuration=0.9', "at '/leaderElection"],
    ['two ways to say whom to serve', 'clusterWide=true,namespaces={a}', 'not both'],
  ])('refuses %s', async (_, value, says) => {
    const { code, stderr } = await template(value);
    expect([code, stderr]).toEqual([1, expect.stringContaining(says)]);
  });
});
