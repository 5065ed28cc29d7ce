import { execFile } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { defaultBackoff, findPrometheus, Prometheus, type Target } from '../../local/index.ts';
import { systemClock } from '../../runtime/index.ts';
import { until } from './until.ts';

const answersWithinMs = 30_000;
const endsWithinMs = 10_000;
const programs = ['prometheus', 'promtool'];

/**
 * Whether specs can run a Prometheus. Says so when they can't.
 * @throws Error in CI, where nothing is left out.
 */
export function prometheusIsThere(): boolean {
  const missing = programs.filter((name) => !isOnPath(name));
  if (missing.length === 0) return true;
  const why = `${missing.join(' and ')} not on the PATH: apt-get install --no-install-recommends prometheus`;
  if (process.env['CI'] !== undefined) throw new Error(why);
  process.stderr.write(`\nspecs that need Prometheus are NOT RUN: ${why}\n\n`);
  return false;
}

function isOnPath(name: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** One series and its value, as an instant query tells it. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Seconds since 1970. */
  readonly at: number;
}

/** A real Prometheus with data of its own, which looks at its targets every second. */
export class TestPrometheus {
  readonly #prometheus: Prometheus;
  readonly #folder: string;

  private constructor(prometheus: Prometheus, folder: string) {
    this.#prometheus = prometheus;
    this.#folder = folder;
  }

  /** Resolves when it answers. */
  static async start(targets: readonly Target[] = []): Promise<TestPrometheus> {
    const folder = mkdtempSync(join(tmpdir(), 'topicplane-prometheus-'));
    const said: string[] = [];
    const prometheus = await Prometheus.start({
      program: findPrometheus(process.env['PATH']),
      folder,
      scrapeMs: 1_000,
      clock: systemClock,
      backoff: defaultBackoff,
      events: {
        said: (line) => said.push(line),
        died: (how) => said.push(`it died: ${how}`),
        failed: (error) => said.push(String(error)),
      },
    });
    const test = new TestPrometheus(prometheus, folder);
    test.setTargets(targets);
    try {
      await until('Prometheus is ready', answersWithinMs, async () => {
        return (await fetch(`${prometheus.url}/-/ready`)).ok;
      });
    } catch (error) {
      await test.stop();
      throw new Error(said.join('\n'), { cause: error });
    }
    return test;
  }

  get url(): string {
    return this.#prometheus.url;
  }

  setTargets(targets: readonly Target[]): void {
    this.#prometheus.setTargets(targets);
  }

  query(expression: string): Promise<readonly Sample[]> {
    return query(this.url, expression);
  }

  async stop(): Promise<void> {
    await this.#prometheus.end(endsWithinMs);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/**
 * An instant query over HTTP, for an instant vector.
 * @param url of a Prometheus.
 * @throws Error with what it says is wrong.
 */
export async function query(url: string, expression: string): Promise<readonly Sample[]> {
  const response = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query: expression })}`);
  const answer = (await response.json()) as Answer;
  if (answer.status !== 'success') throw new Error(`${expression}: ${answer.error}`);
  return answer.data.result.map(({ metric, value: [at, value] }) => {
    return { labels: metric, value: Number(value), at };
  });
}

type Answer =
  | { readonly status: 'error'; readonly error: string }
  | {
      readonly status: 'success';
      readonly data: {
        readonly result: readonly {
          readonly metric: Readonly<Record<string, string>>;
          readonly value: readonly [at: number, value: string];
        }[];
      };
    };

export interface Checked {
  readonly ok: boolean;
  /** What it said, on either output. */
  readonly said: string;
}

/** Runs `promtool`, which finds fault with files by its exit code. */
export async function promtool(...args: readonly string[]): Promise<Checked> {
  try {
    const { stdout, stderr } = await promisify(execFile)('promtool', args);
    return { ok: true, said: stdout + stderr };
  } catch (error) {
    const { stdout = '', stderr = '', message } = error as Failed;
    return { ok: false, said: stdout + stderr || message };
  }
}

type Failed = Error & { readonly stdout?: string; readonly stderr?: string };
