import { type LocalStatus, readLocalInfo } from '../../local/index.ts';
import { CliError, exitCodes } from '../exit.ts';
import type { ClusterView } from './view.ts';

const answerMsMax = 5_000;

export interface LocalPlace {
  readonly dataDir: string;
  /** host:port; default: as found in the folder. */
  readonly admin?: string;
}

/** Where the status of a local cluster is served; undefined: none runs there, as far as is known. */
export function localAddress({ admin, dataDir }: LocalPlace): string | undefined {
  return admin ?? readLocalInfo(dataDir)?.admin;
}

export async function fetchLocal(address: string): Promise<LocalStatus> {
  try {
    const signal = AbortSignal.timeout(answerMsMax);
    const response = await fetch(`http://${address}/status`, { signal });
    if (!response.ok) throw new Error(`it answers ${response.status}`);
    const body = (await response.json()) as Partial<LocalStatus>;
    if (!body.cluster || !body.members) throw new Error('what answers is no local cluster');
    return body as LocalStatus;
  } catch (error) {
    const { message, cause } = error as Error;
    const why = cause instanceof Error ? cause.message : message;
    throw new CliError(
      exitCodes.notAnswering,
      `no status from ${address} (${why}): the cluster may have ended; start one with \`npm start\` or \`topicplane local\``,
    );
  }
}

export function viewOfLocal(status: LocalStatus): ClusterView {
  return {
    cluster: status.cluster,
    ready: status.ready,
    endpoint: status.endpoint,
    facts: [
      ['file', status.file ?? 'built in'],
      ['data', status.dataDir],
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
