import type { ByPart, Sample } from './scenarios/index.ts';

/** What one server did in one scenario, round by round. */
export interface Measured {
  readonly scenario: string;
  readonly server: string;
  readonly samples: readonly Sample[];
}

export interface BenchResult {
  readonly machine: {
    readonly cpu: string;
    readonly cpus: number;
    readonly kernel: string;
    readonly node: string;
    /** Processes that wanted a CPU when it was over, those of the bench among them: two on a machine that does nothing else. */
    readonly loadAverage: number;
    /** Who ran where. */
    readonly pinning: string;
  };
  /** By the server's name. */
  readonly versions: Readonly<Record<string, string>>;
  /** Servers that are not on the machine. */
  readonly absent: readonly string[];
  readonly rounds: number;
  readonly secondsPerRound: number;
  readonly measured: readonly Measured[];
}

/** Medians of the rounds, for one operation. */
export interface Figures {
  /** By the server's processes, in microseconds. */
  readonly cpuUs: ByPart;
  readonly perSecond: number;
  readonly latencyMs: Required<Sample>['latencyMs'] | undefined;
  readonly bytes: ByPart | undefined;
  readonly emptyBytes: ByPart | undefined;
}

export function figuresOf({ samples }: Measured): Figures {
  const latencies = samples.flatMap(({ latencyMs }) => latencyMs ?? []);
  const partsOf = (what: 'bytes' | 'emptyBytes') => {
    const rows = samples.flatMap(({ [what]: parts }) => (parts ? [parts] : []));
    return rows.length === 0 ? undefined : medians(rows);
  };
  return {
    cpuUs: medians(
      samples.map(({ cpuNs, operations }) => mapParts(cpuNs, (ns) => ns / 1000 / operations)),
    ),
    perSecond: median(samples.map(({ operations, seconds }) => operations / seconds)),
    latencyMs:
      latencies.length === 0
        ? undefined
        : {
            p50: median(latencies.map(({ p50 }) => p50)),
            p99: median(latencies.map(({ p99 }) => p99)),
            p999: median(latencies.map(({ p999 }) => p999)),
          },
    bytes: partsOf('bytes'),
    emptyBytes: partsOf('emptyBytes'),
  };
}

export function sum(parts: ByPart): number {
  return Object.values(parts).reduce((all, each) => all + each, 0);
}

/** NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  const upper = sorted[Math.floor(half)] ?? Number.NaN;
  return Number.isInteger(half) ? ((sorted[half - 1] ?? Number.NaN) + upper) / 2 : upper;
}

function medians(rows: readonly ByPart[]): ByPart {
  return mapParts(rows[0] ?? {}, (_, name) => median(rows.map((row) => row[name] ?? Number.NaN)));
}

function mapParts(parts: ByPart, to: (value: number, name: string) => number): ByPart {
  return Object.fromEntries(
    Object.entries(parts).map(([name, value]) => [name, to(value, name)] as const),
  );
}
