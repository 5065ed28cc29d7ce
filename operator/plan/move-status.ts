import type { topo } from '../../proto/index.ts';
import { committedMove } from '../../topology/index.ts';
import type { Observed } from '../observe/index.ts';
import type { MoveStatus } from '../resource/index.ts';
import { progressOf } from './acknowledged.ts';

/**
 * How far the move of the topology in force is; undefined: there is none. While it goes on, its numbers are those said
 * before until another tenth of the topics is through: every write of the status makes the operator look again.
 */
export function planMoveStatus(observed: Observed, wallMs: number): MoveStatus | undefined {
  const topology = observed.held.kind === 'held' ? observed.held.topology : undefined;
  if (!topology?.move) return undefined;
  const phase = committedMove(topology) ? 'Commit' : 'Prepare';
  const from = topology.ring.join(', ');
  const to = topology.move.ring.join(', ');
  const before = previousMove(observed.resource.status);
  const isSame = before.from === from && before.to === to;
  const counted = topicsOf(topology, observed);
  return {
    phase,
    from,
    to,
    ...(isSame && before.phase === phase && isNoNews(before, counted)
      ? numbersOf(before)
      : counted),
    since: (isSame ? before.since : undefined) ?? new Date(wallMs).toISOString(),
  };
}

type Numbers = Pick<MoveStatus, 'topics' | 'topicsLeft'>;

/** Of all sources; nothing before all of them have counted. */
function topicsOf(topology: topo.Topology, { storage }: Observed): Numbers {
  const sources = committedMove(topology)?.sources ?? [];
  const pods = new Map(storage.map((pod) => [pod.name, pod]));
  const said = sources.map((name) => progressOf({ topology, pods }, name));
  const known = said.filter((progress) => progress !== undefined);
  if (sources.length === 0 || known.length < sources.length) return {};
  const topicsLeft = known.reduce((sum, { left }) => sum + left, 0);
  return {
    topics: known.reduce((sum, { handedOver }) => sum + handedOver, topicsLeft),
    topicsLeft,
  };
}

function isNoNews(before: Numbers, now: Numbers): boolean {
  return now.topics === undefined || tenthsLeft(before) === tenthsLeft(now);
}

function tenthsLeft({ topics = 0, topicsLeft = 0 }: Numbers): number {
  return topics === 0 ? 0 : Math.ceil((topicsLeft / topics) * 10);
}

function numbersOf({ topics, topicsLeft }: Numbers): Numbers {
  return {
    ...(topics !== undefined && { topics }),
    ...(topicsLeft !== undefined && { topicsLeft }),
  };
}

/** What the status of the store says, as far as it makes sense. */
function previousMove(status: unknown): Partial<MoveStatus> {
  const move = (status as { move?: unknown } | null | undefined)?.move;
  if (typeof move !== 'object' || move === null) return {};
  const { phase, from, to, since, topics, topicsLeft } = move as Partial<Record<string, unknown>>;
  return {
    ...((phase === 'Prepare' || phase === 'Commit') && { phase }),
    ...(typeof from === 'string' && { from }),
    ...(typeof to === 'string' && { to }),
    ...(typeof since === 'string' && { since }),
    ...(typeof topics === 'number' && { topics }),
    ...(typeof topicsLeft === 'number' && { topicsLeft }),
  };
}

/** The same of a move that is about to be on record. Whoever hands topics over counts them then. */
export function plannedMove(
  topology: topo.Topology,
  { ring }: topo.Move,
  before: MoveStatus | undefined,
): Omit<MoveStatus, 'since'> {
  const phase = committedMove(topology) ? 'Commit' : 'Prepare';
  const from = topology.ring.join(', ');
  const to = ring.join(', ');
  const isSame = before?.phase === phase && before.from === from && before.to === to;
  return { phase, from, to, ...(isSame && numbersOf(before)) };
}

/** One line for people. */
export function moveText({
  phase,
  from,
  to,
  topics,
  topicsLeft,
}: Omit<MoveStatus, 'since'>): string {
  if (phase === 'Prepare') return `topics are to move from ${from} to ${to}: all of them are left`;
  const left = topics === undefined ? 'to be counted' : `${topicsLeft ?? 0} of ${topics}`;
  return `topics move from ${from} to ${to}: ${left} are left`;
}
