import type { Wish } from './world/cluster.ts';
import type { Random } from './world/random.ts';

/** Who is meant: where there are several, `choice` of the happening says which. */
export type Who = 'router' | 'storage' | 'operator';

/** One thing that is done to the cluster. Planned ones are those that no client may notice. */
export type Happening =
  | { readonly is: 'wish'; readonly change: Partial<Wish> }
  /** A pod is deleted, as for a drained node; it is made again. */
  | { readonly is: 'evict'; readonly tier: 'router' | 'storage' }
  | { readonly is: 'stall'; readonly who: Who; readonly forMs: number }
  /** A router and a storage node stand still at once, and go on at once. */
  | { readonly is: 'stall both'; readonly forMs: number }
  | { readonly is: 'crash'; readonly who: Who }
  /** A link is reset. */
  | { readonly is: 'cut' }
  /** A link carries nothing any more, and nobody is told. */
  | { readonly is: 'lose' }
  | {
      readonly is: 'block';
      readonly between: 'router and storage' | 'operator and member';
      readonly direction: 'there' | 'back' | 'both';
      readonly forMs: number;
    }
  /** Another operator is elected while the one before: is dead, stands still, is refused by the store, or goes on. */
  | {
      readonly is: 'elect';
      readonly before: 'dead' | 'stalled' | 'refused' | 'going on';
      readonly forMs: number;
    }
  /** A topology that was pushed before comes (again). */
  | { readonly is: 'push again'; readonly which: 'latest' | 'any' }
  /**
   * Handoffs that were sent before come (again), as through a router that stood still. late: the last ones. old: of
   * another version. any: one of them all.
   */
  | { readonly is: 'handoff again'; readonly which: 'late' | 'old' | 'any' }
  | { readonly is: 'subscriber leaves' }
  | { readonly is: 'subscriber comes' };

/** What a topology that is pushed says of a move; over: a move was under way, and is no more. */
export type Phase = 'PREPARE' | 'COMMIT' | 'over';

/** At a time; or so long after the first push of the `nth` topology (from 1) that is in a phase. */
export interface When {
  readonly atMs: number;
  readonly during?: { readonly phase: Phase; readonly nth: number; readonly afterMs: number };
}

export interface Scheduled extends When {
  readonly what: Happening;
  /** From 0 to 1: chooses among those it may happen to. */
  readonly choice: number;
}

/**
 * planned: what a user or a node drain does; nobody may notice it.
 * leaders: the same while operators come, go and overlap.
 * leaderless: the operator ends while it gives a topology to the members, so that some may never get it from an operator;
 * no other one is there for longer than publishes wait.
 * network: as planned, while links break, routers crash, and processes stand still for less than it takes to be given up;
 * topics keep their pages.
 * full: as planned, while storage nodes are too small for all topics, or evict those that are quiet.
 * faults: everything, with an operator that may be impatient.
 */
export type Kind = 'planned' | 'leaders' | 'leaderless' | 'network' | 'full' | 'faults';

/** A run that is longer is one of topics that go away and come back, again and again. */
export const seesawMsMin = 2_000;

/** What happens in one run, `forMs` long. */
export function makeSchedule(random: Random, kind: Kind, wish: Wish, forMs: number): Scheduled[] {
  const scheduled: Scheduled[] = [];
  const add = (what: Happening, when: When = { atMs: random.between(0, forMs) }): void => {
    scheduled.push({ ...when, what, choice: random.unit() });
  };
  if (kind === 'leaderless') {
    add({ is: 'wish', change: { storage: other(random, wish.storage, 1) } }, { atMs: 0 });
    add({ is: 'crash', who: 'operator' }, whenMoving(random, 20));
    if (random.chance(0.5)) add({ is: 'subscriber comes' });
    if (random.chance(0.3)) add({ is: 'handoff again', which: 'any' });
    return scheduled.toSorted((a, b) => a.atMs - b.atMs);
  }
  // The last router has nowhere to move its clients.
  const routersMin = kind === 'faults' ? 1 : 2;
  const isSeesaw = forMs > seesawMsMin;
  if (isSeesaw) seesaw(random, wish, forMs, add);
  for (let count = 1 + random.below(2); count > 0; count--) {
    add(plannedChange(random, wish, routersMin));
  }
  if (random.chance(0.5)) add({ is: 'subscriber comes' });
  if (random.chance(0.3)) add({ is: 'subscriber leaves' });
  for (let count = random.below(3); count > 0; count--) {
    add({ is: 'push again', which: random.chance(0.5) ? 'latest' : 'any' });
  }
  const copies = random.below(kind === 'full' ? 12 : 5);
  for (let count = copies; count > 0; count--) {
    const which = random.pick(['late', 'old', 'any'] as const);
    add({ is: 'handoff again', which }, copyWhen(random, kind, which === 'old', isSeesaw));
  }
  // A move that takes so long that topics are idle in the middle of it.
  if (kind === 'full' && random.chance(0.6)) {
    const during = { phase: 'COMMIT', nth: 1, afterMs: random.between(0, 30) } as const;
    const what = { is: 'stall', who: 'operator', forMs: random.between(1_500, 2_500) } as const;
    add(what, { atMs: 0, during });
    add({ is: 'wish', change: { storage: other(random, wish.storage, 1) } }, { atMs: 0 });
  }
  // The more nodes there are, the more of a move goes on when one is lost in the middle of it.
  if (kind === 'faults' && random.chance(0.3)) {
    add({ is: 'wish', change: { storage: wish.storage === 3 ? 2 : 3 } });
    const during = { phase: 'COMMIT', nth: 1, afterMs: random.between(0, 60) } as const;
    add({ is: 'crash', who: 'storage' }, { atMs: 0, during });
  }
  const isTroubled = kind !== 'planned' && kind !== 'full';
  for (let count = isTroubled ? 1 + random.below(4) : 0; count > 0; count--) {
    const what = trouble(random, kind);
    if (random.chance(0.6)) add(what, whenMoving(random, what.is === 'elect' ? 20 : 400));
    else add(what);
  }
  return scheduled.toSorted((a, b) => a.atMs - b.atMs);
}

