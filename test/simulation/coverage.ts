import type { Kind } from './schedule.ts';

/** Lives in which each of these has to happen once, on average: seeds that miss something prove nothing of it. */
export const livesMax = 100;

const planned = [
  'wish storage',
  'wish routers',
  'wish image',
  'evict storage',
  'evict router',
  'push again latest',
  'push again any',
  'handoff again late',
  'handoff again old',
  'handoff again any',
  'subscriber comes',
  'subscriber leaves',
  'PREPARE',
  'COMMIT',
  'over',
];
const elected = ['elect dead', 'elect stalled', 'elect refused', 'elect going on'];
const weather = [
  'crash router',
  'stall router',
  'stall storage',
  'cut',
  'lose',
  ...['router and storage', 'operator and member'].flatMap((between) => {
    return ['there', 'back', 'both'].map((direction) => `block ${between} ${direction}`);
  }),
];

const expected: Readonly<Record<Kind, readonly string[]>> = {
  planned,
  leaders: [...planned, ...elected],
  leaderless: ['wish storage', 'crash operator', 'PREPARE', 'COMMIT', 'over'],
  network: [...planned, ...weather],
  full: [...planned, 'stall operator'],
  faults: [...planned, ...elected, ...weather, 'crash storage'],
};

/** What happened too seldom in so many lives, one line each. */
export function tooSeldom(
  kind: Kind,
  happened: ReadonlyMap<string, number>,
  lives: number,
): readonly string[] {
  const timesMin = Math.floor(lives / livesMax);
  return expected[kind]
    .filter((what) => (happened.get(what) ?? 0) < timesMin)
    .map((what) => `${what}: ${happened.get(what) ?? 0} times in ${lives} lives`);
}
