import type { control, topo } from '../../proto/index.ts';
import type { ObservedMember } from '../observe/index.ts';

/** What routers say of a storage node that the operator can't reach. */
export interface RoutersView {
  /** Routers that the operator reaches; those of them that hear the process which the topology names. */
  readonly asked: number;
  readonly hearing: number;
  /** More than half of those that were asked hear it. */
  readonly isServed: boolean;
  /** The latest epoch that it told one of them it holds; 0: none. */
  readonly epoch: number;
}

/**
 * Routers' links to storage nodes have heartbeats: who is dead or frozen isn't heard within a second. A router that isn't
 * reached says nothing, whatever it said before.
 */
export function routersView(member: topo.Member, routers: readonly ObservedMember[]): RoutersView {
  const said = routers.flatMap(({ state }) => (state ? [state.liveLinks] : []));
  const links = said.flatMap((all) => all.find((link) => isTo(link, member)) ?? []);
  return {
    asked: said.length,
    hearing: links.length,
    isServed: links.length * 2 > said.length,
    epoch: Math.max(0, ...links.map(({ version }) => version?.epoch ?? 0)),
  };
}

/** Of the process that the topology names. */
export function isTo({ storage, incarnation }: control.LiveLink, member: topo.Member): boolean {
  return storage === member.name && incarnation === member.incarnation;
}

/**
 * Whether an owner that the operator can't reach is to stay one: routers are served by it, and it has taken the last
 * change of owners. One that hasn't, can't be told what it owns: others have to take its topics. So has one whose pod
 * is being deleted: it can't hand them over.
 */
export function isSpared(
  held: topo.Topology,
  member: topo.Member,
  pod: ObservedMember | undefined,
  routers: readonly ObservedMember[],
): boolean {
  if (!pod || pod.leaving || pod.state) return false;
  const { isServed, epoch } = routersView(member, routers);
  return isServed && epoch >= held.ringEpoch;
}
