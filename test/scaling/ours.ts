import {
  decide,
  judge,
  judgeBounds,
  lookAheadMs,
  noMemory,
  type ScaleBounds,
  type ScaleMemory,
  scaleBounds,
  type TierLoad,
  type TierScaling,
  withLoad,
} from '../../operator/scale/index.ts';
import { delaySeconds, type Look, lookSeconds, msOf, type Scaler } from './model.ts';

/** The operator's autoscaler, the same code. */
export function ours(
  spec: TierScaling,
  startSeconds: number,
  bounds: ScaleBounds = scaleBounds,
): Scaler {
  const intervalMs = lookSeconds * 1000;
  const lead = { atMs: 0, ms: startSeconds * 1000 };
  const leadMs = lookAheadMs([lead], { intervalMs, measuringMs: delaySeconds * 1000 });
  let memory: ScaleMemory = noMemory;
  let history: readonly TierLoad[] = [];
  let doubted: TierLoad | undefined;
  let current: number | undefined;
  return ({ second, samples, members, fleet }: Look) => {
    const nowMs = msOf(second);
    const verdict = judge({
      reading: { kind: 'samples', samples },
      serving: members,
      nowMs,
      before: history.at(-1),
      doubted,
      bounds: { ...judgeBounds, intervalMs },
    });
    doubted = verdict.kind === 'unknown' ? verdict.doubted : undefined;
    if (verdict.kind === 'known') history = withLoad(history, verdict.load);
    current ??= fleet.size;
    const busy = fleet.starting > 0 ? `${fleet.starting} members start` : undefined;
    const input = {
      nowMs,
      intervalMs,
      spec,
      current,
      verdict,
      history,
      leadMs,
      busy,
      memory,
      bounds,
    };
    const decision = decide(input);
    memory = decision.memory;
    current = decision.desired;
    return current;
  };
}
