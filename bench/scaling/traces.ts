/** A load over time, in members that are full. */
export interface Trace {
  readonly name: string;
  readonly seconds: number;
  /** At this second. */
  load(second: number): number;
}

/** Deterministic noise: the same number for the same seed and step. */
function noise(seed: number, step: number): number {
  let x = Math.imul(seed ^ Math.imul(step, 0x9e3779b1), 0x85ebca6b) >>> 0;
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35) >>> 0;
  return ((x ^ (x >>> 16)) >>> 0) / 2 ** 32 - 0.5;
}

/** Noise of 30 s steps, as clients that come and go make. */
function jitter(seed: number, second: number): number {
  const step = Math.floor(second / 30);
  const part = second / 30 - step;
  return noise(seed, step) * (1 - part) + noise(seed, step + 1) * part;
}

const hour = 3600;
const day = 24 * hour;

/** Low at night, a shoulder in the morning, a peak in the evening. */
function dayCurve(second: number): number {
  const hours = (second % day) / hour;
  const bump = (at: number, width: number) => Math.exp(-(((hours - at) / width) ** 2));
  return 0.15 + 0.45 * bump(10.5, 2.5) + 0.8 * bump(20, 2.2);
}

/** @param peak about what the fleet is to carry at most, in members */
export function traces(peak: number): readonly Trace[] {
  const part = (
    name: string,
    seconds: number,
    seed: number,
    shape: (second: number) => number,
  ) => ({
    name,
    seconds,
    load: (second: number) => Math.max(0, peak * shape(second) * (1 + 0.06 * jitter(seed, second))),
  });
  return [
    part('two days', 2 * day, 1, (s) => dayCurve(s) * (s < day ? 0.8 : 0.95)),
    part('a day with a launch', day, 2, (s) => {
      const since = s - 14 * hour;
      const launch =
        since < 0 ? 0 : 0.5 * Math.min(1, since / 900) * Math.exp(-Math.max(0, since - 900) / 5400);
      return 0.8 * dayCurve(s) + launch;
    }),
    part(
      'spikes',
      6 * hour,
      3,
      (s) => 0.3 + (s % 2400 < 120 ? 0.3 * Math.min(1, (s % 2400) / 40) : 0),
    ),
    part('square wave of 20 min', 6 * hour, 4, (s) => (s % 1200 < 600 ? 0.25 : 0.6)),
    part('square wave of 60 s', 2 * hour, 5, (s) => (s % 60 < 30 ? 0.35 : 0.55)),
    part('flash crowd', 4 * hour, 6, (s) => {
      const since = s - hour;
      if (since < 0) return 0.2;
      return 0.2 + 0.7 * Math.min(1, since / 240) * Math.exp(-Math.max(0, since - 1200) / 1800);
    }),
    part(
      'a ramp',
      3 * hour,
      7,
      (s) =>
        0.1 +
        0.8 * Math.min(1, Math.max(0, s - 1200) / 3600) -
        0.7 * Math.min(1, Math.max(0, s - 7200) / 2400),
    ),
    part('noise', 6 * hour, 8, () => 0.5),
  ];
}
