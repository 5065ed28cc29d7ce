import type { control, topo } from '../../proto/index.ts';
import type { Members } from '../members/members.ts';
import type { ClusterKey } from '../observe/index.ts';
import type { Plan, PlannedObject, Push } from '../plan/index.ts';
import type { ObjectStore } from '../store.ts';

/** How a push ended. */
export interface PushResult {
  readonly push: Push;
  /** undefined: no acknowledgement, see `problem`. */
  readonly answer: control.PushTopologyResponse | undefined;
  readonly problem: string | undefined;
}

/**
 * Does what the plan says. The topology is on record before any member is given it; the members get it all at once.
 * Rejects when the store refuses something: what comes after it is left for the next time.
 */
export async function apply(
  store: ObjectStore,
  members: Members,
  key: ClusterKey,
  plan: Plan,
): Promise<readonly PushResult[]> {
  for (const planned of plan.objects) await applyObject(store, planned);
  const { topology } = plan;
  const results = topology
    ? await Promise.all(plan.pushes.map((push) => send(members, push, topology)))
    : [];
  for (const { pod, uid } of plan.replacements) await store.delete('Pod', key.namespace, pod, uid);
  if (plan.status) await store.applyStatus(key.namespace, key.name, plan.status);
  return results;
}

async function applyObject(store: ObjectStore, planned: PlannedObject): Promise<void> {
  switch (planned.kind) {
    case 'ConfigMap':
      await store.apply(planned.kind, planned.object);
      return;
    case 'Service':
      await store.apply(planned.kind, planned.object);
      return;
    case 'ServiceAccount':
      await store.apply(planned.kind, planned.object);
      return;
    case 'PodDisruptionBudget':
      await store.apply(planned.kind, planned.object);
      return;
    case 'StatefulSet':
      await store.apply(planned.kind, planned.object);
      return;
  }
}

async function send(members: Members, push: Push, topology: topo.Topology): Promise<PushResult> {
  try {
    const answer = await members.pushTopology(push.address, topology);
    return { push, answer, problem: undefined };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { push, answer: undefined, problem };
  }
}
