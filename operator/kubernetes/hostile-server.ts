import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ManualClock } from '../../runtime/index.ts';
import type { Connection } from './connection.ts';

export type Answer = (response: ServerResponse, request: IncomingMessage) => void;

/** An API server for specs that does to each request what its script says; without a script it behaves. */
export class HostileServer {
  /** In the order in which they came: `list`, `watch 5` (from version 5), `PATCH /path`. */
  readonly requests: string[] = [];
  readonly bodies: unknown[] = [];
  /** Answers to lists and watches to come; the default is a list of `items`, and a watch that says nothing. */
  readonly lists: Answer[] = [];
  readonly watches: Answer[] = [];
  readonly others: Answer[] = [];
  items: object[] = [];
  /** The plural of the only kind that is there; undefined: every list and watch is of the same objects. */
  only: string | undefined;
  version = 1;
  /** Paths that may not be listed or watched. */
  isForbidden: (path: string) => boolean = () => false;
  readonly #server: Server;
  /** Open watches, with what they watch. */
  readonly #open = new Map<ServerResponse, string>();

  private constructor() {
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  static async start(): Promise<HostileServer> {
    const hostile = new HostileServer();
    await new Promise<void>((resolve) => {
      hostile.#server.listen(0, '127.0.0.1', () => resolve());
    });
    return hostile;
  }

  get connection(): Connection {
    const { port } = this.#server.address() as AddressInfo;
    return {
      server: `http://127.0.0.1:${port}`,
      namespace: 'default',
      source: 'a spec',
      requestOptions: () => Promise.resolve({ agent: false }),
    };
  }

  /** Watches that are open. */
  get watchers(): number {
    return this.#open.size;
  }

  /** To every open watch of the kind, as one chunk. */
  tell(text: string): void {
    for (const [response, path] of this.#open) if (this.#isOf(path)) response.write(text);
  }

  /** Ends every open watch in order. */
  endWatches(): void {
    for (const response of this.#open.keys()) response.end();
  }

  /** Breaks every open watch. */
  resetWatches(): void {
    for (const response of this.#open.keys()) response.socket?.resetAndDestroy();
  }

  count(request: string): number {
    return this.requests.filter((each) => each.startsWith(request)).length;
  }

  async stop(): Promise<void> {
    // Those that were on their way in come in after the close.
    this.#server.on('connection', (socket) => socket.destroy());
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  #isOf(path: string): boolean {
    return this.only === undefined || path.endsWith(`/${this.only}`);
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://hostile');
    const isWatch = url.searchParams.has('watch');
    const isList = request.method === 'GET' && !isWatch && url.searchParams.has('limit');
    const body: Buffer[] = [];
    request.on('data', (chunk: Buffer) => body.push(chunk));
    request.on('end', () => {
      if (body.length > 0) this.bodies.push(JSON.parse(Buffer.concat(body).toString()));
      if ((isWatch || isList) && this.isForbidden(url.pathname)) {
        this.requests.push('forbidden');
        refusal(403, 'Forbidden')(response, request);
      } else if (isWatch) {
        this.requests.push(`watch ${url.searchParams.get('resourceVersion')}`);
        (this.watches.shift() ?? this.quiet)(response, request);
      } else if (isList) {
        this.requests.push('list');
        (this.lists.shift() ?? this.everything)(response, request);
      } else {
        this.requests.push(`${request.method} ${url.pathname}`);
        (this.others.shift() ?? json(200, {}))(response, request);
      }
    });
  }

  readonly everything: Answer = (response, request) => {
    const metadata = { resourceVersion: String(this.version) };
    const items = this.#isOf(pathOf(request)) ? this.items : [];
    json(200, { metadata, items })(response, request);
  };

  readonly quiet: Answer = (response, request) => {
    this.#open.set(response, pathOf(request));
    response.on('close', () => this.#open.delete(response));
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
  };
}

function pathOf({ url = '/' }: IncomingMessage): string {
  return new URL(url, 'http://hostile').pathname;
}

export function json(status: number, body: object, headers: Record<string, string> = {}): Answer {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };
}

/** The API's own way to say no. */
export function refusal(code: number, reason: string, headers?: Record<string, string>): Answer {
  const status = { kind: 'Status', status: 'Failure', code, reason, message: `${reason} here` };
  return json(code, status, headers);
}

export const reset: Answer = (response) => void response.socket?.resetAndDestroy();

/** Never answers. */
export const silence: Answer = () => undefined;

export function pod(name: string, version: number, labels: Record<string, string> = {}): object {
  const metadata = { name, namespace: 'default', uid: name, resourceVersion: `${version}`, labels };
  return { metadata, spec: { containers: [] } };
}

export function line(type: string, object: object): string {
  return `${JSON.stringify({ type, object })}\n`;
}

/** Lets time pass on the clock, slowly against real input and output, until it is so. */
export async function until(
  clock: ManualClock,
  isSo: () => boolean,
  stepMs = 10,
  realMsMax = 20_000,
): Promise<void> {
  const giveUpAt = performance.now() + realMsMax;
  while (!isSo()) {
    if (performance.now() > giveUpAt) throw new Error(`it never became so: ${isSo.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
    clock.advance(stepMs);
  }
}
