import { isDeepStrictEqual } from 'node:util';
import type { topo } from '../../proto/index.ts';
import {
  committedMove,
  compareVersions,
  describeDiff,
  diffTopologies,
  formatClusterId,
  formatVersion,
  ownersText,
  pageOriginAt,
  termStepMax,
  topologyToJson,
  validateTopology,
} from '../../topology/index.ts';
import type { Owner } from '../build/index.ts';
import { statefulSetName } from '../names.ts';
import type { HeldTopology, ObservedMember } from '../observe/index.ts';
import type { Evacuation } from './evacuation.ts';
import type { Intent } from './intent.ts';
import { planOwners } from './move.ts';
import type { MoveStep, OwnersPlan } from './owners.ts';
import type { Policy } from './policy.ts';
import { planRing, type RingPlan } from './ring.ts';
import type { Waits } from './waits.ts';

export interface TopologyInput {
  readonly owner: Owner;
  /** When the cluster was made, milliseconds since 1970. */
  readonly bornMs: number;
  /** Of this operator. */
  readonly term: number;
  readonly intent: Intent;
  /** Storage nodes to go on with: those that the intent wants, and one more while the only one is replaced. */
  readonly wanted: number;
  readonly evacuation: Evacuation;
  readonly held: HeldTopology;
  readonly storage: readonly ObservedMember[];
  readonly routers: readonly ObservedMember[];
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
      /** What it does with a move. */
      readonly step: MoveStep | undefined;
      /** What is different, and why; for people. */
      readonly why: string;
      /** Why every topic begins a new page, for people; undefined: not every one does. */
      readonly lost: string | undefined;
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

  const outrun =
    newest !== undefined && (!held?.version || compareVersions(newest, held.version) > 0);
  const owners = ownersOf(input, outrun && held ? withoutMove(held) : held);
  if (owners.storage.length === 0) {
    const { waitingFor } = owners;
    return {
      kind: 'none',
      waitingFor: waitingFor.length > 0 ? waitingFor : ['a storage node to be ready'],
    };
  }

  const { content, isWaiting } = contentOf(input.intent, held, owners);
  const waitingFor = [
    ...owners.waitingFor,
    ...(isWaiting ? ['the topics to have moved, before caches and settings change'] : []),
  ];
  const wanted: topo.Topology = {
    cluster: formatClusterId(input.owner),
    version: held?.version,
    pageOrigin: held?.pageOrigin ?? pageOriginAt(input.bornMs),
    ...content,
    storage: owners.storage,
    ring: owners.ring,
    ringEpoch: held?.ringEpoch ?? 0,
    previousRingEpoch: held?.previousRingEpoch ?? 0,
    move: owners.move,
  };
  // A new leader puts its term on record before it does anything else: that of the one before counts no more.
  const isOfTerm = heldTerm === input.term;
  if (held && isOfTerm && !outrun && topologyToJson(held) === topologyToJson(wanted)) {
    return { kind: 'unchanged', topology: held, waitingFor };
  }

  const epoch = Math.max(0, ...seen.map((version) => version.epoch)) + 1;
  const version = { term: input.term, epoch };
  const topology = { ...wanted, version, ...ringEpochs(outrun ? undefined : held, wanted, epoch) };
  const problems = validateTopology(topology);
  if (problems.length > 0) return { kind: 'refused', reason: problems.join('; ') };
  const causes = [...owners.why, ...recordCauses(input.held, outrun ? newest : undefined)];
  if (held && !isOfTerm) causes.push(`the operator leads term ${input.term} now`);
  const because = causes.length > 0 ? ` (${causes.join('; ')})` : '';
  return {
    kind: 'changed',
    topology,
    step: owners.step,
    why: `${whatChanges(input.held, topology, newest)}${because}`,
    lost: newest && (outrun || !held) ? whyLost(input.held, newest) : undefined,
    waitingFor,
  };
}

