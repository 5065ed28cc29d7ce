import type { topo } from '../../proto/index.ts';
import { ownersText } from '../../topology/index.ts';
import { progressOf, withoutVersion } from './acknowledged.ts';
import { withoutLost } from './move-losses.ts';
import {
  acknowledged,
  heldOwners,
  isBack,
  type MoveStep,
  membersOf,
  type OwnersInput,
  type OwnersPlan,
} from './owners.ts';
import { ownersOf } from './ring.ts';

/**
 * What becomes of a committed move in which nothing was handed over for `stalledMsMax`, although everybody serves and
 * topics can be carried. Whoever doesn't take the topology hands over nothing and gets nothing. When that isn't it, the
 * move leads back to the old ring if nothing of it has happened; otherwise topics that are left begin a new page.
 * undefined: nobody would be left.
 *
 * @param undone sources that aren't done
 */
export function endStalled(
  input: OwnersInput,
  move: topo.Move,
  undone: readonly string[],
): OwnersPlan | undefined {
  const { held } = input;
  const stalledFor = `within ${Math.round(input.policy.stalledMsMax / 1000)} s`;
  const behind = withoutVersion(acknowledged(input), ownersOf(held));
  if (behind.length > 0) {
    const silent = behind.map((member) => member.name);
    return withoutSilent(input, move, silent, stalledFor);
  }
  if (undone.length === 0) return undefined;
  const handedOver = `${undone.join(', ')} handed over nothing`;
  if (hasNothingHappened(input, move)) {
    return {
      ...membersOf(input, held.ring, held.ring),
      move: { ...move, ring: held.ring },
      step: 'abandoned',
      why: [`${handedOver} ${stalledFor}: topics stay where they are`],
      waitingFor: [],
    };
  }
  return {
    ...heldOwners(held),
    move: { ...move, sources: move.sources.filter((name) => !undone.includes(name)) },
    step: 'forced',
    why: [`${handedOver} more ${stalledFor}: topics left there begin a new page`],
    waitingFor: [],
  };
}

/** They would be owners that don't know what they own. */
function withoutSilent(
  input: OwnersInput,
  move: topo.Move,
  silent: readonly string[],
  stalledFor: string,
): OwnersPlan | undefined {
  const { held } = input;
  const next = withoutLost(input, move, new Set(silent));
  const after = { ...held, move: next };
  if (ownersText(after) === ownersText(held)) return undefined;
  // What a lost source had is its heirs'.
  const isUnmoved = move.sources.length === held.ring.length;
  const hasTopics = silent.some((name) => {
    return !isUnmoved || move.sources.includes(name) || hasBegun(input, name);
  });
  const isLedBack: MoveStep | undefined = isBack(after) ? 'abandoned' : undefined;
  return {
    ...membersOf(input, held.ring, next.ring),
    move: next,
    step: hasTopics ? 'forced' : isLedBack,
    why: [
      `${silent.join(', ')} took no topology ${stalledFor}: ${hasTopics ? 'topics there begin a new page' : 'no topics go there'}`,
    ],
    waitingFor: [],
  };
}

/** Topics are all where they were before the move; those that are on their way are few. */
function hasNothingHappened(input: OwnersInput, move: topo.Move): boolean {
  const { held } = input;
  // What a lost source had is its heirs'.
  if (move.sources.length < held.ring.length) return false;
  const asked = acknowledged(input);
  const isUntouched = move.sources.every((name) => progressOf(asked, name)?.handedOver === 0);
  return isUntouched && !move.ring.some((name) => hasTaken(input, name));
}

/** It took topics of this move, in whatever version. */
function hasTaken({ ring }: OwnersInput, name: string): boolean {
  return (ring.pods.get(name)?.state?.move?.taken ?? 0) > 0;
}

/** It was a target in an earlier version, and may have begun topics. */
function hasBegun({ ring }: OwnersInput, name: string): boolean {
  return ring.pods.get(name)?.state?.move !== undefined;
}
