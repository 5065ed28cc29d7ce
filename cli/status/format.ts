import type { MoveStatus, ScalingStatus } from '../../operator/index.ts';
import { type Colour, type Paint, table } from '../terminal/index.ts';
import { cachesOf } from './state.ts';
import type { ClusterView, MemberRow } from './view.ts';

/**
 * A cluster on one screen.
 * @param nowMs since 1970; undefined: ages are left out, so that the text is another only when the cluster is.
 */
export function statusText(view: ClusterView, paint: Paint, nowMs?: number): string {
  const { cluster, endpoint } = view;
  const topology = cluster.status?.topology;
  const version = topology ? `${topology.term}.${topology.epoch}` : 'none yet';
  const summary = cluster.status?.summary;
  const why = hasNoWord(view) || summary === undefined ? '' : ` (${summary})`;
  const state = paint(view.state === 'ready' ? 'green' : 'yellow', `${view.state}${why}`);
  const lines = [
    `${paint('bold', cluster.metadata.name)}  ${state}  clients at ${endpoint}`,
    ...view.hints.map((hint) => paint('yellow', hint)),
    '',
    ...table([
      ['caches', cachesOf(cluster.spec).join(', ') || 'none'],
      ['topology', version],
      ...moveRows(cluster.status?.move),
      ...scalingRows(cluster.status?.scaling),
      ...imageRows(view.members),
      ...ageRows(view.createdMs, nowMs),
      ...view.facts,
    ]),
    '',
    ...memberLines(view, paint, nowMs),
  ];
  const conditions = cluster.status?.conditions ?? [];
  if (conditions.length > 0) {
    const rows = conditions.map(({ type, status: is, reason, message }) => {
      return [type, is, reason, message];
    });
    lines.push('', ...coloured(table([['CONDITION', 'IS', 'REASON', 'MESSAGE'], ...rows]), paint));
  }
  return lines.join('\n');
}

/** The summary of an outdated status is no word on how the cluster is. */
function hasNoWord({ state }: ClusterView): boolean {
  return state === 'ready' || state === 'status outdated';
}

/** What runs: one line when it is the same everywhere. */
function imageRows(members: readonly MemberRow[]): (readonly [string, string])[] {
  const images = new Map<string, string[]>();
  for (const { name, image } of members) {
    if (image !== undefined) images.set(image, [...(images.get(image) ?? []), name]);
  }
  const rows = [...images].map(([image, names]) => {
    return images.size === 1 ? image : `${image} (${names.join(', ')})`;
  });
  return rows.map((row, index) => [index === 0 ? 'image' : '', row]);
}

function ageRows(createdMs: number | undefined, nowMs?: number): (readonly [string, string])[] {
  const age = ageOf(createdMs, nowMs);
  return age === undefined ? [] : [['age', age]];
}

/** `45s`, `12m`, `5h`, `9d`: in the largest unit of which there are two. */
function ageOf(createdMs: number | undefined, nowMs: number | undefined): string | undefined {
  if (createdMs === undefined || nowMs === undefined) return undefined;
  const seconds = Math.max(0, Math.floor((nowMs - createdMs) / 1000));
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}

function memberLines(
  { cluster, members, placeTitle }: ClusterView,
  paint: Paint,
  nowMs: number | undefined,
): string[] {
  const said = [cluster.status?.routers, cluster.status?.storage].flatMap(
    (it) => it?.members ?? [],
  );
  const held = new Map(said.map((member) => [member.name, member.topology]));
  const ages = members.map(({ createdMs }) => ageOf(createdMs, nowMs));
  const isAged = ages.some((age) => age !== undefined);
  const ageTitle = isAged ? ['AGE'] : [];
  const head = ['MEMBER', 'ROLE', ...ageTitle, 'RESTARTS', placeTitle, 'ADDRESS', 'HOLDS', 'STATE'];
  const rows = members.map((member, index) => [
    member.name,
    member.role,
    ...(isAged ? [ages[index] ?? '-'] : []),
    String(member.restarts),
    member.place ?? '-',
    member.address ?? '-',
    held.get(member.name) ?? '-',
    member.ready ? 'ready' : member.reason,
  ]);
  const [title = '', ...lines] = table([head, ...rows]);
  return [
    paint('dim', title),
    ...lines.map((line, index) => {
      const member = members[index];
      const state = member?.ready ? 'ready' : (member?.reason ?? '');
      return painted(line, state, member?.ready ? 'green' : 'yellow', paint);
    }),
  ];
}

/** A planned change of owners that is under way. */
function moveRows(move: MoveStatus | undefined): (readonly [string, string])[] {
  if (!move) return [];
  const { phase, from, to, topics, topicsLeft, since } = move;
  const left = topics === undefined ? '' : `, ${topicsLeft ?? 0} of ${topics} topics left`;
  return [
    ['move', `${phase}${left}, since ${since}`],
    ['', `from ${from}`],
    ['', `to ${to}`],
  ];
}

/** What was decided last of each tier that follows its load, and what was last done about it. */
function scalingRows({ router, storage }: ScalingStatus = {}): (readonly [string, string])[] {
  const tiers = Object.entries({ routers: router, 'storage nodes': storage });
  return tiers.flatMap(([name, tier], index): (readonly [string, string])[] => {
    if (!tier) return [];
    const { message, steps } = tier;
    const step = steps.at(-1);
    const done = step ? `; ${step.from} -> ${step.to} at ${step.at}` : '';
    return [[index === 0 || !router ? 'scaling' : '', `${name}: ${message}${done}`]];
  });
}

/** Colours the end of a line, after its columns were laid out. */
function painted(line: string, end: string, colour: Colour, paint: Paint): string {
  return end !== '' && line.endsWith(end)
    ? line.slice(0, line.length - end.length) + paint(colour, end)
    : line;
}

function coloured([title = '', ...lines]: readonly string[], paint: Paint): string[] {
  return [paint('dim', title), ...lines];
}
