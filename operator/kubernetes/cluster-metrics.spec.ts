import { expect, it } from 'vitest';
import { createRegistry } from '../../runtime/index.ts';
import { clusterMetrics } from './cluster-metrics.ts';
import type { KubernetesStore } from './store.ts';

const tier = { desired: 3, ready: 2, updated: 1 };
const clusters = [
  {
    metadata: { namespace: 'team-a', name: 'demo' },
    status: {
      conditions: [
        { type: 'Available', status: 'True' },
        { type: 'Degraded', status: 'False' },
      ],
      routers: tier,
      storage: { ...tier, ready: 3 },
    },
  },
  { metadata: { namespace: 'team-a', name: 'new' } },
  { metadata: { namespace: 'team-a', name: 'odd' }, status: {} },
];

function read(isLeading: () => boolean): () => Promise<readonly string[]> {
  const registry = createRegistry('operator', 'me');
  const store = {
    caches: [
      { kind: 'Pod', list: () => [{ metadata: {}, status: {} }] },
      { kind: 'TopicCluster', list: () => clusters },
    ],
  };
  clusterMetrics(registry, () => store as unknown as KubernetesStore, isLeading);
  return async () => {
    const text = await registry.metrics();
    return text
      .split('\n')
      .filter((line) => line.startsWith('topicplane_operator_cluster_'))
      .map((line) =>
        line.replace('topicplane_operator_cluster_', '').replace(/,role="operator",name="me"/, ''),
      );
  };
}

it('what the status of each cluster says is told', async () => {
  const of = 'topic_cluster="team-a/demo"';
  expect(await read(() => true)()).toEqual([
    `condition{${of},type="Available"} 1`,
    `condition{${of},type="Degraded"} 0`,
    `members{${of},tier="router",state="desired"} 3`,
    `members{${of},tier="router",state="ready"} 2`,
    `members{${of},tier="router",state="updated"} 1`,
    `members{${of},tier="storage",state="desired"} 3`,
    `members{${of},tier="storage",state="ready"} 3`,
    `members{${of},tier="storage",state="updated"} 1`,
  ]);
});

it('an operator that does not lead any more tells of none', async () => {
  let leads = true;
  const lines = read(() => leads);
  await lines();
  leads = false;
  expect(await lines()).toEqual([]);
});
