import { type LocalStatus, readLocalInfo } from '../../local/index.ts';
import { CliError, exitCodes } from '../exit.ts';

export interface Where {
  readonly dataDir: string;
  /** host:port; instead of the one recorded in the folder. */
  readonly admin?: string;
}

const answerMsMax = 5_000;
const start = 'start one with `npm start` or `topicplane local`';

/** The status of a local cluster, from its admin port. Rejects with CliError: `notAnswering` when none runs there. */
export async function fetchStatus({ admin, dataDir }: Where): Promise<LocalStatus> {
  if (admin !== undefined) return ask(admin);
  const info = readLocalInfo(dataDir);
  if (!info) {
    throw away(
      `no local cluster runs from ${dataDir}: ${start}, or say where it is with --data-dir or --admin`,
    );
  }
  try {
    const status = await ask(info.admin);
    // The port of one that was killed may be another cluster's by now.
    if (status.pid === info.pid) return status;
    throw away(`another cluster answers at ${info.admin} than the one of ${dataDir}`);
  } catch (error) {
    if (!info.ended) throw error;
    throw away(
      `the cluster of ${dataDir} (pid ${info.pid}) has ended without stopping, as when it is killed: ${start}`,
    );
  }
}

function away(message: string): CliError {
  return new CliError(exitCodes.notAnswering, message);
}

async function ask(address: string): Promise<LocalStatus> {
  let response: Response;
  try {
    const signal = AbortSignal.timeout(answerMsMax);
    response = await fetch(`http://${address}/status`, { signal });
  } catch (error) {
    const { message, cause, name } = error as Error;
    const why = cause instanceof Error ? cause.message : message;
    if (name === 'TimeoutError' || /^(connect|getaddrinfo) /.test(why)) {
      throw away(`no status from ${address} (${why}): the cluster may have ended; ${start}`);
    }
    throw noAdminPort(address, why);
  }
  if (!response.ok) throw noAdminPort(address, `it answers ${response.status}`);
  const body = (await response.json().catch(() => ({}))) as Partial<LocalStatus>;
  if (!body.cluster || !body.members) throw noAdminPort(address, 'it tells of no cluster');
  return body as LocalStatus;
}

function noAdminPort(address: string, why: string): CliError {
  return new CliError(
    exitCodes.failed,
    `what answers at ${address} is not the admin port of a local cluster (${why}): its address is in the first lines that \`topicplane local\` prints, as "status"`,
  );
}
