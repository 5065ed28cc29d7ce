import { topo } from '../../proto/index.ts';
import { noteSilentRouters } from './acknowledged.ts';
import { inCommit } from './move-commit.ts';
import { inPrepare } from './move-prepare.ts';
import { atRest } from './move-rest.ts';
import type { OwnersInput, OwnersPlan } from './owners.ts';

/**
 * The next step of the owners, see docs/adr/0017. At rest, what is unplanned changes the ring at once, and what is
 * planned begins a move. A move that is only prepared is given up when anything about it changes. One that is committed
 * goes on to its end: who is lost is no source or no target any more. All of it follows from the topology in force and
 * from what is observed; nothing has to be remembered.
 */
export function planOwners(input: OwnersInput): OwnersPlan {
  const { held, routers, policy, waits } = input;
  noteSilentRouters(routers, policy, waits);
  const { move } = held;
  if (!move) return atRest(input);
  return move.phase === topo.MovePhase.COMMIT ? inCommit(input, move) : inPrepare(input, move);
}
