import { type Controller, type Policy, startController } from '../../../operator/index.ts';
import type { topo } from '../../../proto/index.ts';
import { silentLogger } from '../../../runtime/index.ts';
import { type Directory, RemoteMembers } from './calls.ts';
import type { Network } from './network.ts';
import { namespace, type Objects, RemoteObjects } from './objects.ts';
import { SimProcess } from './process.ts';
import type { Random } from './random.ts';
import type { Trace } from './trace.ts';

export interface OperatorsOptions {
  readonly network: Network;
  readonly objects: Objects;
  readonly directory: Directory;
  readonly random: Random;
  readonly trace: Trace;
  /** Beside the usual one. */
  readonly policy: Partial<Policy>;
}

/** One run of an operator that was elected, and may believe it for longer than it is. */
export interface Leader {
  readonly term: number;
  readonly process: SimProcess;
  readonly objects: RemoteObjects;
  readonly controller: Controller;
}

/** Shorter than in production, so that a life fits into some virtual seconds. */
export const usual = {
  unreadyMsMax: 1_500,
  unheardMsMax: 750,
  settleMsMax: 800,
  acknowledgeMsMax: 800,
  // Nobody has to be forced unless the operator is impatient.
  stalledMsMax: 60_000,
  steadyMsMin: 150,
  stuckMsMax: 1_500,
  failingMsMax: 1_500,
  replacedMsMax: 20_000,
  recheckMs: 100,
} satisfies Partial<Policy>;

/** The operators there are: usually one. */
export class Operators {
  readonly leaders: Leader[] = [];
  /** Everything that was ever pushed, oldest first. */
  readonly pushed: topo.Topology[] = [];
  /** Told of every topology when it is first pushed. */
  onNews: (topology: topo.Topology) => void = () => {};
  readonly #options: OperatorsOptions;
  #term = 0;

  constructor(options: OperatorsOptions) {
    this.#options = options;
  }

  /** The one that was elected last. */
  get latest(): Leader | undefined {
    return this.leaders.at(-1);
  }

  /** Another one is elected, whatever the others believe. */
  elect(): Leader {
    const { network, objects, directory, random, trace } = this.#options;
    const { timeline } = network;
    this.#term += 1;
    const term = this.#term;
    const process = new SimProcess(`operator/${term}`, timeline, random.fork());
    const remote = new RemoteObjects(objects, process, network);
    const jitter = random.fork();
    const controller = startController({
      store: remote,
      clock: process.clock,
      log: silentLogger,
      namespace,
      term,
      image: 'topicplane:1',
      members: new RemoteMembers(
        network,
        process,
        random.fork(),
        directory,
        (address, topology) => {
          if (!this.pushed.includes(topology)) {
            this.pushed.push(topology);
            this.onNews(topology);
          }
          trace.note(timeline.nowMs, process.host, () => {
            return `pushes ${told(topology)} to ${address}`;
          });
        },
      ),
      random: () => jitter.unit(),
      resyncMs: 1_000,
      policy: { ...usual, ...this.#options.policy },
    });
    const leader = { term, process, objects: remote, controller };
    this.leaders.push(leader);
    trace.note(timeline.nowMs, process.host, () => `leads in term ${term}`);
    return leader;
  }
}

/** A topology in a line. */
export function told({ version, ring, move, ringEpoch }: topo.Topology): string {
  const names = (list: readonly string[]) => list.map((name) => name.split('-').at(-1)).join(' ');
  const moving = move
    ? `, ${move.phase === 2 ? `COMMIT from ${names(move.sources)}` : 'PREPARE'} to ${names(move.ring)}`
    : '';
  return `${version?.term}.${version?.epoch} (ring ${names(ring)}${moving}, ring epoch ${ringEpoch})`;
}
