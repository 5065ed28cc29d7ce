import { quoted, tableRows, text } from '../tidy/tree.ts';

/** What Prometheus makes of a histogram. */
const histogramSeries = /_(?:bucket|sum|count)$/;

/** Metrics of Topicplane that a query asks for, as processes name them. */
export function metricsIn(query: string): string[] {
  return [...query.matchAll(/\btopicplane_\w+/g)].map(([name]) =>
    name.replace(histogramSeries, ''),
  );
}

/** Metrics that docs/metrics.md has a row for. */
export function documentedMetrics(): ReadonlySet<string> {
  return new Set(tableRows(text('docs/metrics.md')).flatMap(([name = '']) => quoted(name)));
}
