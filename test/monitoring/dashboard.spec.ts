import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { prometheusIsThere, promtool } from '../support/prometheus-programs.ts';
import { text } from '../tidy/tree.ts';
import { documentedMetrics, metricsIn } from './metric-names.ts';

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: unknown;
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly targets?: readonly { readonly expr: string; readonly datasource: unknown }[];
}

interface Dashboard {
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string }[] };
}

const dashboard = JSON.parse(text('charts/topicplane/files/dashboard.json')) as Dashboard;
const { panels, templating } = dashboard;
const graphs = panels.filter(({ type }) => type !== 'row');
const queries = graphs.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

/** A query as Grafana sends it. */
function sent(query: string): string {
  return query.replaceAll('$__rate_interval', '1m').replaceAll('$topic_cluster', 'team-a/demo');
}

describe('the dashboard', () => {
  it('has a row for each thing to look at', () => {
    const rows = panels.filter(({ type }) => type === 'row').map(({ title }) => title);
    expect(rows).toEqual(['Overview', 'Latency', 'Capacity', 'Scaling', 'Storage', 'Operator']);
  });

  it('says what each panel shows, and asks the data source that was chosen', () => {
    const chosen = { type: 'prometheus', uid: '${datasource}' };
    for (const { title, description = '', datasource, targets = [] } of graphs) {
      expect(description.length, title).toBeGreaterThan(5);
      expect([datasource, ...targets.map((target) => target.datasource)], title).toEqual(
        [chosen, ...targets].map(() => chosen),
      );
      expect(targets.length, title).toBeGreaterThan(0);
    }
  });

  it('uses the variables that it has, and no others', () => {
    const used = queries.flatMap((query) =>
      [...query.matchAll(/\$\{?(\w+)/g)].map(([, name = '']) => name),
    );
    const own = new Set(used.filter((name) => !name.startsWith('__')));
    expect([...own]).toEqual(['topic_cluster']);
    expect(templating.list.map(({ name }) => name)).toEqual(['datasource', 'topic_cluster']);
  });

  it('has panels that do not overlap, each with a number of its own', () => {
    const ids = panels.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)]);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, at) => `${x + (at % w)},${y + Math.floor(at / w)}`),
    );
    expect(cells.length).toBe(new Set(cells).size);
    expect(panels.filter(({ gridPos: { x, w } }) => x + w > 24)).toEqual([]);
  });

  it('asks for metrics that docs/metrics.md has', () => {
    const asked = new Set(queries.flatMap(metricsIn));
    expect([...asked].filter((name) => !documentedMetrics().has(name))).toEqual([]);
  });

  it.runIf(prometheusIsThere())('has queries that Prometheus understands', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'topicplane-dashboard-'));
    try {
      const file = join(folder, 'rules.yaml');
      const rules = queries.map((query, at) => ({ record: `query:${at}`, expr: sent(query) }));
      writeFileSync(file, stringify({ groups: [{ name: 'dashboard', rules }] }));
      const { ok, said } = await promtool('check', 'rules', file);
      expect(ok, said).toBe(true);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
