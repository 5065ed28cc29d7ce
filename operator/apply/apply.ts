import type { control, topo } from '../../proto/index.ts';
import type { Members } from '../members/members.ts';
import type { ClusterKey } from '../observe/index.ts';
import type { Plan, PlannedObject, Push } from '../plan/index.ts';
import { isRefusal, type ObjectStore } from '../store.ts';

/** How a push ended. */
export interface PushResult {
  readonly push: Push;
  /** undefined: no acknowledgement, see `problem`. */
  readonly answer: control.PushTopologyResponse | undefined;
  readonly problem: string | undefined;
}

/** What became of a plan. */
export interface Applied {
  readonly pushes: readonly PushResult[];
  /** What the store refused first, of what others don't wait for; undefined: nothing. */
  readonly refused: unknown;
}

/** Told of a router that could not be asked; the next plan asks again. */
export type OnUnasked = (what: 'drain' | 'shed', member: string, problem: string) => void;

/**
 * Does what the plan says. The topology is on record before any member is given it; the members get it all at once,
 * before anything else is done: topics without an owner wait for nothing but the record. What the store refuses after
 * that keeps nothing else from being done. Drains and sheds are asked for and not waited for.
 * Rejects when the record can't be written, when somebody else wrote first, and when the store is in trouble: what
 * comes after is left for the next time.
 */
export async function apply(
  store: ObjectStore,
  members: Members,
  key: ClusterKey,
  plan: Plan,
  onUnasked: OnUnasked,
): Promise<Applied> {
  const isRecord = ({ kind }: PlannedObject): boolean => kind === 'ConfigMap';
  for (const record of plan.objects.filter(isRecord)) await applyObject(store, record);
  const { topology } = plan;
  ask(members, plan, onUnasked);
  const pushes = topology
    ? await Promise.all(plan.pushes.map((push) => send(members, push, topology)))
    : [];
  let refused: unknown;
  for (const planned of plan.objects.filter((it) => !isRecord(it))) {
    try {
      await applyObject(store, planned);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      refused ??= error;
    }
  }
  for (const { pod, uid } of plan.replacements) await store.delete('Pod', key.namespace, pod, uid);
  if (plan.status) await store.applyStatus(key.namespace, key.name, plan.status);
  return { pushes, refused };
}

function ask(members: Members, { drains, sheds }: Plan, onUnasked: OnUnasked): void {
  const watch = (what: 'drain' | 'shed', member: string, asked: Promise<unknown>): void => {
    asked.catch((error: unknown) => {
      onUnasked(what, member, error instanceof Error ? error.message : String(error));
    });
  };
  for (const { member, address, withinMs } of drains) {
    watch('drain', member, members.drain(address, withinMs));
  }
  for (const { member, address, connections, withinMs } of sheds) {
    watch('shed', member, members.shed(address, connections, withinMs));
  }
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
