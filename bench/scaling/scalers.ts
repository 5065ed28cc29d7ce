import {
  decide,
  judge,
  judgeBounds,
  noMemory,
  type ScaleMemory,
  type TierLoad,
  type TierScaling,
} from '../../operator/scale/index.ts';
import type { Look, Scaler } from './model.ts';

/** The HorizontalPodAutoscaler with its defaults: ceil(current x metric / target), tolerance, both stabilisations. */
export function hpa(target: number, min: number, max: number): Scaler {
  const recommended: { second: number; members: number }[] = [];
  const scaled: { second: number; from: number }[] = [];
  return ({ second, load, fleet }: Look) => {
    const current = fleet.size;
    // Members that aren't ready count as unused when it would scale out.
    const utilisation = load / current;
    const ratio = utilisation / target;
    const members = Math.abs(ratio - 1) <= 0.1 ? current : Math.ceil(current * ratio - 1e-9);
    recommended.push({ second, members });
    while ((recommended[0]?.second ?? second) < second - 300) recommended.shift();
    const most = Math.max(...recommended.map((it) => it.members));
    const wanted = Math.min(
      max,
      Math.max(min, members > current ? members : Math.min(current, most)),
    );
    if (wanted <= current) return wanted;
    const base = scaled.find((it) => it.second > second - 15)?.from ?? current;
    scaled.push({ second, from: current });
    return Math.min(wanted, Math.max(base * 2, base + 4));
  };
}

export function ours(spec: TierScaling, leadMs: number): Scaler {
  let memory: ScaleMemory = noMemory;
  let history: TierLoad[] = [];
  let doubted: TierLoad | undefined;
  let current: number | undefined;
  return ({ second, load, fleet }: Look) => {
    const nowMs = second * 1000;
    const names = Array.from({ length: fleet.serving }, (_, ordinal) => `m-${ordinal}`);
    const samples = names.map((member) => ({
      member,
      dimension: 'messages',
      ratio: Math.min(1.5, load / fleet.serving),
      atMs: nowMs,
    }));
    const verdict = judge({
      reading: { kind: 'samples', samples },
      serving: names,
      nowMs,
      before: history.at(-1),
      doubted,
      bounds: judgeBounds,
    });
    doubted = verdict.kind === 'unknown' ? verdict.doubted : undefined;
    if (verdict.kind === 'known') history = [...history, verdict.load].slice(-80);
    current ??= fleet.size;
    const busy = fleet.starting > 0 ? `${fleet.starting} start` : undefined;
    const decision = decide({
      nowMs,
      intervalMs: 15_000,
      spec,
      current,
      verdict,
      history,
      leadMs,
      busy,
      memory,
    });
    memory = decision.memory;
    current = decision.desired;
    return current;
  };
}
