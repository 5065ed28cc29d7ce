import { setTimeout as delay } from 'node:timers/promises';
import { control } from '../../proto/index.ts';
import type { Cluster } from './cluster.ts';
import { getState } from './member-calls.ts';

const lookMs = 50;

/** A router that came while it was watched for. */
export interface Newcomer {
  readonly name: string;
  /** How often it said that it isn't in the rotation yet. */
  asked: number;
  /** Subscriptions and other calls of clients that were open on it then, at most. */
  callsBefore: number;
  isInRotation: boolean;
}

/** Routers that come, each asked over and over what it carries until it is in the rotation. */
export class Newcomers {
  readonly all: Newcomer[] = [];
  readonly #cluster: Cluster;
  readonly #known: Set<number>;
  readonly #asking: Promise<void>[] = [];
  readonly #looking: Promise<void>;
  #stopped = false;

  private constructor(cluster: Cluster, known: ReadonlySet<number>) {
    this.#cluster = cluster;
    this.#known = new Set(known);
    this.#looking = this.#look();
  }

  /** Those that are there already are not of interest. */
  static async watch(cluster: Cluster): Promise<Newcomers> {
    const members = await cluster.members('router');
    return new Newcomers(cluster, new Set(members.map(({ pid }) => pid)));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#looking;
    await Promise.all(this.#asking);
  }

  async #look(): Promise<void> {
    while (!this.#stopped) {
      for (const { name, pid, addresses } of await this.#cluster.members('router')) {
        const address = addresses['control'];
        if (address === undefined || this.#known.has(pid)) continue;
        this.#known.add(pid);
        this.#asking.push(this.#ask(name, address));
      }
      await delay(lookMs);
    }
  }

  async #ask(name: string, address: string): Promise<void> {
    const newcomer: Newcomer = { name, asked: 0, callsBefore: 0, isInRotation: false };
    this.all.push(newcomer);
    while (!this.#stopped && !newcomer.isInRotation) {
      // It doesn't listen yet.
      const state = await getState(address).catch(() => undefined);
      if (state?.phase === control.Phase.IN_ROTATION) {
        newcomer.isInRotation = true;
      } else if (state) {
        newcomer.asked++;
        newcomer.callsBefore = Math.max(newcomer.callsBefore, callsOf(state));
      }
      await delay(lookMs);
    }
  }
}

/** Not those of its own canaries, whose connection counts as a client's until their first call on it. */
function callsOf({ capacity, subscriptions }: control.GetStateResponse): number {
  const calls = capacity.find(({ dimension }) => dimension === 'streams')?.used;
  return Math.max(subscriptions, calls ?? Number.POSITIVE_INFINITY);
}
