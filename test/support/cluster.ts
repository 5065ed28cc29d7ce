import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { parse } from 'yaml';
import type { LocalStatus, MemberView } from '../../local/index.ts';
import type { control, topo } from '../../proto/index.ts';
import { parseTopology } from '../../topology/index.ts';
import { type ClusterSpec, clusterYaml } from './cluster-file.ts';
import { Command, type Ended } from './command.ts';
import { getState, metric, pushTopology } from './member-calls.ts';
import { isAlive, processes } from './process-table.ts';
import { until } from './until.ts';

const readyWithinMs = 60_000;
const stopWithinMs = 15_000;
const garbageCollector = new URL('./collect-garbage.mjs', import.meta.url).href;
const brokenRouter = new URL('./broken-router.mjs', import.meta.url).href;

export type Role = MemberView['role'];
/** A member whose process runs. */
export type RunningMember = MemberView & { readonly pid: number };

/** The line that `--json` prints. */
interface Ready {
  readonly endpoint: string;
  readonly admin: string;
}

/** `topicplane local` as a child process, from the build, with a cluster file and a data folder of its own. */
export class Cluster {
  readonly command: Command;
  /** host:port that clients dial. */
  readonly endpoint: string;
  readonly #folder: string;
  readonly #admin: string;
  #spec: ClusterSpec;
  #killed = new Set<number>();
  #scratches = 0;

  private constructor(
    folder: string,
    command: Command,
    endpoint: string,
    admin: string,
    spec: ClusterSpec,
  ) {
    this.#folder = folder;
    this.command = command;
    this.endpoint = endpoint;
    this.#admin = admin;
    this.#spec = spec;
  }

  /**
   * Starts a cluster named e2e and waits until everything asked for serves.
   * @param flags of `topicplane local`, besides those that every test needs.
   * @param env of all its processes, besides what every test needs.
   */
  static async start(
    spec: ClusterSpec,
    flags: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
  ): Promise<Cluster> {
    const folder = mkdtempSync(join(tmpdir(), 'topicplane-e2e-'));
    const file = join(folder, 'cluster.yaml');
    const data = join(folder, 'data');
    writeFileSync(file, clusterYaml(spec));
    const usual = ['--json', '--port', '0', '--admin-port', '0', '--file', file];
    const command = new Command(['local', ...usual, '--data-dir', data, ...flags], {
      env: {
        NODE_OPTIONS: `--import=${garbageCollector} --import=${brokenRouter}`,
        BROKEN_BUILD: brokenBuild(folder),
        ...env,
      },
    });
    const line = await command.line(
      'the ready line',
      (each) => each.startsWith('{'),
      readyWithinMs,
    );
    const { endpoint, admin } = JSON.parse(line) as Ready;
    const cluster = new Cluster(folder, command, endpoint, admin, spec);
    await cluster.settled();
    return cluster;
  }

  async status(): Promise<LocalStatus> {
    const response = await fetch(`http://${this.#admin}/status`);
    return (await response.json()) as LocalStatus;
  }

  /** Members whose process runs, by name. */
  async members(role?: Role): Promise<RunningMember[]> {
    const { members } = await this.status();
    return members.filter(
      (member): member is RunningMember =>
        member.pid !== undefined && (role === undefined || member.role === role),
    );
  }

  async member(name: string): Promise<RunningMember> {
    const member = (await this.members()).find((each) => each.name === name);
    if (!member) throw new Error(`${name} is not running`);
    return member;
  }

  /** What the members of one tier say they hold. */
  async states(role: Role): Promise<control.GetStateResponse[]> {
    const members = await this.members(role);
    return Promise.all(members.map(({ addresses }) => getState(addresses['control'] ?? '')));
  }

  /** Signals a member's process. */
  async signal(name: string, signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT' | 'SIGUSR2'): Promise<void> {
    const { pid } = await this.member(name);
    process.kill(pid, signal);
    if (signal === 'SIGKILL') this.#killed.add(pid);
  }

