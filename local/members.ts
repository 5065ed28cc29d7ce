import { GrpcMembers } from '../operator/index.ts';
import { type Clock, type LogLevel, sleep } from '../runtime/index.ts';
import type { DataDir } from './data/index.ts';
import type { LocalEvent } from './events.ts';
import type { Front } from './front/index.ts';
import {
  askAdmin,
  commandLine,
  defaultBackoff,
  httpProbe,
  Kubelet,
  LogFile,
  type Member,
  onLoopback,
  startNode,
} from './kubelet/index.ts';
import { readLogLine } from './log-line.ts';
import { podsOf } from './pods.ts';
import { type MemberView, roleOf, viewOf } from './status/index.ts';
import type { MemoryStore } from './store/index.ts';

const lastWordsMax = 12;
/** The end of a process is known before all of its output has arrived. */
const lastWordsMs = 50;
/** One that doesn't answer by then doesn't. */
const endDrainCallMs = 500;
/** A storage node that was told to end is asked so often not to wait for others to take its topics. */
const releaseAgainMs = 50;
/** When everything ends, clients have nowhere to go: they are told quickly, whatever the cluster's file says. */
const endDrainMs = 2_000;

export interface MembersOptions {
  readonly store: MemoryStore;
  readonly namespace: string;
  readonly clock: Clock;
  readonly program: string;
  readonly logLevel: LogLevel;
  readonly data: DataDir;
  readonly front: Front;
  readonly onEvent: (event: LocalEvent) => void;
  /** A member died unasked, this many times in a row. */
  readonly onDeath: (member: string, failures: number, lastWords: readonly string[]) => void;
}

/** The processes of a local cluster: their logs, their part in the front's rotation, and how they look from outside. */
export class LocalMembers {
  readonly #options: MembersOptions;
  readonly #kubelet: Kubelet;
  readonly #logs = new Map<string, LogFile>();
  readonly #words = new Map<string, string[]>();
  #ending = false;

  constructor(options: MembersOptions) {
    this.#options = options;
    const changed = (): void => this.#changed();
    const start = startNode(options.program);
    const level = ['--log-level', options.logLevel];
    this.#kubelet = new Kubelet({
      store: podsOf(options.store, options.namespace),
      clock: options.clock,
      start: (command, events) => start({ ...command, args: [...command.args, ...level] }, events),
      checkup: askAdmin(httpProbe),
      backoff: defaultBackoff,
      commandOf: (pod) => commandLine(pod, onLoopback(options.data.topologyFile)),
      events: {
        started: changed,
        health: changed,
        said: ({ name }, line) => this.said(name, line),
        ended: (member, how, asked) => this.#ended(member, how, asked),
        failed: (error) => this.#notice('local', 'error', String(error)),
      },
    });
  }

  views(): readonly MemberView[] {
    return this.#kubelet
      .members()
      .map(viewOf)
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Tells what is there now. The kubelet itself doesn't say that a member is gone. */
  tell(): void {
    this.#changed();
  }

  /** Takes one line of output of a member, or of the operator. */
  said(name: string, line: string): void {
    this.#log(name).write(line);
    const read = readLogLine(line);
    if (read.kind === 'notice' && !this.#ending) this.#notice(name, read.level, read.text);
    if (read.kind !== 'raw') return;
    const words = this.#words.get(name) ?? [];
    this.#words.set(name, [...words, read.text].slice(-lastWordsMax));
  }

  /** Routers first, so that they end their streams while storage still answers; it ends when they are gone. */
  async end(graceMs: number): Promise<void> {
    this.#ending = true;
    await this.#drainRouters();
    let ended = false;
    const ending = this.#kubelet
      .end([({ pod }) => roleOf(pod) === 'router', () => true], graceMs)
      .finally(() => {
        ended = true;
      });
    await Promise.all([ending, this.#releaseStorage(() => ended)]);
    for (const log of this.#logs.values()) log.close();
  }

  /** One that doesn't hear this is told to end all the same, and takes its time. */
  async #drainRouters(): Promise<void> {
    const addresses = this.#kubelet
      .members()
      .filter(({ pod, process }) => process && roleOf(pod) === 'router')
      .flatMap((member) => member.addresses['control'] ?? []);
    const members = new GrpcMembers({ callMsMax: endDrainCallMs });
    await Promise.allSettled(addresses.map((address) => members.drain(address, endDrainMs)));
    members.close();
  }

  /**
   * No operator is left to tell storage nodes that nobody takes their topics. One that doesn't know yet that it is to end
   * refuses, and is asked again.
   */
  async #releaseStorage(isOver: () => boolean): Promise<void> {
    const members = new GrpcMembers({ callMsMax: endDrainCallMs });
    while (!isOver()) {
      const addresses = this.#kubelet
        .members()
        .filter(({ pod, slot }) => roleOf(pod) === 'storage' && slot.state.kind === 'stopping')
        .flatMap((member) => member.addresses['control'] ?? []);
      await Promise.allSettled(addresses.map((address) => members.drain(address, 0)));
      await sleep(this.#options.clock, releaseAgainMs);
    }
    members.close();
  }

  killAll(): void {
    this.#ending = true;
    this.#kubelet.killAll();
  }

  #ended(member: Member, how: string, asked: boolean): void {
    const { clock, data, onEvent, onDeath } = this.#options;
    const { failures } = member.slot;
    const { name } = member;
    if (!asked && !this.#ending) {
      clock.after(lastWordsMs, () => {
        const lastWords = this.#words.get(name) ?? [];
        this.#words.delete(name);
        onEvent({ kind: 'died', member: name, how, lastWords, logFile: data.logFile(name) });
        onDeath(name, failures, lastWords);
      });
    }
    this.#changed();
  }

  #changed(): void {
    const ready = this.#kubelet
      .members()
      .filter((member) => roleOf(member.pod) === 'router' && viewOf(member).ready);
    // One that did not answer just now is still ready; new clients do better elsewhere.
    const answering = ready.filter((member) => member.health.unanswered === 0);
    this.#options.front.setMembers(
      (answering.length > 0 ? answering : ready).flatMap(({ name, process }) =>
        process ? [{ name, handOver: process.handOver.bind(process) }] : [],
      ),
    );
    this.#options.onEvent({ kind: 'members', members: this.views() });
  }

  #log(name: string): LogFile {
    const log = this.#logs.get(name) ?? new LogFile(this.#options.data.logFile(name));
    this.#logs.set(name, log);
    return log;
  }

  #notice(from: string, level: 'warn' | 'error', text: string): void {
    this.#options.onEvent({ kind: 'notice', from, level, text });
  }
}
