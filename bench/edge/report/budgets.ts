import { type BenchResult, type Figures, figuresOf, sum } from '../result.ts';

/** What of a server's figures is compared. */
type Figure =
  /** CPU of the process that clients speak to, in microseconds an operation. */
  | 'edge-cpu'
  /** CPU of all processes. */
  | 'cpu'
  /** Share of a core, in percent. */
  | 'core-percent'
  /** Memory of the process that clients speak to, for each subscription, in KiB. */
  | 'edge-kib'
  | 'p50-ms'
  | 'p99-ms';

/** What a scenario may cost topicplane: a number, or a part of what it costs another server in the same run. */
export interface Budget {
  readonly scenario: string;
  readonly figure: Figure;
  readonly atMost: number | { readonly times: number; readonly of: string };
}

export interface Verdict {
  readonly budget: Budget;
  readonly measured: number;
  /** NaN: the other server was not measured. */
  readonly allowed: number;
}

const ours = 'topicplane';
const ofNats = (scenario: string, times: number): Budget => {
  return { scenario, figure: 'edge-cpu', atMost: { times, of: 'nats' } };
};

export const budgets: readonly Budget[] = [
  ofNats('fanout-100', 1),
  ofNats('fanout-1000', 1),
  ofNats('bursts-100', 0.7),
  ofNats('bursts-1000', 0.7),
  ofNats('streams-1000', 1),
  ofNats('topics-1000', 1),
  { scenario: 'publish-4x16', figure: 'cpu', atMost: { times: 0.1, of: 'grpc-js' } },
  { scenario: 'publish-stream', figure: 'cpu', atMost: 2 },
  { scenario: 'latency-10', figure: 'p50-ms', atMost: 1 },
  { scenario: 'latency-5000', figure: 'p99-ms', atMost: 5 },
  { scenario: 'idle-own', figure: 'edge-kib', atMost: 12 },
  { scenario: 'idle-shared', figure: 'edge-kib', atMost: 4 },
  { scenario: 'heartbeats', figure: 'core-percent', atMost: 5 },
];

/** Of the budgets whose scenarios were run. */
export function verdicts(result: BenchResult): readonly Verdict[] {
  const of = (scenario: string, server: string): Figures | undefined => {
    const found = result.measured.find((it) => it.scenario === scenario && it.server === server);
    return found && figuresOf(found);
  };
  return budgets.flatMap((budget) => {
    const { scenario, figure, atMost } = budget;
    const figures = of(scenario, ours);
    if (!figures) return [];
    const measured = valueOf(figure, figures);
    if (typeof atMost === 'number') return [{ budget, measured, allowed: atMost }];
    const other = of(scenario, atMost.of);
    return [
      { budget, measured, allowed: other ? atMost.times * valueOf('cpu', other) : Number.NaN },
    ];
  });
}

function valueOf(figure: Figure, { cpuUs, bytes, latencyMs }: Figures): number {
  switch (figure) {
    case 'edge-cpu':
      return Object.values(cpuUs)[0] ?? Number.NaN;
    case 'cpu':
      return sum(cpuUs);
    case 'core-percent':
      return sum(cpuUs) / 10_000;
    case 'edge-kib':
      return (Object.values(bytes ?? {})[0] ?? Number.NaN) / 1024;
    case 'p50-ms':
      return latencyMs?.p50 ?? Number.NaN;
    case 'p99-ms':
      return latencyMs?.p99 ?? Number.NaN;
  }
}
