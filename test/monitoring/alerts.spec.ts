import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { prometheusIsThere, promtool } from '../support/prometheus-programs.ts';
import { repository } from '../support/repository.ts';
import { text } from '../tidy/tree.ts';
import { documentedMetrics, metricsIn } from './metric-names.ts';

const rulesFile = 'charts/topicplane/files/alerts.yaml';
const casesFile = 'test/monitoring/alerts.yaml';

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<'summary' | 'description' | 'runbook_url', string>>;
}

interface Rules {
  readonly groups: readonly { readonly rules: readonly Alert[] }[];
}

interface Cases {
  readonly tests: readonly {
    readonly promql_expr_test: readonly {
      readonly expr: string;
      readonly exp_samples: readonly unknown[];
    }[];
  }[];
}

const alerts = (parse(text(rulesFile)) as Rules).groups.flatMap(({ rules }) => rules);
const names = alerts.map(({ alert }) => alert);

describe.runIf(prometheusIsThere())('promtool', () => {
  it('finds no fault with the alerts', async () => {
    const { ok, said } = await promtool('check', 'rules', join(repository, rulesFile));
    expect(ok, said).toBe(true);
  });

  it('sees each of them fire when it should, and not when it should not', async () => {
    const { ok, said } = await promtool('test', 'rules', join(repository, casesFile));
    expect(ok, said).toBe(true);
  });
});

describe('the alerts', () => {
  it('each have a case in which they fire and one in which they do not', () => {
    const judged = (fires: boolean): string[] =>
      (parse(text(casesFile)) as Cases).tests.flatMap(({ promql_expr_test: looks }) =>
        looks
          .filter(({ exp_samples: samples }) => samples.length > 0 === fires)
          .map(({ expr }) => /alertname="(\w+)"/.exec(expr)?.[1] ?? ''),
      );
    expect(names.length).toBeGreaterThan(10);
    expect([...new Set(judged(true))]).toEqual(names);
    expect([...new Set(judged(false))]).toEqual(names);
  });

  it('each have an entry of their own in the runbooks, in the same order', () => {
    const runbooks = text('docs/runbooks.md');
    expect([...runbooks.matchAll(/^## (\w+)$/gm)].map(([, name]) => name)).toEqual(names);
    const [, ...entries] = runbooks.split(/^## /m);
    for (const entry of entries) {
      for (const part of ['**Means:**', '**Users', '**Look**', '**Do:**']) {
        expect(entry, entry.split('\n')[0]).toContain(part);
      }
      expect(entry, 'commands or queries to look with').toContain('```');
    }
  });

  it.each(alerts)('$alert says how bad it is, what it is and where to read on', (rule) => {
    const { alert, expr, labels, annotations } = rule;
    expect(['critical', 'warning']).toContain(labels['severity']);
    expect(annotations.runbook_url).toBe(`docs/runbooks.md#${alert.toLowerCase()}`);
    const said = `${annotations.summary} ${annotations.description}`;
    for (const [, label = ''] of said.matchAll(/\$labels\.(\w+)/g)) {
      expect(expr, `${label} is a label of what it is about`).toMatch(
        new RegExp(`by \\([^)]*\\b${label}\\b`),
      );
    }
  });

  it('ask for metrics that docs/metrics.md has', () => {
    const asked = new Set(alerts.flatMap(({ expr }) => metricsIn(expr)));
    expect([...asked].filter((name) => !documentedMetrics().has(name))).toEqual([]);
  });

  it('are linked from each other and from elsewhere by headings that are there', () => {
    const anchors = new Set(names.map((name) => name.toLowerCase()));
    const linked = [...text('docs/runbooks.md').matchAll(/\]\(#(\w+)\)/g)].map(([, to]) => to);
    expect(linked.filter((to) => !anchors.has(to ?? ''))).toEqual([]);
  });
});
