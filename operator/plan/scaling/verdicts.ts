import type { Condition, Reason } from '../../resource/index.ts';
import { tierNames } from './events.ts';
import type { TierMemory } from './memory.ts';
import type { TierInput } from './tier.ts';

interface Verdict {
  readonly status: 'True' | 'False';
  readonly reason: Reason;
  /** For people. */
  readonly message: string;
}

/** None where no tier follows its load. */
export interface ScalingVerdicts {
  readonly ScalingActive?: Verdict;
  readonly MetricsAvailable?: Verdict;
}

export interface PlannedTier {
  readonly inputs: TierInput;
  readonly next: TierMemory;
}

/**
 * What is said of the conditions. Of the numbers it says what the status does, so that they come and go together. Until
 * there was a reading of every tier, it is what was said before.
 */
export function scalingVerdicts(
  tiers: readonly PlannedTier[],
  before: ReadonlyMap<string, Partial<Condition>>,
): ScalingVerdicts {
  if (tiers.length === 0) return {};
  const isRead = tiers.every(({ next }) => next.verdict !== undefined);
  const ScalingActive = isRead ? undefined : verdictIn(before.get('ScalingActive'));
  const MetricsAvailable = isRead ? undefined : verdictIn(before.get('MetricsAvailable'));
  return {
    ScalingActive: ScalingActive ?? scalingActive(tiers),
    MetricsAvailable: MetricsAvailable ?? metricsAvailable(tiers),
  };
}

function verdictIn({ status, reason, message }: Partial<Condition> = {}): Verdict | undefined {
  if ((status !== 'True' && status !== 'False') || !reason || message === undefined)
    return undefined;
  return { status, reason, message };
}

function scalingActive(tiers: readonly PlannedTier[]): Verdict {
  const unknown = tiers.filter(({ next }) => next.verdict?.kind !== 'known');
  if (unknown.length > 0) {
    const message = `while it isn't known what ${namesOf(unknown)} carry, none is taken away, and at most one at a time comes; MetricsAvailable says why`;
    return { status: 'False', reason: 'OutOnly', message };
  }
  const paused = tiers.filter(({ inputs: { spec } }) => spec.in.paused && spec.out.paused);
  if (paused.length > 0) {
    const message = `${namesOf(paused)} stay as many as they are: spec.scaling pauses both directions`;
    return { status: 'False', reason: 'ScalingPaused', message };
  }
  const said = tiers.map(({ inputs: { tier }, next }) => {
    return `${tierNames[tier]}: ${next.told?.status.message ?? ''}`;
  });
  return { status: 'True', reason: 'FollowingLoad', message: said.join('; ') };
}

function metricsAvailable(tiers: readonly PlannedTier[]): Verdict {
  const unknown = tiers.flatMap(({ inputs: { tier }, next }) => {
    if (next.verdict?.kind === 'known') return [];
    const said = next.told?.verdict?.kind === 'unknown' ? next.told.verdict : next.verdict;
    const { reason = 'NoData', message = 'nothing was read yet' } = said ?? {};
    return [{ reason, message: `${tierNames[tier]}: ${message}` } as const];
  });
  const [first] = unknown;
  if (first) {
    const message = unknown.map((it) => it.message).join('; ');
    return { status: 'False', reason: first.reason, message };
  }
  const what = `what ${namesOf(tiers)} carry`;
  const source = tiers[0]?.inputs.source;
  const message =
    source?.kind === 'prometheus'
      ? `Prometheus at ${source.prometheus.url} says ${what}`
      : `the members say ${what}`;
  return { status: 'True', reason: 'MetricsRead', message };
}

function namesOf(tiers: readonly PlannedTier[]): string {
  return tiers.map(({ inputs: { tier } }) => tierNames[tier]).join(' and ');
}
