import type { topo } from '../../proto/index.ts';
import { compareVersions, isAddress, noVersion } from '../../topology/index.ts';
import type { ObservedMember } from '../observe/index.ts';

/** It serves: the pod is ready, the process answers and says where routers reach it. */
export function isHealthy(pod: ObservedMember | undefined): boolean {
  return pod !== undefined && pod.ready && identityOf(pod) !== undefined;
}

/** It was told to end, by whoever; it may serve for a while yet. */
export function isGoing(pod: ObservedMember | undefined): boolean {
  return pod !== undefined && (pod.leaving || pod.state?.stopping === true);
}

/** What it owns is looked after: it is healthy, or it goes but answers still. */
export function isServing(pod: ObservedMember | undefined, member: topo.Member): boolean {
  return isHealthy(pod) || (isGoing(pod) && isProcess(pod, member));
}

/** The process that the topology speaks of answers. */
export function isProcess(pod: ObservedMember | undefined, member: topo.Member): boolean {
  return pod?.state?.incarnation === member.incarnation;
}

/** Address and incarnation of the process in a pod, once both are known. */
export function identityOf(pod: ObservedMember): Omit<topo.Member, 'name'> | undefined {
  if (pod.leaving || !pod.state || pod.state.incarnation === '') return undefined;
  if (pod.linkAddress === undefined || !isAddress(pod.linkAddress)) return undefined;
  return { address: pod.linkAddress, incarnation: pod.state.incarnation };
}

/** For people. */
export function whyDown(pod: ObservedMember | undefined): string {
  if (!pod) return 'there is no such pod';
  if (pod.leaving) return 'its pod is being deleted';
  if (pod.stateProblem !== undefined) return pod.stateProblem;
  if (!pod.ready) return pod.notReadyMessage ?? 'it is not ready';
  return 'it does not say where routers reach it';
}

/** It said that it holds this version or a newer one. */
export function holds(member: ObservedMember, version: topo.Version): boolean {
  return member.state !== undefined && compareVersions(versionOf(member), version) >= 0;
}

/** What it said that it holds; `noVersion` when it holds none or said nothing. */
export function versionOf(member: ObservedMember): topo.Version {
  return member.state?.version ?? noVersion;
}

/** For people. */
export function namesOf(members: readonly { readonly name: string }[]): string {
  return members.map((member) => member.name).join(', ');
}
