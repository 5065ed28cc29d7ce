import type { control, topo } from '../../proto/index.ts';
import { compareVersions, formatVersion, noVersion } from '../../topology/index.ts';
import type { ObservedMember } from '../observe/index.ts';
import { holds, isProcess, namesOf, versionOf } from './health.ts';
import type { Policy } from './policy.ts';
import { ownersOf } from './ring.ts';
import { isTo } from './routers-view.ts';
import type { Waits } from './waits.ts';

/** Asks what members said of a topology. Nobody is waited for without an end, but storage nodes that own topics. */
export interface AcknowledgedInput {
  readonly topology: topo.Topology;
  readonly pods: ReadonlyMap<string, ObservedMember>;
  readonly routers: readonly ObservedMember[];
  readonly policy: Policy;
  readonly waits: Waits;
}

/** Routers that hold the topology and hear everybody who owns topics in it: they can carry them between any two. */
export function carriersOf(topology: topo.Topology, routers: readonly ObservedMember[]) {
  const version = topology.version ?? noVersion;
  const names = ownersOf(topology);
  const owners = topology.storage.filter(({ name }) => names.includes(name));
  return routers.filter((router) => {
    const links = router.state?.liveLinks ?? [];
    const hears = (member: topo.Member) => links.some((link) => isTo(link, member));
    return holds(router, version) && owners.every(hears);
  });
}

/** Storage nodes of that name that don't hold exactly this version, or are another process. */
export function withoutVersion(
  { topology, pods }: Pick<AcknowledgedInput, 'topology' | 'pods'>,
  names: readonly string[],
): readonly topo.Member[] {
  const version = topology.version ?? noVersion;
  return topology.storage.filter((member) => {
    if (!names.includes(member.name)) return false;
    const pod = pods.get(member.name);
    if (!pod || !isProcess(pod, member)) return true;
    return compareVersions(versionOf(pod), version) !== 0;
  });
}

/** What has to happen before a move that is prepared may be committed, for people; empty: nothing. */
export function whyUnprepared(input: AcknowledgedInput): readonly string[] {
  const { topology, routers } = input;
  const version = formatVersion(topology.version ?? noVersion);
  const names = topology.storage.map((member) => member.name);
  const behind = withoutVersion(input, names);
  const carriers = carriersOf(topology, routers);
  const late = routers.filter(
    (router) => !carriers.includes(router) && !isPassedOver(router, input),
  );
  return [
    ...(behind.length > 0 ? [`${namesOf(behind)} to take topology ${version}`] : []),
    ...(late.length > 0
      ? [`${namesOf(late)} to take topology ${version} and link to all of it`]
      : []),
    ...(carriers.length === 0 ? ['a router that can carry the topics'] : []),
  ];
}

/**
 * Whether a router isn't waited for any more: it didn't answer, or did not take the topology and link to all of its
 * nodes, for `acknowledgeMsMax`. It has the topology later, and waits with the topics concerned until then.
 */
function isPassedOver(router: ObservedMember, input: AcknowledgedInput): boolean {
  const { topology, policy, waits } = input;
  const version = formatVersion(topology.version ?? noVersion);
  const what = router.state ? `late/${router.uid}/${version}` : silent(router);
  return waits.reached(what, policy.acknowledgeMsMax);
}

/** Keeps count of how long routers have been silent, whether or not somebody waits for them now. */
export function noteSilentRouters(
  routers: readonly ObservedMember[],
  policy: Policy,
  waits: Waits,
): void {
  for (const router of routers) {
    if (!router.state) waits.reached(silent(router), policy.acknowledgeMsMax);
  }
}

/**
 * Owners that answer, and that have held an older topology than the one in force for less than `acknowledgeMsMax`: they
 * are being given it, and serve meanwhile.
 */
export function catchingUp(
  { topology, pods }: Pick<AcknowledgedInput, 'topology' | 'pods'>,
  { policy, waits }: Pick<AcknowledgedInput, 'policy' | 'waits'>,
): ReadonlySet<string> {
  const version = topology.version ?? noVersion;
  const behind = topology.storage.filter((member) => {
    const pod = pods.get(member.name);
    return pod !== undefined && isProcess(pod, member) && !holds(pod, version);
  });
  const early = behind.filter(({ incarnation }) => {
    return !waits.reached(`catching-up/${incarnation}`, policy.acknowledgeMsMax);
  });
  return new Set(early.map(({ name }) => name));
}

function silent(router: ObservedMember): string {
  return `silent/${router.uid}`;
}

/** What a source says of the move that this very topology orders; undefined: nothing yet. */
export function progressOf(
  { topology, pods }: Pick<AcknowledgedInput, 'topology' | 'pods'>,
  name: string,
): control.MoveProgress | undefined {
  const isBehind = withoutVersion({ topology, pods }, [name]).length > 0;
  return isBehind ? undefined : pods.get(name)?.state?.move;
}
