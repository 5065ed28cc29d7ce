import { hpa } from './hpa.ts';
import { type Outcome, run } from './model.ts';
import { ours } from './ours.ts';
import { specOf } from './spec.ts';
import { traces } from './traces.ts';

/** A tier that follows a load, in a model. */
export interface Case {
  readonly tier: 'router' | 'storage';
  /** Members that are full at about the most. */
  readonly peak: number;
  /** From the decision until a member serves. */
  readonly startSeconds: number;
  readonly seed: number;
  readonly unseen: boolean;
}

export interface Row extends Case {
  readonly trace: string;
  readonly ours: Outcome;
  readonly hpa: Outcome;
}

/**
 * The goal is fewer seconds over capacity than the HPA, or none as it, at no more member-hours. `even`: as many seconds,
 * at no more hours.
 */
export function verdictOf({ ours: own, hpa: other }: Pick<Row, 'ours' | 'hpa'>) {
  if (own.hours > other.hours || own.secondsOver > other.secondsOver) return 'lost';
  return own.secondsOver === other.secondsOver && own.secondsOver > 0 ? 'even' : 'won';
}

/** More a tier can't have. */
const membersMax = { router: 1000, storage: 200 };

/** One row for each trace. */
export function* compare(
  it: Case,
  wanted: (trace: string) => boolean = () => true,
): Generator<Row> {
  const { tier, peak, startSeconds, seed } = it;
  const max = Math.min(2 * peak, membersMax[tier]);
  const spec = specOf(tier, max);
  for (const trace of traces(it)) {
    if (!wanted(trace.name)) continue;
    const conditions = { startSeconds, seed };
    const own = run(trace, ours(spec, startSeconds), conditions);
    const inMembersAMinute = tier === 'storage' ? 1 : undefined;
    const other = run(
      trace,
      hpa({ target: 0.7, min: spec.min, max, inMembersAMinute }),
      conditions,
    );
    yield { ...it, trace: trace.name, ours: own, hpa: other };
  }
}
