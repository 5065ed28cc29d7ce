import type { Members } from '../../../operator/index.ts';
import type { control, topo } from '../../../proto/index.ts';
import type { Network, Way } from './network.ts';
import type { SimProcess } from './process.ts';
import type { Random } from './random.ts';

/** One process of the cluster, as the operator and whoever runs its pod see it. */
export interface Member {
  readonly process: SimProcess;
  readonly name: string;
  state(): control.GetStateResponse;
  push(topology: topo.Topology, confirms?: number): control.PushTopologyResponse;
  drain(withinMs: number): control.DrainResponse;
  shed(connections: number, withinMs: number): control.ShedResponse;
  /** Why no client should be sent there; undefined: ready. */
  notReadyBecause(): string | undefined;
  /** SIGTERM. */
  terminate(): void;
}

/** Who serves at a control address. */
export type Directory = ReadonlyMap<string, Member>;

/** What the operator waits for an answer. */
const ANSWER_MS_MAX = 1_000;

interface Ways {
  readonly there: Way;
  readonly back: Way;
}

/** The operator's calls over the network: in order for each member, lost with whoever asked or was asked. */
export class RemoteMembers implements Members {
  readonly #network: Network;
  readonly #process: SimProcess;
  readonly #random: Random;
  readonly #directory: Directory;
  readonly #ways = new Map<Member, Ways>();
  /** Told of every topology that is pushed. */
  readonly #onPush: (address: string, topology: topo.Topology) => void;

  constructor(
    network: Network,
    process: SimProcess,
    random: Random,
    directory: Directory,
    onPush: (address: string, topology: topo.Topology) => void,
  ) {
    this.#network = network;
    this.#process = process;
    this.#random = random;
    this.#directory = directory;
    this.#onPush = onPush;
  }

  getState(address: string): Promise<control.GetStateResponse> {
    return this.#ask(address, (member) => member.state());
  }

  pushTopology(
    address: string,
    topology: topo.Topology,
    confirms: number,
  ): Promise<control.PushTopologyResponse> {
    this.#onPush(address, topology);
    return this.#ask(address, (member) => member.push(topology, confirms));
  }

  drain(address: string, withinMs: number): Promise<control.DrainResponse> {
    return this.#ask(address, (member) => member.drain(withinMs));
  }

  shed(address: string, connections: number, withinMs: number): Promise<control.ShedResponse> {
    return this.#ask(address, (member) => member.shed(connections, withinMs));
  }

  retain(): void {}

  close(): void {}

  #ask<T>(address: string, answer: (member: Member) => T): Promise<T> {
    const { timeline } = this.#network;
    return new Promise((resolve, reject) => {
      const fail = (why: string) => reject(new Error(why));
      const member = this.#directory.get(address);
      if (!member) {
        timeline.after(this.#network.delayMs(), this.#process, () => fail('nobody is there'));
        return;
      }
      const { there, back } = this.#waysTo(member);
      let isLate = false;
      const late = this.#process.clock.after(ANSWER_MS_MAX, () => {
        isLate = true;
        fail(`it did not answer within ${ANSWER_MS_MAX} ms`);
      });
      there.send(() => {
        // It may have ended between two of these.
        if (this.#process.ended && this.#random.chance(0.5)) return;
        // What its caller has given up is done all the same, or never comes.
        if (isLate && this.#random.chance(0.5)) return;
        const answered = answer(member);
        back.send(() => {
          late();
          resolve(answered);
        });
      });
    });
  }

  #waysTo(member: Member): Ways {
    let ways = this.#ways.get(member);
    if (!ways) {
      ways = {
        there: this.#network.way(this.#process, member.process),
        back: this.#network.way(member.process, this.#process),
      };
      this.#ways.set(member, ways);
    }
    return ways;
  }
}
