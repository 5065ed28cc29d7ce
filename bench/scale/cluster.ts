import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LocalStatus } from '../../local/index.ts';
import { type ClusterSpec, clusterYaml } from '../../test/support/cluster-file.ts';
import { Command } from '../../test/support/command.ts';
import { until } from '../../test/support/until.ts';

const readyWithinMs = 60_000;
const stopWithinMs = 30_000;

/** `topicplane local` as a process of its own, with a data folder that goes with it. */
export class ScaledCluster {
  /** host:port that clients dial. */
  readonly endpoint: string;
  readonly #admin: string;
  readonly #command: Command;
  readonly #folder: string;

  private constructor(command: Command, folder: string, ready: LocalStatus) {
    this.#command = command;
    this.#folder = folder;
    this.endpoint = ready.endpoint;
    this.#admin = ready.admin;
  }

  /** Resolves when everything that was asked for serves. */
  static async start(spec: ClusterSpec, flags: readonly string[]): Promise<ScaledCluster> {
    const folder = mkdtempSync(join(tmpdir(), 'topicplane-bench-'));
    const file = join(folder, 'cluster.yaml');
    writeFileSync(file, clusterYaml(spec));
    const where = ['--file', file, '--data-dir', join(folder, 'data')];
    const command = new Command([
      ...['local', '--json', '--port', '0', '--admin-port', '0', '--log-level', 'info'],
      ...where,
      ...flags,
    ]);
    const isReady = (line: string) => line.startsWith('{');
    const line = await command.line('the ready line', isReady, readyWithinMs);
    const cluster = new ScaledCluster(command, folder, JSON.parse(line) as LocalStatus);
    await until('the cluster is ready', readyWithinMs, async () => (await cluster.status()).ready);
    return cluster;
  }

  async status(): Promise<LocalStatus> {
    return (await (await fetch(`http://${this.#admin}/status`)).json()) as LocalStatus;
  }

  logOf(member: string): string {
    return readFileSync(join(this.#folder, 'data', 'logs', `${member}.log`), 'utf8');
  }

  async stop(): Promise<void> {
    this.#command.signal('SIGINT');
    await this.#command.endedWithin(stopWithinMs);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
