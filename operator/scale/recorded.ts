import type { TierScalingStatus } from '../resource/status.ts';
import { scaleBounds } from './decide.ts';
import { type Lead, leadMsMax, leadsMax } from './lead.ts';
import { partsMax, type Recommendation, type ScaleMemory, type Step, stepsMax } from './memory.ts';

/** The part of a tier's status that later decisions need, also those of another operator. */
export type Recorded = Pick<
  TierScalingStatus,
  'leads' | 'since' | 'last' | 'recommendations' | 'steps'
>;

/** What is no news is told this often: what is told is written down, and wakes who watches. */
export const tellMs = 60_000;

/** What a tier's decisions need of the ones before, and how long members took to serve. */
export interface Remembered {
  readonly memory: ScaleMemory;
  readonly leads: readonly Lead[];
}

export function recorded({ memory, leads }: Remembered): Recorded {
  const { sinceMs, lastMs, recommendations, steps } = memory;
  return {
    leads: leads
      .slice(-leadsMax)
      .map(({ atMs, ms }) => ({ at: iso(atMs), seconds: Math.round(ms / 1000) })),
    ...(sinceMs !== undefined && { since: iso(sinceMs) }),
    ...(lastMs !== undefined && { last: iso(lastMs) }),
    recommendations: recommendations.map(({ atMs, least, most }) => ({
      at: iso(atMs),
      least,
      most,
    })),
    steps: steps.map(({ atMs, from, to }) => ({ at: iso(atMs), from, to })),
  };
}

/** More members were right at last than the status tells of: who takes over from it alone would let them go too early. */
export function isUntold(
  { recommendations }: ScaleMemory,
  told: Pick<Recorded, 'recommendations'>,
): boolean {
  return (recommendations.at(-1)?.most ?? 0) > (told.recommendations.at(-1)?.most ?? 0);
}

export interface Now {
  /** Since 1970. */
  readonly nowMs: number;
  /** From one look at the load to the next. */
  readonly intervalMs: number;
}

/**
 * What a status remembers. Anybody may have written it: what isn't sound is left out. What was right when it was written
 * was right until the operator before ended, or that would have been told: the stabilisation goes on. Not so when nobody
 * can have looked for a while: then scaling in waits for all of it again.
 */
export function remembered(status: unknown, { nowMs, intervalMs }: Now): Remembered {
  const said: Readonly<Record<string, unknown>> = isRecord(status) ? status : {};
  const isPast = (atMs: number | undefined): atMs is number => atMs !== undefined && atMs <= nowMs;
  const items = (key: string, max: number) => {
    const list = said[key];
    const sound = (Array.isArray(list) ? list.slice(-max) : []).filter(isRecord);
    const times = sound.map((it) => ({ it, atMs: time(it.at) }));
    const past = times.flatMap(({ it, atMs }) => (isPast(atMs) ? [{ it, atMs }] : []));
    return past.sort((a, b) => a.atMs - b.atMs);
  };
  const leads = items('leads', leadsMax).flatMap(({ it, atMs }): Lead[] => {
    const ms = Number(it.seconds) * 1000;
    return typeof it.seconds === 'number' && ms >= 0 && ms <= leadMsMax ? [{ atMs, ms }] : [];
  });
  const recommendations = items('recommendations', partsMax).flatMap(
    ({ it: { least, most }, atMs }): Recommendation[] =>
      isCount(least) && isCount(most) ? [{ atMs, least, most }] : [],
  );
  const steps = items('steps', stepsMax).flatMap(({ it: { from, to }, atMs }): Step[] =>
    isCount(from) && isCount(to) ? [{ atMs, from, to }] : [],
  );
  const since = time(said.since);
  const lastMs = time(said.last);
  const gapMsMax = scaleBounds.gapIntervals * intervalMs;
  // When it was told that nothing was known, that is not to be carried on.
  const wasKnown = lastMs !== undefined && lastMs === time(said.at);
  const isRecent = isPast(lastMs) && nowMs - lastMs <= gapMsMax + (wasKnown ? tellMs : 0);
  const follows = isRecent && isPast(since) && recommendations.length > 0;
  const last = follows && wasKnown ? nowMs : lastMs;
  return {
    leads,
    memory: {
      sinceMs: follows ? since : undefined,
      lastMs: isPast(last) ? last : undefined,
      recommendations,
      steps,
    },
  };
}

const membersMax = 10_000;

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= membersMax;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function time(value: unknown): number | undefined {
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
