import { control } from '../../proto/index.ts';
import type { ObservedMember } from '../observe/index.ts';
import { isGoing } from './health.ts';
import type { Waits } from './waits.ts';

/** A router that is asked to move some of its clients elsewhere. */
export interface Shed {
  readonly member: string;
  /** Of its control service. */
  readonly address: string;
  readonly connections: number;
  readonly withinMs: number;
}

export interface RebalanceBounds {
  /** Begins when the largest number of connections is more than this many times the mean. */
  readonly ratioMax: number;
  /** Ends when it isn't more than this many times the mean. */
  readonly ratioDone: number;
  /**
   * Begins when chance would hardly have made the numbers so different: standard deviations of a normal variable that
   * is as unlikely. A load balancer that draws lots doesn't make them equal.
   */
  readonly chanceMax: number;
  /** Ends when chance would. */
  readonly chanceDone: number;
  /** Connections of a router on average, below which nothing is moved. */
  readonly meanMin: number;
  /** The part of all connections that is moved in one window, at most. */
  readonly shareMax: number;
  /** A little more than 10 s, so that what is moved isn't above the share in any 10 s, wherever they begin. */
  readonly windowMs: number;
  /** In a window one connection is moved after the other, this long apart on average, */
  readonly shedStepMs: number;
  /** or faster, to be through within this time: the next window sees where they went. */
  readonly shedMsMax: number;
  /** Windows that don't lead to the end; then it is given up until a router comes or goes. */
  readonly windowsMax: number;
}

export const rebalanceBounds: RebalanceBounds = {
  ratioMax: 1.2,
  ratioDone: 1.15,
  chanceMax: 3.1,
  chanceDone: 0.8,
  meanMin: 10,
  shareMax: 0.05,
  windowMs: 10_500,
  shedStepMs: 20,
  shedMsMax: 8_000,
  windowsMax: 40,
};

export interface RebalanceInput {
  /** All there are. */
  readonly routers: readonly ObservedMember[];
  /** Every member that is wanted serves, and nothing goes on: no change of the topology, no drain, no roll-out. */
  readonly isQuiet: boolean;
  readonly waits: Waits;
  /** Default: `rebalanceBounds`. */
  readonly bounds?: RebalanceBounds;
}

export interface RebalancePlan {
  readonly sheds: readonly Shed[];
  /** What begins, or is given up, with this plan; for people. */
  readonly begun: string | undefined;
  readonly givenUp: string | undefined;
}

export const noRebalance: RebalancePlan = { sheds: [], begun: undefined, givenUp: undefined };

/** Remembered while it goes on: when the last window began. */
const windowNote = 'rebalance/window';

/**
 * Which routers move connections elsewhere because they have many more than others, as after a scale out, which moves
 * nobody by itself. A client that is moved comes back through the load balancer, to whichever router; so those with
 * the most shed a few in each window, until nobody is far above the mean any more. It begins when that was so, and all was
 * quiet, for the length of a window: what an operator shed that was restarted since is over by then.
 */
export function planRebalance(input: RebalanceInput): RebalancePlan {
  const { routers, isQuiet, waits, bounds = rebalanceBounds } = input;
  const windowsNote = `rebalance/windows/${routers.map(runOf).join()}`;
  const windows = waits.noted(windowsNote) ?? 0;
  const goesOn = waits.noted(windowNote) !== undefined;
  const counts = routers.map((router) => router.state?.connections ?? 0);
  const canTell = isQuiet && routers.every(isInRotation);
  const isDone = canTell && !isUneven(counts, true, bounds);
  if (windows > 0 && !isDone) waits.note(windowsNote, windows);
  if (!canTell || !isUneven(counts, goesOn, bounds)) return noRebalance;
  if (windows >= bounds.windowsMax) {
    const givenUp = `${numbersOf(counts)}, and ${windows} times some were moved: the load balancer may bring them back to where they were, or clients don't go when they are asked to`;
    return goesOn ? { ...noRebalance, givenUp } : noRebalance;
  }
  if (!waits.reached(goesOn ? windowNote : 'rebalance/uneven', bounds.windowMs)) return noRebalance;
  waits.begin(windowNote, bounds.windowMs);
  waits.note(windowsNote, windows + 1);
  return {
    sheds: shedsOf(routers, counts, bounds),
    begun: goesOn ? undefined : `${numbersOf(counts)}: some are moved`,
    givenUp: undefined,
  };
}

