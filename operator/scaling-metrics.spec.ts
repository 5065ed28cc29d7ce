import { expect, it } from 'vitest';
import { createRegistry } from '../runtime/index.ts';
import type { TierView } from './plan/index.ts';
import { scalingMetrics } from './scaling-metrics.ts';

const view: TierView = {
  tier: 'router',
  desired: 4,
  scaled: 'out',
  recommended: 5,
  utilisation: 0.81,
  target: 0.77,
  max: 4,
  isKnown: true,
};
const of = 'topic_cluster="team-a/demo",tier="router"';

function begin(isLeading = () => true) {
  const registry = createRegistry('operator', 'me');
  const tell = scalingMetrics(registry, isLeading);
  const lines = async (): Promise<readonly string[]> => {
    return (await registry.metrics())
      .split('\n')
      .filter((line) => line.startsWith('topicplane_operator_scaling_'))
      .map((line) => line.replace('topicplane_operator_scaling_', ''))
      .map((line) => line.replace(',role="operator",name="me"', ''));
  };
  return { tell, lines };
}

it('says what each tier is to have, and from which numbers', async () => {
  const { tell, lines } = begin();
  tell('team-a/demo', [view]);
  expect(await lines()).toEqual([
    `decisions_total{${of},direction="out"} 1`,
    `desired{${of}} 4`,
    `recommended{${of}} 5`,
    `max{${of}} 4`,
    `utilisation_ratio{${of}} 0.81`,
    `target_ratio{${of}} 0.77`,
    `metrics_available{${of}} 1`,
  ]);
});

it('says nothing of numbers that are not known', async () => {
  const { tell, lines } = begin();
  const unknown = { recommended: undefined, utilisation: undefined, isKnown: false };
  tell('team-a/demo', [{ ...view, ...unknown, scaled: undefined }]);
  expect(await lines()).toEqual([
    `desired{${of}} 4`,
    `max{${of}} 4`,
    `target_ratio{${of}} 0.77`,
    `metrics_available{${of}} 0`,
  ]);
});

it('knows nothing of clusters that are gone, or that do not follow their load any more', async () => {
  const { tell, lines } = begin();
  tell('team-a/demo', [view]);
  await lines();
  tell('team-a/demo', []);
  expect(await lines()).toEqual([]);
});

it('is silent while another operator leads', async () => {
  let leads = true;
  const { tell, lines } = begin(() => leads);
  tell('team-a/demo', [{ ...view, scaled: undefined }]);
  leads = false;
  expect(await lines()).toEqual([]);
});
