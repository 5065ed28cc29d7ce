import type { Look, Scaler } from './model.ts';

export interface HpaSpec {
  readonly target: number;
  readonly min: number;
  readonly max: number;
  /** Default: without a limit. */
  readonly inMembersAMinute?: number | undefined;
}

const tolerance = 0.1;
const inStabilisationSeconds = 300;
const outPeriodSeconds = 15;

/**
 * Kubernetes' HorizontalPodAutoscaler with its defaults: ceil(current x metric / target) for each metric, the most of them;
 * in by the most of 300 s; out by 100 % or 4 members in 15 s, whichever is more.
 */
export function hpa({ target, min, max, inMembersAMinute = max }: HpaSpec): Scaler {
  let recommended: { second: number; members: number }[] = [];
  let steps: { second: number; from: number; to: number }[] = [];
  return ({ second, samples, fleet }: Look) => {
    const current = fleet.size;
    const sums = new Map<string, number>();
    for (const { dimension, ratio } of samples) {
      sums.set(dimension, (sums.get(dimension) ?? 0) + ratio);
    }
    const members = Math.max(
      ...[...sums.values()].map((sum) => {
        // Members that aren't ready count as unused when it would scale out.
        const ratio = sum / current / target;
        return Math.abs(ratio - 1) <= tolerance ? current : Math.ceil(current * ratio - 1e-9);
      }),
    );
    recommended.push({ second, members });
    recommended = recommended.filter((it) => it.second >= second - inStabilisationSeconds);
    steps = steps.filter((it) => it.second > second - 60);
    const most = Math.max(...recommended.map((it) => it.members));
    const right = Math.min(
      max,
      Math.max(min, members > current ? members : Math.min(current, most)),
    );
    const wanted =
      right > current ? Math.min(right, outTo(current)) : Math.max(right, inTo(current));
    if (wanted !== current) steps.push({ second, from: current, to: wanted });
    return wanted;

    function outTo(now: number): number {
      const first = steps.find((it) => it.to > it.from && it.second > second - outPeriodSeconds);
      const from = first?.from ?? now;
      return Math.max(from * 2, from + 4);
    }

    function inTo(now: number): number {
      const first = steps.find((it) => it.to < it.from);
      return (first?.from ?? now) - inMembersAMinute;
    }
  };
}
