import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { metricsIn } from '../monitoring/metric-names.ts';
import { Cluster } from '../support/cluster.ts';
import { type Sample, TestPrometheus } from '../support/prometheus.ts';
import { prometheusIsThere } from '../support/prometheus-programs.ts';
import { until } from '../support/until.ts';
import { text } from '../tidy/tree.ts';

const scrapedWithinMs = 60_000;
const ofProcess = ['cpu', 'event-loop', 'event-loop-delay', 'memory'];
const dimensions = {
  router: ['connections', 'egress', 'messages', 'streams', ...ofProcess],
  storage: ['egress', 'messages', 'topics', ...ofProcess],
};

describe.runIf(prometheusIsThere())('a real Prometheus that scrapes real members', () => {
  let cluster: Cluster;
  let prometheus: TestPrometheus;
  beforeAll(async () => {
    cluster = await Cluster.start({ routers: 2, storage: 2 });
    const members = await cluster.members();
    prometheus = await TestPrometheus.start(
      members.map(({ name, addresses }) => ({ name, address: addresses['admin'] ?? '' })),
    );
    await until('every member was scraped', scrapedWithinMs, async () => {
      return (await prometheus.query('up == 1')).length === members.length;
    });
  });
  afterAll(async () => {
    await prometheus?.stop();
    await cluster?.stop();
  });

  it('has of every member what it uses of each dimension, with the labels by which it is found', async () => {
    const asked = 'topicplane_capacity_ratio{topic_cluster="default/e2e"}';
    const found = await prometheus.query(asked);
    const wanted = (await cluster.members()).flatMap(({ name, role }) =>
      dimensions[role].map((dimension) => `${role} ${name} ${dimension}`),
    );
    expect(found.map(whose).toSorted()).toEqual(wanted.toSorted());
    for (const sample of found) {
      expect(sample.value, whose(sample)).toBeGreaterThanOrEqual(0);
      expect(sample.value, whose(sample)).toBeLessThan(100);
      expect(sample.labels, 'nothing was renamed').not.toHaveProperty('exported_name');
    }
  });

  it('sees no reason for an alert that is about serving in a cluster that serves', async () => {
    const { groups } = parse(text('charts/topicplane/files/alerts.yaml')) as Rules;
    const about = ['topicplane-serving', 'topicplane-changes'];
    const rules = groups.filter(({ name }) => about.includes(name)).flatMap((group) => group.rules);
    expect(rules.length).toBeGreaterThan(6);
    for (const { alert, expr } of rules) {
      await until(`no reason for ${alert}`, scrapedWithinMs, async () => {
        return (await prometheus.query(expr)).length === 0;
      });
    }
  });

  it('has every metric of members that the alerts and the dashboard ask for', async () => {
    const alerts: unknown = parse(text('charts/topicplane/files/alerts.yaml'));
    const dashboard = text('charts/topicplane/files/dashboard.json');
    const asked = new Set(metricsIn(JSON.stringify(alerts) + dashboard));
    const ofMembers = [...asked].filter((name) => !name.startsWith('topicplane_operator_'));
    expect(ofMembers.length).toBeGreaterThan(20);
    const known = await prometheus.query('count by (__name__) ({__name__=~"topicplane_.+"})');
    const names = new Set(known.flatMap(({ labels }) => metricsIn(labels['__name__'] ?? '')));
    expect(ofMembers.filter((name) => !names.has(name))).toEqual([]);
  });
});

interface Rules {
  readonly groups: readonly {
    readonly name: string;
    readonly rules: readonly { readonly alert: string; readonly expr: string }[];
  }[];
}

function whose({ labels }: Sample): string {
  return `${labels['role']} ${labels['name']} ${labels['dimension']}`;
}
