import type { topo } from '../../../proto/index.ts';
import { buildTopologyConfigMap, ownerOf } from '../../build/index.ts';
import type { Observed } from '../../observe/index.ts';
import { sampleMember, sampleObserved, sampleResource, sampleState } from '../../sample.ts';
import type { Kind, Kinds, StatefulSet } from '../../store.ts';
import { makePlan, type Plan, type PlanContext } from '../plan.ts';
import { defaultPolicy } from '../policy.ts';

/** Of a first plan. */
export const context: PlanContext = {
  term: 1,
  defaultImage: 'topicplane:1',
  policy: defaultPolicy,
  endpoint: 'demo.default.svc:443',
  nowMs: 0,
  wallMs: Date.parse('2026-02-03T04:05:06.789Z'),
  waits: new Map(),
  refusals: new Map(),
  pushPauses: new Map(),
  statusMemory: undefined,
  recorded: undefined,
  scaling: {},
  readings: new Map(),
  prometheusUrl: undefined,
};
export const owner = ownerOf(sampleResource().metadata);
/** A plan in that context, or one that differs. */
export const plan = (observed: Observed, changes: Partial<PlanContext> = {}): Plan => {
  return makePlan(observed, { ...context, ...changes });
};

/** The cluster when it runs, all at 1.1, after `plan` has nothing more to do. */
export function settled(spec: unknown = {}): Observed {
  const storage = [sampleMember('storage', 0), sampleMember('storage', 1)];
  const routers = [sampleMember('router', 0), sampleMember('router', 1)];
  const first = plan(sampleObserved(spec, { storage, routers }));
  const { topology } = first;
  if (!topology?.version) throw new Error('the first plan makes a topology');
  const { version } = topology;
  const made = <K extends Kind>(kind: K) => {
    return first.objects.flatMap(({ kind: its, object }) => {
      return its === kind ? [object as unknown as Kinds[K]] : [];
    });
  };
  const [nodes, router] = made('StatefulSet');
  const observed = sampleObserved(spec, {
    held: { kind: 'held', topology },
    configMap: buildTopologyConfigMap(owner, topology),
    services: made('Service'),
    budgets: made('PodDisruptionBudget'),
    serviceAccount: made('ServiceAccount')[0],
    sets: { router, storage: nodes },
    storage: storage.map((member) => ({ ...member, ...upToDate(nodes, member.name, version) })),
    routers: routers.map((member) => ({ ...member, ...upToDate(router, member.name, version) })),
  });
  return withStatus(observed, plan(observed).status);
}

function upToDate(set: StatefulSet | undefined, name: string, version: topo.Version) {
  return {
    state: sampleState(name, version),
    templateHash: set?.spec.template.metadata.annotations?.['topicplane.dev/template-hash'],
  };
}

/** The same, with that in the store. */
export function withStatus(observed: Observed, status: unknown): Observed {
  return { ...observed, resource: { ...observed.resource, status } };
}
