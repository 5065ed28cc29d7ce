import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface Series {
  readonly metric: Readonly<Record<string, unknown>>;
  readonly values: readonly (readonly [seconds: number, value: string])[];
}

interface Asked {
  readonly method: string | undefined;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
}

/** What stands where a Prometheus is expected, for specs: it answers as it is told. */
export class ScriptedPrometheus {
  readonly requests: Asked[] = [];
  answer: RequestListener = success(matrix([]));
  readonly #server;
  readonly #scheme: string;
  #open = 0;
  #changed = (): void => undefined;

  private constructor(tls: { readonly cert: string; readonly key: string } | undefined) {
    const listener: RequestListener = (request, response) => {
      const url = new URL(request.url ?? '/', 'http://prometheus');
      this.requests.push({ method: request.method, url, headers: request.headers });
      this.#open += 1;
      response.on('close', () => {
        this.#open -= 1;
        this.#changed();
      });
      this.answer(request, response);
      this.#changed();
    };
    this.#scheme = tls ? 'https' : 'http';
    this.#server = tls ? createTlsServer(tls, listener) : createServer(listener);
  }

  /** @param tls with which it speaks TLS */
  static async start(tls?: {
    readonly cert: string;
    readonly key: string;
  }): Promise<ScriptedPrometheus> {
    const started = new ScriptedPrometheus(tls);
    await new Promise<void>((resolve) => {
      started.#server.listen(0, '127.0.0.1', () => resolve());
    });
    return started;
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `${this.#scheme}://127.0.0.1:${port}`;
  }

  /** Resolves once a request came. */
  asked(): Promise<void> {
    return this.#until(() => this.requests.length > 0);
  }

  /** Resolves once nobody waits for an answer, or for the rest of one. */
  idle(): Promise<void> {
    return this.#until(() => this.#open === 0);
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  #until(isSo: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#changed = () => {
        if (isSo()) resolve();
      };
      this.#changed();
    });
  }
}

/** @param body as JSON, unless it is text already */
export function success(body: object | string): RequestListener {
  return (_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
}

/** A whole answer to a query for samples. */
export function matrix(result: readonly unknown[]): object {
  return { status: 'success', data: { resultType: 'matrix', result } };
}

/** Of a router of default/demo. */
export function seriesOf(
  name: string,
  dimension: string,
  values: Series['values'],
  labels: object = {},
): Series {
  const target = { instance: '127.0.0.1:1', job: 'members', ...labels };
  const own = { role: 'router', topic_cluster: 'default/demo', name, dimension };
  return { metric: { __name__: 'topicplane_capacity_ratio', ...target, ...own }, values };
}
