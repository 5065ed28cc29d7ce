import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from './metrics.ts';

/** `undefined`: ready. Otherwise why not, for people. */
export type Readiness = () => string | undefined;

export interface AdminOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly readiness: Readiness;
  readonly registry: Registry;
  /** Further GET paths, each answered with JSON. */
  readonly json?: Readonly<Record<string, () => unknown>>;
}

export interface AdminServer {
  readonly port: number;
  close(): Promise<void>;
}

/** The port for machines and their keepers: /healthz (alive), /readyz (in rotation), /metrics (Prometheus). */
export async function startAdmin(options: AdminOptions): Promise<AdminServer> {
  const server = createServer((request, response) => {
    answer(options, request, response).catch((error: unknown) => {
      send(response, 500, 'text/plain', `internal error: ${String(error)}\n`);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => resolve());
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  options: AdminOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = new URL(request.url ?? '/', 'http://admin').pathname;
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return send(response, 405, 'text/plain', 'only GET is served here\n');
  }
  if (path === '/healthz') return send(response, 200, 'text/plain', 'ok\n');
  if (path === '/readyz') {
    const reason = options.readiness();
    return reason === undefined
      ? send(response, 200, 'text/plain', 'ready\n')
      : send(response, 503, 'text/plain', `${reason}\n`);
  }
  if (path === '/metrics') {
    return send(response, 200, options.registry.contentType, await options.registry.metrics());
  }
  const json = Object.hasOwn(options.json ?? {}, path) ? options.json?.[path] : undefined;
  if (json) return send(response, 200, 'application/json', `${JSON.stringify(json())}\n`);
  send(response, 404, 'text/plain', `nothing is served at ${path}\n`);
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'x-content-type-options': 'nosniff' });
  response.end(body);
}
