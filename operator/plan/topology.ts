import type { topo } from '../../proto/index.ts';
import {
  compareVersions,
  describeDiff,
  diffTopologies,
  formatClusterId,
  formatVersion,
  pageOriginAt,
  termStepMax,
  topologyToJson,
  validateTopology,
} from '../../topology/index.ts';
import type { Owner } from '../build/index.ts';
import { statefulSetName } from '../names.ts';
import type { HeldTopology, ObservedMember } from '../observe/index.ts';
import type { Intent } from './intent.ts';
import type { Policy } from './policy.ts';
import { planRing } from './ring.ts';
import type { Waits } from './waits.ts';

export interface TopologyInput {
  readonly owner: Owner;
  /** When the cluster was made, milliseconds since 1970. */
  readonly bornMs: number;
  /** Of this operator. */
  readonly term: number;
  readonly intent: Intent;
  readonly held: HeldTopology;
  readonly storage: readonly ObservedMember[];
  /** What members, routers too, say they hold. */
  readonly reported: readonly topo.Version[];
  readonly policy: Policy;
  readonly waits: Waits;
}

export type TopologyDecision =
  /** Before the first: nobody is there to own topics. */
  | { readonly kind: 'none'; readonly waitingFor: readonly string[] }
  | {
      readonly kind: 'unchanged';
      readonly topology: topo.Topology;
      readonly waitingFor: readonly string[];
    }
  | {
      readonly kind: 'changed';
      readonly topology: topo.Topology;
      /** What is different, and why; for people. */
      readonly why: string;
      readonly waitingFor: readonly string[];
    }
  /** A later operator is at work: this one must touch nothing. */
  | { readonly kind: 'superseded'; readonly reason: string }
  /** What would be written breaks the rules; nothing is. */
  | { readonly kind: 'refused'; readonly reason: string };

/** What an operator decides that isn't superseded. */
export type ActingDecision = Exclude<TopologyDecision, { readonly kind: 'superseded' }>;

/**
 * The topology that is to be in force. A new version has the operator's term and an epoch above every one that was
 * ever seen, in whatever term; so one version never has two contents, even when the record was lost or rolled back.
 */
export function planTopology(input: TopologyInput): TopologyDecision {
  const held = input.held.kind === 'held' ? input.held.topology : undefined;
  const versions = [...(held?.version ? [held.version] : []), ...input.reported];
  // A member without a topology may report none as 0.0.
  const seen = versions.filter((version) => version.epoch > 0);
  const newest = seen.toSorted(compareVersions).at(-1);
  const heldTerm = held?.version?.term ?? 0;
  if (newest && heldTerm <= input.term && newest.term > input.term + termStepMax) {
    const reason = `a member says that it holds ${formatVersion(newest)}, which is far above term ${input.term} of this operator`;
    return { kind: 'refused', reason };
  }
  if (newest && newest.term > input.term) {
    const reason = `a topology of term ${newest.term} is in force, this operator leads term ${input.term}`;
    return { kind: 'superseded', reason };
  }

  const ring = planRing({
    set: statefulSetName(input.owner.name, 'storage'),
    held: held?.storage ?? [],
    heldVersion: held?.version,
    pods: input.storage,
    desired: input.intent.storage,
    policy: input.policy,
    waits: input.waits,
  });
  if (ring.members.length === 0) {
    const waitingFor =
      ring.waitingFor.length > 0 ? ring.waitingFor : ['a storage node to be ready'];
    return { kind: 'none', waitingFor };
  }

  const wanted: topo.Topology = {
    cluster: formatClusterId(input.owner),
    version: held?.version,
    pageOrigin: held?.pageOrigin ?? pageOriginAt(input.bornMs),
    caches: [...input.intent.caches],
    storage: [...ring.members],
    ring: ring.members.map((member) => member.name),
    settings: input.intent.settings,
    ringEpoch: held?.ringEpoch ?? 0,
    previousRingEpoch: held?.previousRingEpoch ?? 0,
  };
  const outrun =
    newest !== undefined && (!held?.version || compareVersions(newest, held.version) > 0);
  // A new leader puts its term on record before it does anything else: that of the one before counts no more.
  const isOfTerm = heldTerm === input.term;
  if (held && isOfTerm && !outrun && topologyToJson(held) === topologyToJson(wanted)) {
    return { kind: 'unchanged', topology: held, waitingFor: ring.waitingFor };
  }

  const epoch = Math.max(0, ...seen.map((version) => version.epoch)) + 1;
  const version = { term: input.term, epoch };
  const topology = { ...wanted, version, ...ringEpochs(outrun ? undefined : held, wanted, epoch) };
  const problems = validateTopology(topology);
  if (problems.length > 0) return { kind: 'refused', reason: problems.join('; ') };
  const causes = [...ring.why, ...recordCauses(input.held, outrun ? newest : undefined)];
  if (held && !isOfTerm) causes.push(`the operator leads term ${input.term} now`);
  const because = causes.length > 0 ? ` (${causes.join('; ')})` : '';
  return {
    kind: 'changed',
    topology,
    why: `${describeDiff(diffTopologies(held, topology)) || 'same members'}${because}`,
    waitingFor: ring.waitingFor,
  };
}

/** When the ring became what it is. Without a record of the rings before, nobody can have seen all of them. */
function ringEpochs(
  held: topo.Topology | undefined,
  wanted: topo.Topology,
  epoch: number,
): Pick<topo.Topology, 'ringEpoch' | 'previousRingEpoch'> {
  if (!held) return { ringEpoch: epoch, previousRingEpoch: epoch };
  const { ringEpoch, previousRingEpoch } = held;
  if (held.ring.join() === wanted.ring.join()) return { ringEpoch, previousRingEpoch };
  return { ringEpoch: epoch, previousRingEpoch: held.ringEpoch };
}

/** Why a version is written although nothing in it need be new. */
function recordCauses(held: HeldTopology, outrunBy: topo.Version | undefined): string[] {
  const causes: string[] = [];
  if (held.kind === 'unreadable') causes.push(`the record was unreadable: ${held.problem}`);
  if (outrunBy) causes.push(`members hold ${formatVersion(outrunBy)}, which is not on record`);
  return causes;
}
