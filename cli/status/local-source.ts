import type { LocalStatus } from '../../local/index.ts';
import { cachesHint, stateOf } from './state.ts';
import type { ClusterView } from './view.ts';

export function viewOfLocal(status: LocalStatus): ClusterView {
  const caches = cachesHint(status.cluster);
  return {
    cluster: status.cluster,
    state: stateOf(status.cluster, status.ready),
    endpoint: status.endpoint,
    hints: caches === undefined ? [] : [caches],
    facts: [
      ['file', status.file ?? 'built in'],
      ...problemRows(status.fileProblems ?? []),
      ['data', status.dataDir],
      ...prometheusRows(status.prometheus),
    ],
    placeTitle: 'PID',
    members: status.members.map((member) => ({
      name: member.name,
      role: member.role,
      restarts: member.restarts,
      place: member.pid === undefined ? undefined : String(member.pid),
      address: member.addresses[member.role === 'router' ? 'client' : 'link'],
      ready: member.ready,
      reason: member.reason,
    })),
  };
}

function prometheusRows(prometheus: LocalStatus['prometheus']): (readonly [string, string])[] {
  if (!prometheus) return [];
  const { url, running } = prometheus;
  return [['prometheus', running ? url : `${url}, restarting`]];
}

/** The last edit of the file, when what runs isn't what it asks for. */
function problemRows(problems: readonly string[]): (readonly [string, string])[] {
  return problems.map((problem, index) =>
    index === 0 ? ['last edit', `not applied: ${problem}`] : ['', problem],
  );
}
