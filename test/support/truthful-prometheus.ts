import type { RequestListener } from 'node:http';
import {
  matrix,
  ScriptedPrometheus,
  type Series,
  success,
} from '../../operator/capacity/scripted-prometheus.ts';
import type { Cluster } from './cluster.ts';

const ratioMetric = 'topicplane_capacity_ratio';
const series = /^topicplane_capacity_ratio\{(.*)\} (\S+)$/;
const label = /(\w+)="([^"]*)"/g;

/** What stands where a Prometheus is expected: it asks the routers when it is asked, and may be told to lie about it. */
export class TruthfulPrometheus {
  readonly #scripted: ScriptedPrometheus;
  #cluster: Cluster | undefined;

  private constructor(scripted: ScriptedPrometheus) {
    this.#scripted = scripted;
  }

  static async start(): Promise<TruthfulPrometheus> {
    return new TruthfulPrometheus(await ScriptedPrometheus.start());
  }

  get url(): string {
    return this.#scripted.url;
  }

  /** Whose routers it asks. */
  of(cluster: Cluster): void {
    this.#cluster = cluster;
  }

  tellTheTruth(): void {
    this.distort((truth) => truth);
  }

  /** @param lie what it makes of what is true. */
  distort(lie: (truth: readonly Series[]) => readonly Series[]): void {
    this.answerWith((request, response) => {
      void this.truth().then(
        (truth) => success(matrix(lie(truth)))(request, response),
        () => response.writeHead(500).end(),
      );
    });
  }

  answerWith(answer: RequestListener): void {
    this.#scripted.answer = answer;
  }

  /** One sample of each series of each router, of now. */
  async truth(): Promise<readonly Series[]> {
    const routers = (await this.#cluster?.members('router')) ?? [];
    const all = await Promise.all(routers.map(({ addresses }) => seriesAt(addresses['admin'])));
    return all.flat();
  }

  stop(): Promise<void> {
    return this.#scripted.stop();
  }
}

/** None of one that doesn't serve yet. */
async function seriesAt(address: string | undefined): Promise<readonly Series[]> {
  if (address === undefined) return [];
  const text = await (await fetch(`http://${address}/metrics`)).text();
  const atSeconds = Date.now() / 1000;
  return text.split('\n').flatMap((line) => {
    const [, labels, value] = series.exec(line) ?? [];
    if (labels === undefined || value === undefined) return [];
    const metric = Object.fromEntries(
      [...labels.matchAll(label)].map(([, key, text]) => [key, text]),
    );
    return [{ metric: { __name__: ratioMetric, ...metric }, values: [[atSeconds, value]] }];
  });
}
