import { apiVersion, kind } from '../../operator/names.ts';
import { resolveTopicCluster } from '../../operator/resource/index.ts';
import { type TierScaling, tierScaling } from '../../operator/scale/index.ts';

/** How a tier is scaled that says no more than how many members there may be. */
export function specOf(tier: 'router' | 'storage', max: number): TierScaling {
  const metadata = { namespace: 'default', name: 'model' };
  const spec = { scaling: { [tier]: { max } } };
  const result = resolveTopicCluster({ apiVersion, kind, metadata, spec });
  if (!result.ok)
    throw new Error(`the model asks for what can't be: ${result.problems.join('; ')}`);
  return tierScaling({ ...result.cluster.spec.scaling[tier], max }, tier);
}
