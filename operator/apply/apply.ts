import type { control, topo } from '../../proto/index.ts';
import type { Members } from '../members/members.ts';
import type { ClusterKey } from '../observe/index.ts';
import {
  type Attempt,
  accountTitle,
  deletionTitle,
  type Plan,
  type PlannedObject,
  type Push,
  startsPods,
  titleOf,
  versionUnder,
  wishOf,
} from '../plan/index.ts';
import { type ObjectStore, RefusedError } from '../store.ts';

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
  /** Objects and deletions, in order. */
  readonly attempts: readonly Attempt[];
  /** What was left out, by what events are about. */
  readonly undone: ReadonlySet<string>;
}

/** Told of a router that could not be asked; the next plan asks again. */
export type OnUnasked = (what: 'drain' | 'shed', member: string, problem: string) => void;

/**
 * Does what the plan says. The topology is on record before any member is given it; the members get it all at once,
 * before anything else is done: topics without an owner wait for nothing but the record. What the store refuses stands
 * in the way of nothing else but the status, which would not tell of it. Drains and sheds are asked for and not waited
 * for. Rejects when the store fails: what comes after it is left for the next time.
 */
export async function apply(
  store: ObjectStore,
  members: Members,
  key: ClusterKey & { readonly resourceVersion?: string },
  plan: Plan,
  onUnasked: OnUnasked,
): Promise<Applied> {
  const attempts: Attempt[] = [];
  const write = async (planned: PlannedObject): Promise<Attempt> => {
    const what = { what: titleOf(planned), wanted: wishOf(planned), over: versionUnder(planned) };
    const attempt = await attempted(what, () => applyObject(store, planned));
    attempts.push(attempt);
    return attempt;
  };
  const isRecord = ({ kind }: PlannedObject): boolean => kind === 'ConfigMap';
  let isOnRecord = true;
  for (const record of plan.objects.filter(isRecord)) {
    if ((await write(record)).refusal) isOnRecord = false;
  }
  const { topology } = plan;
  ask(members, plan, onUnasked);
  const pushes =
    topology && isOnRecord
      ? await Promise.all(plan.pushes.map((push) => send(members, push, topology)))
      : [];
  const account = accountTitle(key.name);
  const isAccountTaken = (): boolean => {
    return attempts.some(({ what, refusal }) => what === account && refusal?.code === 'NameTaken');
  };
  const left: string[] = [];
  for (const planned of plan.objects.filter((it) => !isRecord(it))) {
    if (startsPods(planned) && isAccountTaken()) left.push(titleOf(planned));
    else await write(planned);
  }
  for (const replacement of plan.replacements) {
    const { pod, uid } = replacement;
    const what = { what: deletionTitle(replacement), wanted: { uid }, over: undefined };
    const attempt = await attempted(what, () => {
      return store.delete('Pod', key.namespace, pod, uid);
    });
    attempts.push(attempt);
  }
  const refused = attempts.filter(({ refusal }) => refusal).map(({ what }) => what);
  if (refused.length > 0) {
    return { pushes, attempts, undone: new Set([...refused, ...left, 'status']) };
  }
  const { namespace, name, resourceVersion } = key;
  if (plan.status) await store.applyStatus(namespace, name, plan.status, resourceVersion);
  return { pushes, attempts, undone: new Set() };
}

async function attempted(
  what: Omit<Attempt, 'refusal'>,
  write: () => Promise<void>,
): Promise<Attempt> {
  try {
    await write();
    return { ...what, refusal: undefined };
  } catch (error) {
    if (error instanceof RefusedError) return { ...what, refusal: error };
    throw error;
  }
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
    const answer = await members.pushTopology(push.address, topology, push.confirms);
    return { push, answer, problem: undefined };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { push, answer: undefined, problem };
  }
}
