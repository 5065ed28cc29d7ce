import { Counter, Gauge, type Registry } from '../runtime/index.ts';
import { components } from './names.ts';
import type { TierView } from './plan/index.ts';

/** Registers how clusters follow their load; returns who is to be told of it. Only a leader knows. */
export function scalingMetrics(
  registry: Registry,
  isLeading: () => boolean,
): (cluster: string, tiers: readonly TierView[]) => void {
  /** By cluster. */
  const known = new Map<string, readonly TierView[]>();
  const labelNames = ['topic_cluster', 'tier'];
  const registers = [registry];
  const decisions = new Counter({
    name: 'topicplane_operator_scaling_decisions_total',
    help: 'Decisions that a tier is to have more or fewer members, by direction: out or in',
    labelNames: [...labelNames, 'direction'],
    registers,
  });
  const gauge = (name: string, help: string, read: (view: TierView) => number | undefined) => {
    new Gauge({
      name: `topicplane_operator_scaling_${name}`,
      help,
      labelNames,
      registers,
      collect() {
        this.reset();
        if (!isLeading()) return;
        for (const [cluster, views] of known) {
          for (const view of views) {
            const value = read(view);
            if (value !== undefined) {
              this.set({ topic_cluster: cluster, tier: view.tier }, value);
            }
          }
        }
      },
    });
  };
  gauge('desired', 'Members that the tier is to have', ({ desired }) => desired);
  gauge('recommended', 'Members that its load alone asks for', ({ recommended }) => recommended);
  gauge('max', 'Members that it may have', ({ max }) => max);
  gauge(
    'utilisation_ratio',
    'Of what serves, by what is used most',
    ({ utilisation }) => utilisation,
  );
  gauge('target_ratio', 'The utilisation that is aimed at', ({ target }) => target);
  gauge('metrics_available', '1 while it is known what the tier carries', ({ isKnown }) => {
    return Number(isKnown);
  });
  const forget = (cluster: string): void => {
    for (const tier of components) {
      for (const direction of ['out', 'in']) {
        decisions.remove({ topic_cluster: cluster, tier, direction });
      }
    }
  };
  return (cluster, tiers) => {
    if (tiers.length === 0 && known.delete(cluster)) forget(cluster);
    if (tiers.length > 0) known.set(cluster, tiers);
    for (const { tier, scaled } of tiers) {
      if (scaled) decisions.inc({ topic_cluster: cluster, tier, direction: scaled });
    }
  };
}
