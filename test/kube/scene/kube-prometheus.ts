import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { parse, stringify } from 'yaml';
import { repository } from '../../support/command.ts';
import { query, type Sample } from '../../support/prometheus.ts';
import { until } from '../../support/until.ts';
import { Listing, type Resource } from '../api/index.ts';
import { freePorts } from '../plane/index.ts';
import type { Scene } from './scene.ts';

const answersWithinMs = 30_000;
const scrapeInterval = '1s';
const targetsName = 'targets.json';

/**
 * A real Prometheus with the job of docs/install.md. Debian's can't discover by the API server, so that is done here: it is
 * given the targets and the labels that `kubernetes_sd_configs` with the role `pod` would find.
 */
export class KubePrometheus {
  readonly url: string;
  readonly #folder: string;
  readonly #pods: Listing<Pod>;
  #process: ChildProcess | undefined;

  private constructor(url: string, folder: string, scene: Scene) {
    this.url = url;
    this.#folder = folder;
    this.#pods = new Listing(scene.api, scene.namespace.path('pods'), () => this.#discover());
  }

  /** Resolves when it answers. */
  static async start(scene: Scene): Promise<KubePrometheus> {
    const folder = mkdtempSync(join(tmpdir(), 'topicplane-kube-prometheus-'));
    writeFileSync(join(folder, 'prometheus.yml'), configText());
    const [port = 0] = await freePorts(1);
    const prometheus = new KubePrometheus(`http://127.0.0.1:${port}`, folder, scene);
    await prometheus.#pods.synced;
    await prometheus.resume();
    return prometheus;
  }

  query(expression: string): Promise<readonly Sample[]> {
    return query(this.url, expression);
  }

  /** Starts it again, with what it knew. */
  async resume(): Promise<void> {
    const args = [
      `--config.file=${join(this.#folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(this.#folder, 'data')}`,
      `--web.listen-address=${new URL(this.url).host}`,
    ];
    this.#process = spawn('prometheus', args, { stdio: 'ignore' });
    await until('Prometheus is ready', answersWithinMs, async () => {
      const answer = await fetch(`${this.url}/-/ready`).catch(() => undefined);
      return answer?.ok;
    });
  }

  #discover(): void {
    const targets = this.#pods.all().flatMap(targetsOf);
    const file = join(this.#folder, targetsName);
    writeFileSync(`${file}.new`, JSON.stringify(targets));
    renameSync(`${file}.new`, file);
  }

  /** As a machine that is lost takes it along. */
  async kill(): Promise<void> {
    const running = this.#process;
    this.#process = undefined;
    if (!running || running.exitCode !== null) return;
    const gone = once(running, 'exit');
    running.kill('SIGKILL');
    await gone;
  }

  async stop(): Promise<void> {
    await this.kill();
    await this.#pods.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function targetsOf({ metadata, spec, status }: Pod): object[] {
  const ip = status?.podIP;
  if (ip === undefined) return [];
  const label = metadata.labels?.['app.kubernetes.io/name'] ?? '';
  return spec.containers
    .flatMap(({ ports = [] }) => ports)
    .map(({ name, containerPort }) => ({
      targets: [`${ip}:${containerPort}`],
      labels: {
        __meta_kubernetes_namespace: metadata.namespace ?? '',
        __meta_kubernetes_pod_name: metadata.name,
        __meta_kubernetes_pod_label_app_kubernetes_io_name: label,
        __meta_kubernetes_pod_container_port_name: name,
      },
    }));
}

interface Pod extends Resource {
  readonly spec: {
    readonly containers: readonly {
      readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
    }[];
  };
  readonly status?: { readonly podIP?: string };
}

interface Job {
  readonly kubernetes_sd_configs: readonly object[];
  readonly relabel_configs: readonly object[];
}

/** The job of the guide, for targets that are found here, and for pods that answer on loopback. */
function configText(): string {
  const guide = readFileSync(`${repository}docs/install.md`, 'utf8');
  const [, text = ''] = /```yaml\n(scrape_configs:\n[^]*?)```/.exec(guide) ?? [];
  const { scrape_configs: jobs } = parse(text) as { scrape_configs: readonly [Job] };
  const [{ kubernetes_sd_configs: discovery, ...job }] = jobs;
  if (!isDeepStrictEqual(discovery, [{ role: 'pod' }])) throw new Error('the guide says otherwise');
  const onLoopback = {
    source_labels: ['__address__'],
    regex: String.raw`10\.(.+)`,
    target_label: '__address__',
    replacement: '127.$1',
  };
  return stringify({
    scrape_configs: [
      {
        ...job,
        scrape_interval: scrapeInterval,
        scrape_timeout: scrapeInterval,
        file_sd_configs: [{ files: [targetsName], refresh_interval: scrapeInterval }],
        relabel_configs: [...job.relabel_configs, onLoopback],
      },
    ],
  });
}