function ownersOf(input: TopologyInput, held: topo.Topology | undefined): OwnersPlan {
  const { wanted, evacuation, storage, routers, policy, waits } = input;
  const set = statefulSetName(input.owner.name, 'storage');
  const ring = planRing({ set, held, pods: storage, routers, wanted, evacuation, policy, waits });
  return held ? planOwners({ set, held, ring, routers, policy, waits }) : firstOwners(ring);
}

/** There is nothing to move yet. */
function firstOwners({ joins, members, waitingFor }: RingPlan): OwnersPlan {
  return {
    storage: joins.map((name) => members.get(name)).filter((member) => member !== undefined),
    ring: [...joins],
    move: undefined,
    step: undefined,
    why: joins.map((name) => `${name} is ready`),
    waitingFor,
  };
}

/**
 * What a move leads to when its record can't be trusted any more: nobody keeps anything then, and nothing has to be
 * handed over.
 */
function withoutMove(held: topo.Topology): topo.Topology {
  const ring = committedMove(held)?.ring ?? held.ring;
  return { ...held, ring, move: undefined };
}

/**
 * Caches and settings, as they are wanted. While topics are handed over they stay as they are: a handoff counts in
 * exactly one version, so a new one would hold up the topics that are on their way.
 */
function contentOf(
  { caches, settings }: Intent,
  held: topo.Topology | undefined,
  { move }: OwnersPlan,
): { readonly content: Pick<topo.Topology, 'caches' | 'settings'>; readonly isWaiting: boolean } {
  const wanted = { caches: [...caches], settings };
  const isMoving = held && committedMove(held) && move;
  if (!isMoving) return { content: wanted, isWaiting: false };
  const kept = { caches: held.caches, settings: held.settings };
  return { content: kept, isWaiting: !isDeepStrictEqual(kept, wanted) };
}

/** When owners became what they are. Without a record of those before, nobody can have seen all of them. */
function ringEpochs(
  held: topo.Topology | undefined,
  wanted: topo.Topology,
  epoch: number,
): Pick<topo.Topology, 'ringEpoch' | 'previousRingEpoch'> {
  if (!held) return { ringEpoch: epoch, previousRingEpoch: epoch };
  const { ringEpoch, previousRingEpoch } = held;
  if (ownersText(held) === ownersText(wanted)) return { ringEpoch, previousRingEpoch };
  return { ringEpoch: epoch, previousRingEpoch: held.ringEpoch };
}

/** For people. Without a record, nobody can tell what is another than before. */
function whatChanges(
  held: HeldTopology,
  topology: topo.Topology,
  newest: topo.Version | undefined,
): string {
  if (held.kind === 'none' && newest) return 'its record was deleted, and is put back';
  if (held.kind === 'unreadable' && newest) return 'its record is written anew';
  const before = held.kind === 'held' ? held.topology : undefined;
  return describeDiff(diffTopologies(before, topology)) || 'same members';
}

/** Why nobody can tell whether an owner missed a change of owners. */
function whyLost(held: HeldTopology, newest: topo.Version): string {
  const ahead = `members hold ${formatVersion(newest)}`;
  if (held.kind === 'held') return `${ahead}, which is not on record`;
  const record = held.kind === 'none' ? 'was deleted' : `can't be read (${held.problem})`;
  return `the record of the topology ${record}, ${ahead}, and this operator doesn't know who owned what`;
}

/** Why a version is written although nothing in it need be new. */
function recordCauses(held: HeldTopology, outrunBy: topo.Version | undefined): string[] {
  if (held.kind === 'none') return outrunBy ? [`members hold ${formatVersion(outrunBy)}`] : [];
  const causes: string[] = [];
  if (held.kind === 'unreadable') causes.push(`the record was unreadable: ${held.problem}`);
  if (outrunBy) causes.push(`members hold ${formatVersion(outrunBy)}, which is not on record`);
  return causes;
}
