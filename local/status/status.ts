import {
  type Component,
  components,
  type Kinds,
  labelNames,
  type Pod,
  type TopicClusterStatus,
} from '../../operator/index.ts';
import type { Member } from '../kubelet/index.ts';

/** One member as people and scripts see it. */
export interface MemberView {
  readonly name: string;
  readonly role: Component;
  readonly ready: boolean;
  /** Why it isn't ready; empty when it is. */
  readonly reason: string;
  readonly restarts: number;
  /** Absent while no process runs. */
  readonly pid?: number;
  /** host:port by port name. */
  readonly addresses: Readonly<Record<string, string>>;
}

/** What the admin port serves at /status. */
export interface LocalStatus {
  readonly endpoint: string;
  readonly admin: string;
  readonly pid: number;
  readonly dataDir: string;
  /** The cluster's file; absent when it is the built-in one. */
  readonly file?: string;
  /** Why the last edit of the file is not applied, a line each; absent when it is. */
  readonly fileProblems?: readonly string[];
  /** Everything that was asked for is there and serves. */
  readonly ready: boolean;
  readonly cluster: Omit<Kinds['TopicCluster'], 'status'> & {
    readonly status?: TopicClusterStatus;
  };
  readonly members: readonly MemberView[];
  /** The Prometheus that scrapes the members; absent when none was asked for. */
  readonly prometheus?: { readonly url: string; readonly running: boolean };
}

export function roleOf(pod: Pod): Component {
  const label = pod.metadata.labels?.[labelNames.component];
  return components.find((component) => component === label) ?? 'storage';
}

export function viewOf({ name, pod, process, health, slot, addresses }: Member): MemberView {
  const { kind } = slot.state;
  const going = kind === 'stopping' || kind === 'killed' || kind === 'stopped';
  const waiting = process ? health.reason : 'restarting';
  return {
    name,
    role: roleOf(pod),
    ready: health.ready && !going,
    reason: going ? 'stopping' : waiting,
    restarts: Math.max(0, slot.restarts),
    ...(process && { pid: process.pid }),
    addresses,
  };
}

/** Whether all that the newest spec asks for is there, serves, and nothing is on its way in or out. */
export function isSettled(
  cluster: LocalStatus['cluster'] | undefined,
  members: readonly Pick<MemberView, 'ready'>[],
): boolean {
  const status = cluster?.status;
  if (!status || status.observedGeneration !== cluster.metadata.generation) return false;
  const is = (type: string, wanted: string): boolean =>
    status.conditions.some((condition) => condition.type === type && condition.status === wanted);
  return (
    is('Available', 'True') &&
    is('Progressing', 'False') &&
    members.length === status.routers.desired + status.storage.desired &&
    members.every((member) => member.ready) &&
    [status.routers, status.storage].every(
      (tier) => tier.ready === tier.desired && tier.members.length === tier.desired,
    )
  );
}
