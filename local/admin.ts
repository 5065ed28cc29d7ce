import { type AdminServer, type Registry, startAdmin } from '../runtime/index.ts';
import { listenError } from './listen.ts';
import type { LocalStatus } from './status/index.ts';

const host = '127.0.0.1';
const preferredPort = 8081;

/** @param port as `LocalOptions.adminPort`. */
export async function startStatusServer(
  port: number | undefined,
  registry: Registry,
  status: () => LocalStatus,
): Promise<AdminServer> {
  const start = (at: number): Promise<AdminServer> =>
    startAdmin({
      host,
      port: at,
      registry,
      readiness: () => (status().ready ? undefined : 'not everything asked for serves yet'),
      json: { '/status': status },
    });
  try {
    return await start(port ?? preferredPort);
  } catch (error) {
    if (port === undefined) return start(0);
    throw listenError(error, `${host}:${port}`, '--admin-port');
  }
}
