import type { Tally } from './judge.ts';
import type { LaneReport } from './lane.ts';

/**
 * What canaries say of this router.
 *
 * - trying: the warm-up under way isn't complete.
 * - passed: the last warm-up was complete, and there was no fault since.
 * - failed: there was one, or the warm-up got stuck; `words` say what, for people.
 */
export type Verdict =
  | { readonly is: 'trying'; readonly arrived: number; readonly wanted: number }
  | { readonly is: 'passed' }
  | { readonly is: 'failed'; readonly words: string };

/** Lanes named in words; more are counted. */
const lanesNamedMax = 3;

/** Judges a warm-up, or the time since, by what the lanes say. No lane: nothing was tried, so nothing was passed. */
export function verdictOf(lanes: readonly LaneReport[], warmUpItems: number): Verdict {
  const open = lanes.filter((lane) => !lane.complete && !lane.stalled);
  if (lanes.length === 0 || open.length > 0) {
    const arrived = lanes.reduce((sum, { tally }) => sum + Math.min(tally.arrived, warmUpItems), 0);
    return { is: 'trying', arrived, wanted: lanes.length * warmUpItems };
  }
  const faults = lanes.flatMap((lane) => {
    const fault = faultOf(lane, warmUpItems);
    return fault === undefined ? [] : [fault];
  });
  if (faults.length === 0) return { is: 'passed' };
  return { is: 'failed', words: `canaries: ${named(faults)}` };
}

/** The same for lanes of which some are in no warm-up: a fault of any of them counts at once. */
export function faultsOf(lanes: readonly LaneReport[]): string | undefined {
  const faults = lanes.flatMap(({ member, tally }) => {
    const words = tallyWords(tally);
    return words === undefined ? [] : [`${words} between ${member} and the client port`];
  });
  return faults.length === 0 ? undefined : `canaries: ${named(faults)}`;
}

function faultOf(lane: LaneReport, warmUpItems: number): string | undefined {
  const { member, tally, stalled, refusal } = lane;
  const words = tallyWords(tally, warmUpItems);
  if (words !== undefined) return `${words} between ${member} and the client port`;
  if (!stalled) return undefined;
  const why = refusal === undefined ? '' : `; publishing there was refused: ${refusal}`;
  return `${tally.arrived} of ${warmUpItems} items arrived from ${member}, then none${why}`;
}

/** @param of how many; undefined: of those that come all the time */
function tallyWords(tally: Tally, of?: number): string | undefined {
  const kinds = [
    [tally.lost, 'lost'],
    [tally.doubled, 'delivered twice'],
    [tally.disordered, 'delivered out of order'],
    [tally.changed, 'changed'],
  ] as const;
  const words = kinds.flatMap(([count, what]) => {
    if (count === 0) return [];
    if (of !== undefined) return [`${count} of ${of} items were ${what}`];
    return [count === 1 ? `1 item was ${what}` : `${count} items were ${what}`];
  });
  return words.length === 0 ? undefined : words.join(', ');
}

function named(faults: readonly string[]): string {
  const rest = faults.length - lanesNamedMax;
  const first = faults.slice(0, lanesNamedMax).join('; ');
  return rest > 0 ? `${first}; and ${rest} more` : first;
}
