import type { MoveStatus } from '../../operator/index.ts';
import { type Colour, type Paint, table } from '../terminal/index.ts';
import { cachesOf } from './state.ts';
import type { ClusterView } from './view.ts';

/** A cluster on one screen. */
export function statusText(view: ClusterView, paint: Paint): string {
  const { cluster, endpoint } = view;
  const topology = cluster.status?.topology;
  const version = topology ? `${topology.term}.${topology.epoch}` : 'none yet';
  const summary = cluster.status?.summary;
  const why = view.state === 'ready' || summary === undefined ? '' : ` (${summary})`;
  const state = paint(view.state === 'ready' ? 'green' : 'yellow', `${view.state}${why}`);
  const lines = [
    `${paint('bold', cluster.metadata.name)}  ${state}  clients at ${endpoint}`,
    ...view.hints.map((hint) => paint('yellow', hint)),
    '',
    ...table([
      ['caches', cachesOf(cluster.spec).join(', ') || 'none'],
      ['topology', version],
      ...moveRows(cluster.status?.move),
      ...view.facts,
    ]),
    '',
    ...memberLines(view, paint),
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

function memberLines({ cluster, members, placeTitle }: ClusterView, paint: Paint): string[] {
  const said = [cluster.status?.routers, cluster.status?.storage].flatMap(
    (it) => it?.members ?? [],
  );
  const held = new Map(said.map((member) => [member.name, member.topology]));
  const head = ['MEMBER', 'ROLE', 'RESTARTS', placeTitle, 'ADDRESS', 'HOLDS', 'STATE'];
  const rows = members.map((member) => [
    member.name,
    member.role,
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

/** Colours the end of a line, after its columns were laid out. */
function painted(line: string, end: string, colour: Colour, paint: Paint): string {
  return end !== '' && line.endsWith(end)
    ? line.slice(0, line.length - end.length) + paint(colour, end)
    : line;
}

function coloured([title = '', ...lines]: readonly string[], paint: Paint): string[] {
  return [paint('dim', title), ...lines];
}