/** When a copy of a handoff does most harm. */
function copyWhen(random: Random, kind: Kind, isOld: boolean, isSeesaw: boolean): When {
  const nth = isSeesaw ? 1 + random.below(4) : 1;
  if (kind === 'full') {
    return { atMs: 0, during: { phase: 'COMMIT', nth: 1, afterMs: random.between(0, 2_500) } };
  }
  const { atMs, during } = whenMoving(random, isOld ? 10 : 100);
  return during ? { atMs, during: { ...during, nth } } : { atMs };
}

function seesaw(
  random: Random,
  { storage }: Wish,
  forMs: number,
  add: (what: Happening, when: When) => void,
): void {
  const elsewhere = other(random, storage, 1);
  const stepMs = random.between(400, 700);
  let here = true;
  for (let atMs = 0; atMs < forMs; atMs += stepMs) {
    here = !here;
    add({ is: 'wish', change: { storage: here ? storage : elsewhere } }, { atMs });
  }
}

function trouble(random: Random, kind: Kind): Happening {
  if (kind === 'leaders') return leaderChange(random);
  if (kind === 'network') return hiccup(random);
  return random.chance(0.2) ? leaderChange(random) : fault(random);
}

/** The most interesting moments are short. */
function whenMoving(random: Random, afterMsMax: number): When {
  const phase = random.pick(['PREPARE', 'COMMIT', 'COMMIT', 'COMMIT', 'over'] as const);
  const afterMs = random.unit() ** 2 * random.pick([afterMsMax / 10, afterMsMax]);
  return { atMs: 0, during: { phase, nth: 1, afterMs } };
}

function plannedChange(random: Random, wish: Wish, routersMin: number): Happening {
  const roll = random.below(100);
  if (roll < 50) return { is: 'wish', change: { storage: other(random, wish.storage, 1) } };
  if (roll < 65)
    return { is: 'wish', change: { routers: other(random, wish.routers, routersMin) } };
  if (roll < 75) return { is: 'wish', change: { image: `topicplane:${2 + random.below(3)}` } };
  if (roll < 95) return { is: 'evict', tier: 'storage' };
  return { is: 'evict', tier: 'router' };
}

function leaderChange(random: Random): Happening {
  const before = random.pick(['dead', 'stalled', 'refused', 'going on'] as const);
  return { is: 'elect', before, forMs: random.between(20, 1_500) };
}

function fault(random: Random): Happening {
  const roll = random.below(100);
  if (roll < 20) return { is: 'crash', who: 'storage' };
  if (roll < 25) return { is: 'crash', who: 'router' };
  if (roll < 42) return { is: 'stall', who: 'storage', forMs: howLong(random) };
  if (roll < 54) return { is: 'stall', who: 'router', forMs: howLong(random) };
  if (roll < 60) return { is: 'stall both', forMs: howLong(random) };
  if (roll < 70) return { is: 'cut' };
  if (roll < 76) return { is: 'lose' };
  return {
    is: 'block',
    between: random.chance(0.6) ? 'router and storage' : 'operator and member',
    direction: random.pick(['there', 'back', 'both'] as const),
    forMs: howLong(random),
  };
}

/** Nothing that anybody is given up for. */
function hiccup(random: Random): Happening {
  const roll = random.below(100);
  if (roll < 15) return { is: 'crash', who: 'router' };
  if (roll < 30) return { is: 'stall', who: 'router', forMs: howLong(random) };
  if (roll < 45) return { is: 'stall', who: 'storage', forMs: random.between(20, 700) };
  if (roll < 65) return { is: 'cut' };
  if (roll < 75) return { is: 'lose' };
  return {
    is: 'block',
    between: random.chance(0.7) ? 'router and storage' : 'operator and member',
    direction: random.pick(['there', 'back', 'both'] as const),
    forMs: random.between(20, 700),
  };
}

/** From a hiccup to longer than anybody waits. */
function howLong(random: Random): number {
  return random.pick([50, 300, 800, 1_200, 2_500, 4_000] as const) * random.between(0.5, 1.2);
}

function other(random: Random, now: number, min: number): number {
  const choices = [1, 2, 3].filter((count) => count >= min && count !== now);
  return random.pick(choices);
}

/** `stall router`: what it is, without times and numbers. */
export function nameOf(what: Happening): string {
  const { is, ...details } = what;
  const words =
    what.is === 'wish'
      ? Object.keys(what.change)
      : Object.values(details).filter((value) => typeof value === 'string');
  return [is, ...words].join(' ');
}

/** For people, one line each. */
export function tellSchedule(schedule: readonly Scheduled[], fromMs: number): string[] {
  return schedule.map(({ atMs, during, what, choice }) => {
    const { is, ...rest } = what;
    const details = Object.entries(rest).map(([key, value]) => {
      const text = typeof value === 'number' ? String(Math.round(value)) : JSON.stringify(value);
      return `${key} ${text}`;
    });
    const when = during
      ? `${during.afterMs.toFixed(1)} ms into ${during.phase} ${during.nth}`
      : `${(fromMs + atMs).toFixed(0)} ms`;
    return `${when.padStart(24)}  ${[is, ...details].join(', ')} (${choice.toFixed(3)})`;
  });
}
