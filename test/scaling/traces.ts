import { noise, slowNoise } from './noise.ts';

/** A load over time, in members that are full. */
export interface Trace {
  readonly name: string;
  readonly seconds: number;
  /** At this second. */
  load(second: number): number;
}

/** Part of the peak at a second. */
type Shape = (second: number, seed: number) => number;

const hour = 3600;
const day = 24 * hour;

/** A bump around an hour of the day. */
function bump(second: number, at: number, width: number): number {
  return Math.exp(-((((second % day) / hour - at) / width) ** 2));
}

/** Low at night, a shoulder in the morning, a peak in the evening. */
function evenings(second: number): number {
  return 0.15 + 0.45 * bump(second, 10.5, 2.5) + 0.8 * bump(second, 20, 2.2);
}

/** 0 before, then 1 within `risesIn`, for `lasts`, then it fades. */
function crowd(since: number, risesIn: number, lasts: number, fades: number): number {
  if (since < 0) return 0;
  return Math.min(1, since / risesIn) * Math.exp(-Math.max(0, since - lasts) / fades);
}

function ramp(second: number, from: number, seconds: number): number {
  return Math.min(1, Math.max(0, second - from) / seconds);
}

/** What the autoscaler was made with. */
const known: readonly (readonly [name: string, seconds: number, shape: Shape])[] = [
  ['day curve', day, (s) => 0.9 * evenings(s)],
  [
    'day with a launch',
    day,
    (s) => 0.75 * evenings(s) + 0.5 * crowd(s - 14 * hour, 900, 900, 5400),
  ],
  ['spikes', 8 * hour, (s) => 0.3 + (s % 2400 < 120 ? 0.3 * Math.min(1, (s % 2400) / 40) : 0)],
  ['square wave of 20 min', 6 * hour, (s) => (s % 1200 < 600 ? 0.25 : 0.6)],
  ['square wave of 60 s', 2 * hour, (s) => (s % 60 < 30 ? 0.35 : 0.55)],
  ['flash crowd', 4 * hour, (s) => 0.2 + 0.7 * crowd(s - hour, 240, 1200, 1800)],
  ['flash crowd x10', 4 * hour, (s) => 0.08 + 0.72 * crowd(s - hour, 20, 1800, 1800)],
  [
    'ramp up and down',
    4 * hour,
    (s) => 0.1 + 0.8 * ramp(s, 2 * hour, hour / 2) - 0.7 * ramp(s, 3 * hour, hour / 2),
  ],
  ['noise', 6 * hour, (s, seed) => 0.5 * (1 + 0.2 * slowNoise(seed, s, 60))],
];

/** What it was judged by afterwards: shapes that nothing was set by. */
const unseen: typeof known = [
  [
    'office day',
    day,
    (s) => {
      const [inAt, outAt] = [ramp(s, 8.5 * hour, hour), ramp(s, 17 * hour, hour)];
      return 0.12 + 0.75 * (inAt - outAt) - 0.2 * bump(s, 12.5, 0.5);
    },
  ],
  ['bursts every 75 min', 10 * hour, (s) => 0.25 + 0.5 * crowd(s % 4500, 120, 1500, 200)],
  ['saw teeth of 30 min', 6 * hour, (s) => 0.2 + 0.6 * ((s % 1800) / 1800)],
  ['square wave of 50 min', 8 * hour, (s) => (s % 3000 < 1500 ? 0.3 : 0.7)],
  [
    'two steps',
    5 * hour,
    (s) => 0.2 + (s > hour ? 0.2 : 0) + (s > 2 * hour ? 0.3 : 0) - (s > 4 * hour ? 0.4 : 0),
  ],
  [
    'random walk',
    12 * hour,
    (s, seed) =>
      0.5 +
      0.5 * slowNoise(seed, s, 5400) +
      0.25 * slowNoise(seed + 1, s, 1300) +
      0.1 * slowNoise(seed + 2, s, 240),
  ],
];

export interface TraceWish {
  /** About what the fleet is to carry at most, in members. */
  readonly peak: number;
  readonly seed: number;
  readonly unseen: boolean;
}

/** All of them have the noise of clients that come and go. */
export function traces({ peak, seed, unseen: isUnseen }: TraceWish): readonly Trace[] {
  return (isUnseen ? unseen : known).map(([name, seconds, shape], index) => {
    const own = 1 + index + 100 * seed;
    // Waves are not in step with the looks.
    const shift = Math.floor(60 * (noise(own, 7) + 0.5));
    return {
      name,
      seconds,
      load: (second: number) =>
        Math.max(
          0,
          peak * shape(Math.max(0, second + shift), own) * (1 + 0.06 * slowNoise(own, second, 30)),
        ),
    };
  });
}
