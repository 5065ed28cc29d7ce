import type { LocalStatus, MemberView } from '../../local/index.ts';
import { type Colour, type Paint, table } from '../terminal/index.ts';

/** A cluster on one screen. */
export function statusText(status: LocalStatus, paint: Paint): string {
  const { cluster, endpoint, members } = status;
  const topology = cluster.status?.topology;
  const version = topology ? `${topology.term}.${topology.epoch}` : 'none yet';
  const state = status.ready ? paint('green', 'ready') : paint('yellow', 'not ready');
  const lines = [
    `${paint('bold', cluster.metadata.name)}  ${state}  clients at ${endpoint}`,
    '',
    ...table([
      ['caches', cachesOf(cluster.spec).join(', ') || 'none'],
      ['topology', version],
      ['file', status.file ?? 'built in'],
      ...problemRows(status.fileProblems ?? []),
      ['data', status.dataDir],
    ]),
    '',
    ...memberLines(members, paint),
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

/** The last edit of the file, when what runs isn't what it asks for. */
function problemRows(problems: readonly string[]): string[][] {
  return problems.map((problem, index) =>
    index === 0 ? ['last edit', `not applied: ${problem}`] : ['', problem],
  );
}

function memberLines(members: readonly MemberView[], paint: Paint): string[] {
  const head = ['MEMBER', 'ROLE', 'RESTARTS', 'PID', 'ADDRESS', 'STATE'];
  const rows = members.map((member) => [
    member.name,
    member.role,
    String(member.restarts),
    member.pid === undefined ? '-' : String(member.pid),
    member.addresses[member.role === 'router' ? 'client' : 'link'] ?? '-',
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

/** Colours the end of a line, after its columns were laid out. */
function painted(line: string, end: string, colour: Colour, paint: Paint): string {
  return end !== '' && line.endsWith(end)
    ? line.slice(0, line.length - end.length) + paint(colour, end)
    : line;
}

function coloured([title = '', ...lines]: readonly string[], paint: Paint): string[] {
  return [paint('dim', title), ...lines];
}

function cachesOf(spec: unknown): string[] {
  const caches = (spec as { readonly caches?: unknown } | undefined)?.caches;
  if (!Array.isArray(caches)) return [];
  return caches.map((cache) => (cache as { readonly name: string }).name);
}
