import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultBackoff, findPrometheus, Prometheus, type Target } from '../../local/index.ts';
import { systemClock } from '../../runtime/index.ts';
import { until } from './until.ts';

const answersWithinMs = 30_000;
const endsWithinMs = 10_000;

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
