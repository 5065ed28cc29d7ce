import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { LocalCluster, type MemberView } from '../local/index.ts';
import type { topo } from '../proto/index.ts';
import { parseTopology } from '../topology/index.ts';

export interface Replicas {
  readonly routers: number;
  readonly storage: number;
}

export const cache = 'bench';
const pollMs = 20;
const readyWithinMs = 120_000;

/** A cluster of processes on this machine, with the operator in this one. */
export class BenchCluster {
  readonly #cluster: LocalCluster;
  readonly #folder: string;

  private constructor(cluster: LocalCluster, folder: string) {
    this.#cluster = cluster;
    this.#folder = folder;
  }

  /** @param program the built command: path of a script. */
  static async start(program: string, replicas: Replicas): Promise<BenchCluster> {
    const folder = mkdtempSync(join(tmpdir(), 'topicplane-bench-'));
    writeFileSync(fileIn(folder), clusterText(replicas));
    const local = await LocalCluster.start({
      file: fileIn(folder),
      host: '127.0.0.1',
      port: 0,
      adminPort: 0,
      dataDir: dataIn(folder),
      program,
      prometheus: false,
      logLevel: 'warn',
      onEvent: () => {},
    });
    process.once('exit', () => local.kill());
    const cluster = new BenchCluster(local, folder);
    await Promise.race([cluster.#settled(replicas), local.failed()]);
    return cluster;
  }

  /** host:port that clients dial. */
  get endpoint(): string {
    return this.#cluster.endpoint;
  }

  members(role: MemberView['role']): readonly MemberView[] {
    return this.#cluster.status().members.filter((member) => member.role === role);
  }

  /** The newest one on record. */
  topology(): topo.Topology {
    return parseTopology(readFileSync(join(dataIn(this.#folder), 'topology.json'), 'utf8'));
  }

  /** Edits the cluster's file, and resolves when everything is as it says. */
  async become(replicas: Replicas): Promise<void> {
    writeFileSync(fileIn(this.#folder), clusterText(replicas));
    await this.#settled(replicas);
  }

  async stop(): Promise<void> {
    await this.#cluster.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #settled({ routers, storage }: Replicas): Promise<void> {
    const deadline = performance.now() + readyWithinMs;
    for (;;) {
      const { ready, members } = this.#cluster.status();
      if (ready && members.length === routers + storage) return;
      if (performance.now() > deadline) throw new Error('the cluster does not become ready');
      await delay(pollMs);
    }
  }
}

function clusterText({ routers, storage }: Replicas): string {
  return [
    'apiVersion: topicplane.dev/v1alpha1',
    'kind: TopicCluster',
    'metadata: { name: bench }',
    'spec:',
    `  caches: [{ name: ${cache} }]`,
    `  router: { replicas: ${routers} }`,
    `  storage: { replicas: ${storage}, history: { ageSeconds: 3600, idleSeconds: 3600 } }`,
    '',
  ].join('\n');
}

function fileIn(folder: string): string {
  return join(folder, 'cluster.yaml');
}

function dataIn(folder: string): string {
  return join(folder, 'data');
}