  /** Rewrites the cluster's file; in place, or as editors do that replace it. */
  edit(spec: ClusterSpec, how: 'in place' | 'replace' = 'in place'): void {
    this.#spec = spec;
    const file = join(this.#folder, 'cluster.yaml');
    if (how === 'in place') return writeFileSync(file, clusterYaml(spec));
    writeFileSync(`${file}.new`, clusterYaml(spec));
    renameSync(`${file}.new`, file);
  }

  /**
   * Waits until all that the file asks for is there and serves, and every member agrees on a topology that speaks of
   * the processes that run now. The cluster's own word is not enough: it may not know yet of what was just killed.
   */
  async settled(withinMs = readyWithinMs): Promise<void> {
    const wanted = (parse(clusterYaml(this.#spec)) as { spec: unknown }).spec;
    await until('the cluster is as its file says', withinMs, async () => {
      const { ready, cluster, members } = await this.status();
      if (!ready || !isDeepStrictEqual(cluster.spec, wanted)) return false;
      const alive = members.every((member) => member.ready && !this.#killed.has(member.pid ?? 0));
      return alive && (await this.#agreed());
    });
  }

  async #agreed(): Promise<boolean> {
    const { version, storage } = this.topology();
    const nodes = await this.states('storage');
    const states = [...(await this.states('router')), ...nodes];
    return (
      states.every((state) => isDeepStrictEqual(state.version, version)) &&
      nodes.every((node) =>
        storage.some(({ name, incarnation }) => {
          return name === node.name && incarnation === node.incarnation;
        }),
      )
    );
  }

  /** The topology that members start with. */
  topology(): topo.Topology {
    return parseTopology(readFileSync(join(this.#folder, 'data', 'topology.json'), 'utf8'));
  }

  async push(name: string, topology: topo.Topology): Promise<control.PushTopologyResponse> {
    const { addresses } = await this.member(name);
    return pushTopology(addresses['control'] ?? '', topology);
  }

  async residentBytes(name: string): Promise<number> {
    const { addresses } = await this.member(name);
    return metric(addresses['admin'] ?? '', 'process_resident_memory_bytes');
  }

  /** Bytes that are in use on each member's heap after a full garbage collection. */
  async heapBytes(): Promise<Map<string, number>> {
    const heaps = new Map<string, number>();
    for (const { name, addresses } of await this.members()) {
      await this.signal(name, 'SIGUSR2');
      const admin = addresses['admin'] ?? '';
      // The signal is handled before a request that comes after it has been answered twice.
      await metric(admin, 'nodejs_heap_size_used_bytes');
      heaps.set(name, await metric(admin, 'nodejs_heap_size_used_bytes'));
    }
    return heaps;
  }

  /** What is rolled out from now on: a router that is broken starts, listens, and loses one of 50 items silently. */
  nextBuild(is: 'broken' | 'sound'): void {
    const flag = brokenBuild(this.#folder);
    if (is === 'broken') writeFileSync(flag, '');
    else rmSync(flag);
  }

  /** Waits for something on the cluster's output. */
  async said(what: RegExp, withinMs = 20_000): Promise<void> {
    await until(`${what} is said`, withinMs, () =>
      what.test(`${this.command.output}\n${this.command.errors}`),
    );
  }

  /** What a member logged, until the cluster is stopped. */
  logOf(member: string): string {
    return readFileSync(join(this.#folder, 'data', 'logs', `${member}.log`), 'utf8');
  }

  /** A path for a file or folder that goes with the cluster; it doesn't exist yet. */
  scratch(): string {
    return join(this.#folder, `scratch-${++this.#scratches}`);
  }

  scratchFile(content: string | Uint8Array): string {
    const path = this.scratch();
    writeFileSync(path, content);
    return path;
  }

  /** Ends the cluster as Ctrl-C does. @throws Error when a process is left behind. */
  async stop(): Promise<Ended> {
    const mine = this.#processes();
    if (isAlive(this.command.pid)) this.command.signal('SIGINT');
    const ended = await this.command.endedWithin(stopWithinMs).catch((error: unknown) => {
      for (const pid of [this.command.pid, ...mine]) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
      throw error;
    });
    const left = [...mine, ...this.#processes()].filter(isAlive);
    for (const pid of left) process.kill(pid, 'SIGKILL');
    if (left.length > 0) throw new Error(`processes ${left.join(', ')} outlived their cluster`);
    rmSync(this.#folder, { recursive: true, force: true });
    return ended;
  }

  /** Process ids of everything that was started by the cluster or works in its data folder. */
  #processes(): number[] {
    return processes()
      .filter(({ pid, parent, args }) => {
        if (pid === this.command.pid || pid === process.pid) return false;
        return parent === this.command.pid || args.some((arg) => arg.includes(this.#folder));
      })
      .map(({ pid }) => pid);
  }
}

/** A file that is there while routers start broken. */
function brokenBuild(folder: string): string {
  return join(folder, 'broken-build');
}
