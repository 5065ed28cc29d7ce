import { type BenchResult, type Figures, figuresOf, sum } from '../result.ts';
import { type Scenario, scenarios } from '../scenarios/index.ts';
import { contenders } from '../servers/index.ts';
import { type Verdict, verdicts } from './budgets.ts';
import { bar, optional, short, table, thousands } from './cells.ts';
import { sizingTable } from './sizing.ts';

const ours = 'topicplane';

/** A result as tables, for documents and terminals. */
export function markdownOf(result: BenchResult): string {
  const figures = new Map(
    result.measured.map((it) => [`${it.scenario} ${it.server}`, figuresOf(it)] as const),
  );
  const of = (scenario: Scenario, server: string) => figures.get(`${scenario.name} ${server}`);
  const run = scenarios.filter(({ name }) => result.measured.some((it) => it.scenario === name));
  const servers = contenders
    .map(({ name }) => name)
    .filter((name) => result.measured.some(({ server }) => server === name));
  const sections = [
    ['Against the budgets', budgetTable(verdicts(result))],
    ['CPU of the server, in microseconds', costTable(run.filter(isCost), servers, of)],
    ['Operations a second, in one process of load', rateTable(run.filter(isCost), servers, of)],
    [
      'Age of items at a fixed rate, in ms: p50 / p99 / p99.9',
      latencyTable(run.filter(isPaced), servers, of),
    ],
    [
      'Idle subscriptions: memory in KiB, set-up in microseconds of CPU, subscriptions a second',
      idleTable(run.filter(isIdle), servers, of),
    ],
    ['10,000 idle subscriptions', heartbeatTable(run.filter(isHeld), of)],
    ['What a core carries', sizingTable((name) => figures.get(`${name} ${ours}`))],
  ] as const;
  return [
    machineLines(result),
    ...sections
      .filter(([, table]) => table !== '')
      .map(([title, table]) => `### ${title}\n\n${table}`),
  ].join('\n\n');
}

type Of = (scenario: Scenario, server: string) => Figures | undefined;

const isPaced = ({ name }: Scenario) => name.startsWith('latency');
const isIdle = ({ operation }: Scenario) => operation === 'subscription';
const isHeld = ({ operation }: Scenario) => operation === 'second';
const isCost = (scenario: Scenario) => !isPaced(scenario) && !isIdle(scenario) && !isHeld(scenario);

function machineLines({ machine, versions, absent, rounds, secondsPerRound }: BenchResult): string {
  const programs = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    `${machine.cpus} CPUs (${machine.cpu}), Linux ${machine.kernel}, Node ${machine.node}; ${machine.pinning}; load average ${machine.loadAverage.toFixed(1)}.`,
    `Medians of ${rounds} ${rounds === 1 ? 'round' : 'rounds'} of ${secondsPerRound} s each, in turns (3 for idle ones). ${programs.join(', ')}.`,
    ...(absent.length > 0 ? [`Not on this machine, and not measured: ${absent.join(', ')}.`] : []),
  ].join('\n');
}

function budgetTable(all: readonly Verdict[]): string {
  const rows = all.map(({ budget, measured, allowed }) => {
    const { scenario, figure, atMost } = budget;
    const rule = typeof atMost === 'number' ? '' : ` (${atMost.times} x ${atMost.of})`;
    const unit = units[figure];
    const used = measured / allowed;
    return [
      `\`${scenario}\``,
      figureNames[figure],
      `${short(measured)} ${unit}`,
      Number.isNaN(allowed) ? `not measured${rule}` : `${short(allowed)} ${unit}${rule}`,
      Number.isNaN(used) ? '' : bar(used),
      Number.isNaN(used) ? '' : used <= 1 ? 'met' : '**missed**',
    ];
  });
  return table(['scenario', 'what', 'measured', 'at most', 'used of it', ''], rows);
}

const figureNames = {
  'edge-cpu': 'CPU of the router',
  cpu: 'CPU of router and storage node',
  'core-percent': 'share of a core, both',
  'edge-kib': 'memory of the router',
  'p50-ms': 'p50',
  'p99-ms': 'p99',
} as const;
const units = {
  'edge-cpu': 'us',
  cpu: 'us',
  'core-percent': '%',
  'edge-kib': 'KiB',
  'p50-ms': 'ms',
  'p99-ms': 'ms',
} as const;

/** Router and storage node apart; a bar is as long as what the router costs of what nats-server does. */
function costTable(run: readonly Scenario[], servers: readonly string[], of: Of): string {
  const others = servers.filter((name) => name !== ours);
  const rows = run.map((scenario) => {
    const figures = of(scenario, ours);
    const [router, storage] = Object.values(figures?.cpuUs ?? {});
    const nats = of(scenario, 'nats');
    const ratio = router !== undefined && nats ? router / sum(nats.cpuUs) : undefined;
    return [
      `\`${scenario.name}\`: ${scenario.title}`,
      optional(router),
      optional(storage),
      ...others.map((name) => optional(of(scenario, name) && sum(of(scenario, name)?.cpuUs ?? {}))),
      ratio === undefined ? '' : bar(ratio),
    ];
  });
  return table(['a delivery, or a publish', 'router', 'storage', ...others, 'router / nats'], rows);
}

function rateTable(run: readonly Scenario[], servers: readonly string[], of: Of): string {
  const rows = run.map((scenario) => [
    `\`${scenario.name}\``,
    ...servers.map((name) => {
      const perSecond = of(scenario, name)?.perSecond;
      return perSecond === undefined ? '-' : thousands(perSecond);
    }),
  ]);
  return table(['', ...servers], rows);
}

function latencyTable(run: readonly Scenario[], servers: readonly string[], of: Of): string {
  const measured = servers.filter((name) => run.some((scenario) => of(scenario, name)));
  const rows = run.map((scenario) => [
    `\`${scenario.name}\`: ${scenario.title}`,
    ...measured.map((name) => {
      const ms = of(scenario, name)?.latencyMs;
      return ms ? [ms.p50, ms.p99, ms.p999].map(short).join(' / ') : '-';
    }),
  ]);
  return table(['', ...measured], rows);
}

function idleTable(run: readonly Scenario[], servers: readonly string[], of: Of): string {
  const rows = run.flatMap((scenario) =>
    servers.flatMap((name) => {
      const figures = of(scenario, name);
      if (!figures) return [];
      const parts = Object.keys(figures.cpuUs);
      const kib = Object.values(figures.bytes ?? {}).map((bytes) => short(bytes / 1024));
      const us = Object.values(figures.cpuUs).map(short);
      return [
        [
          `\`${scenario.name}\`: ${scenario.title}`,
          parts.join(' + '),
          kib.join(' + '),
          us.join(' + '),
          thousands(figures.perSecond),
        ],
      ];
    }),
  );
  return table(['', 'server', 'memory', 'set-up', 'a second'], rows);
}

function heartbeatTable(run: readonly Scenario[], of: Of): string {
  const rows = run.flatMap((scenario) => {
    const figures = of(scenario, ours);
    return Object.entries(figures?.cpuUs ?? {}).map(([part, us]) => [
      `\`${scenario.name}\`: ${part}`,
      `${short(us / 10_000)} %`,
      `${short(((figures?.bytes?.[part] ?? 0) * 60) / 1024)} KiB`,
    ]);
  });
  return table(['', 'share of a core', 'growth a minute'], rows);
}
