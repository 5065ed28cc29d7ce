import { Fleet } from './fleet.ts';
import type { Trace } from './traces.ts';

export interface Look {
  readonly second: number;
  /** Measured a scrape ago, of all that served then; in members. */
  readonly load: number;
  readonly fleet: Fleet;
}

/** Says every 15 s how many members there are to be. */
export type Scaler = (look: Look) => number;

export interface Outcome {
  /** Member-hours above what would just carry the load. */
  readonly spareHours: number;
  readonly hours: number;
  /** Seconds in which there was more load than members. */
  readonly secondsOver: number;
  /** Load that found no member, in member-seconds. */
  readonly unserved: number;
  readonly actions: number;
}

const lookSeconds = 15;
/** From the measurement to the look: scrape, rate window. */
const delaySeconds = 20;

export function run(trace: Trace, scaler: Scaler, startSeconds: number): Outcome {
  const fleet = new Fleet(Math.max(2, Math.ceil(trace.load(0) / 0.7)), startSeconds);
  let spare = 0;
  let hours = 0;
  let secondsOver = 0;
  let unserved = 0;
  let actions = 0;
  let desired = fleet.size;
  for (let second = 0; second < trace.seconds; second += 1) {
    fleet.tick(second);
    const load = trace.load(second);
    hours += fleet.size / 3600;
    spare += Math.max(0, fleet.size - load) / 3600;
    if (load > fleet.serving) {
      secondsOver += 1;
      unserved += load - fleet.serving;
    }
    if (second % lookSeconds !== 0) continue;
    const measured = trace.load(Math.max(0, second - delaySeconds));
    const wanted = scaler({ second, load: measured, fleet });
    if (wanted !== desired) actions += 1;
    desired = wanted;
    fleet.resize(wanted, second);
  }
  return { spareHours: spare, hours, secondsOver, unserved, actions };
}