/** One life of a router. */
function runOf({ uid, restarts }: ObservedMember): string {
  return `${uid}+${restarts}`;
}

function isInRotation(router: ObservedMember): boolean {
  const { ready, state, controlAddress } = router;
  const isThere = ready && !isGoing(router) && controlAddress !== undefined;
  return isThere && state?.phase === control.Phase.IN_ROTATION;
}

function isUneven(counts: readonly number[], goesOn: boolean, bounds: RebalanceBounds): boolean {
  const mean = meanOf(counts);
  if (counts.length < 2 || mean < bounds.meanMin) return false;
  if (Math.max(...counts) <= mean * (goesOn ? bounds.ratioDone : bounds.ratioMax)) return false;
  return (
    surpriseOf(counts) > chanceOf(counts.length - 1, goesOn ? bounds.chanceDone : bounds.chanceMax)
  );
}

/** Pearson's statistic of the numbers: how far they are from all being the mean. */
function surpriseOf(counts: readonly number[]): number {
  const mean = meanOf(counts);
  return sum(counts.map((count) => (count - mean) ** 2 / mean));
}

/** What that statistic rarely is above when lots are drawn: a quantile of chi-square, by Cornish and Fisher. */
function chanceOf(degrees: number, deviations: number): number {
  return degrees + deviations * Math.sqrt(2 * degrees) + (2 / 3) * (deviations ** 2 - 1);
}

/** As many as bring everybody to the mean, if those who are moved spread evenly; scaled to the share. */
function shedsOf(
  routers: readonly ObservedMember[],
  counts: readonly number[],
  { shareMax, shedStepMs, shedMsMax }: RebalanceBounds,
): readonly Shed[] {
  const mean = meanOf(counts);
  const excess = sum(counts.map((count) => Math.max(0, count - mean)));
  const below = counts.filter((count) => count <= mean).length;
  const wanted = Math.ceil((excess * counts.length) / below);
  const allowed = Math.floor(sum(counts) * shareMax);
  const moved = Math.min(wanted, allowed);
  const withinMs = Math.min(shedMsMax, moved * shedStepMs);
  const parts = takenFromTheTop(counts, moved);
  return routers.flatMap(({ name, controlAddress }, index) => {
    const connections = parts[index] ?? 0;
    if (connections === 0 || controlAddress === undefined) return [];
    return [{ member: name, address: controlAddress, connections, withinMs }];
  });
}

/** `whole` in parts, so that the largest of the numbers without their parts is as small as it can be. */
export function takenFromTheTop(counts: readonly number[], whole: number): readonly number[] {
  let above = 0;
  let level = Number.NEGATIVE_INFINITY;
  for (const [index, count] of counts.toSorted((a, b) => b - a).entries()) {
    if (level >= count) break;
    above += count;
    level = (above - whole) / (index + 1);
  }
  const exact = counts.map((count) => Math.max(0, count - level));
  const parts = exact.map(Math.floor);
  const remainder = (index: number): number => (exact[index] ?? 0) - (parts[index] ?? 0);
  const order = [...parts.keys()].toSorted((a, b) => remainder(b) - remainder(a));
  for (const index of order.slice(0, Math.round(whole - sum(parts))))
    parts[index] = (parts[index] ?? 0) + 1;
  return parts;
}

/** `routers have 0 to 300 connections, 225 on average` */
function numbersOf(counts: readonly number[]): string {
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  return `routers have ${least} to ${most} connections, ${Math.round(meanOf(counts))} on average`;
}

function meanOf(counts: readonly number[]): number {
  return counts.length === 0 ? 0 : sum(counts) / counts.length;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
