import type { Oracle } from '../../support/oracle/index.ts';
import { type ClientPipe, type ToClient, type ToRouter } from './connections.ts';
import { type Network, Pipe } from './network.ts';
import type { SimProcess } from './process.ts';
import type { RouterMember } from './router-member.ts';
import type { Trace } from './trace.ts';

/** What every client needs of the world. */
export interface ClientWorld {
  readonly network: Network;
  readonly oracle: Oracle;
  readonly trace: Trace;
  /** A router that takes clients, as the Service chooses; undefined: there is none. */
  chooseRouter(): RouterMember | undefined;
}

/** What clients wait before they come back after an error; SDKs wait for twice as long. */
export const RETRY_MS = 250;
/** What SDKs wait for an answer, and for the first message of a stream. */
export const ANSWER_MS_MAX = 5_000;

export function connect(
  world: ClientWorld,
  from: SimProcess,
  to: RouterMember,
): ClientPipe | undefined {
  if (to.process.ended) return undefined;
  const pipe = new Pipe<ToRouter, ToClient>(world.network, from, to.process);
  to.accept(pipe);
  return pipe;
}
