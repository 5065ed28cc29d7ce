import type { Registry } from '../../runtime/index.ts';

interface Metric {
  readonly name: string;
  readonly type: string;
  readonly labels: readonly string[];
  readonly help: string;
}

/** What prom-client keeps of each metric. */
interface Registered {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly labelNames: readonly string[];
}

/** Rows of a table each, by the heading under which the document has it. */
export function tablesOf(processes: {
  readonly router: Registry;
  readonly storage: Registry;
  readonly operator: Registry;
}): ReadonlyMap<string, string> {
  const [router, storage, operator] = [processes.router, processes.storage, processes.operator].map(
    metricsOf,
  ) as [Metric[], Metric[], Metric[]];
  const names = (metrics: readonly Metric[]) => new Set(metrics.map(({ name }) => name));
  const inStorage = names(storage);
  const inOperator = names(operator);
  const inRouter = names(router);
  const isOfAll = ({ name }: Metric) => inStorage.has(name) && inOperator.has(name);
  const isOfMembers = ({ name }: Metric) => inStorage.has(name) && inRouter.has(name);
  return new Map([
    ['members', tableOf(router.filter((each) => isOfMembers(each) && !isOfAll(each)))],
    ['router', tableOf(router.filter((each) => !isOfMembers(each)))],
    ['storage', tableOf(storage.filter((each) => !isOfMembers(each)))],
    ['operator', tableOf(operator.filter(({ name }) => !inRouter.has(name)))],
    ['process', tableOf(router.filter(isOfAll))],
  ]);
}

/** The document with its tables replaced; what is between `<!-- metrics: X -->` and `<!-- end -->` belongs to them. */
export function withTables(document: string, tables: ReadonlyMap<string, string>): string {
  const left = new Set(tables.keys());
  const filled = document.replace(
    /(<!-- metrics: (\w+) -->\n)[^]*?(<!-- end -->)/g,
    (_, begin: string, which: string, end: string) => {
      left.delete(which);
      return `${begin}\n${tables.get(which) ?? ''}\n${end}`;
    },
  );
  if (left.size > 0) throw new Error(`the document has no table for: ${[...left].join(', ')}`);
  return filled;
}

function metricsOf(registry: Registry): Metric[] {
  const registered = registry.getMetricsAsArray() as unknown as readonly Registered[];
  return registered
    .map(({ name, type, help, labelNames }) => ({ name, type, help, labels: labelNames }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function tableOf(metrics: readonly Metric[]): string {
  const rows = metrics.map(
    ({ name, type, labels, help }) =>
      `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help.replaceAll('|', '\\|')} |\n`,
  );
  return `| metric | type | labels | what it says |\n| --- | --- | --- | --- |\n${rows.join('')}`;
}
