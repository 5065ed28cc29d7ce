import type { OutgoingHttpHeaders } from 'node:http';
import { Agent, type RequestOptions, request } from 'node:https';

/** How to reach an API server, and as whom. */
export interface Access {
  readonly server: string;
  /** PEM of the authority that its certificate is checked against. */
  readonly certificate: string;
  readonly token: string;
}

/** The fields of an object that the rig reads; the rest is there too. */
export interface Meta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
}

export interface Resource {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: Meta;
}

export type PatchType = 'merge' | 'strategic' | 'apply';

const contentTypes: Readonly<Record<PatchType, string>> = {
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};

/** The API server said no. `code` is the HTTP status, the message is its own. */
export class ApiRefusal extends Error {
  override readonly name = 'ApiRefusal';
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * The Kubernetes API in plain JSON, by paths: the rig looks at the world without the client that the operator uses.
 * Every call rejects with `ApiRefusal`, or with the connection's error.
 */
export class KubeApi {
  readonly access: Access;
  readonly #agent: Agent;
  readonly #timeoutMs: number;

  constructor(access: Access, timeoutMs = 10_000) {
    this.access = access;
    this.#timeoutMs = timeoutMs;
    this.#agent = new Agent({ ca: access.certificate, keepAlive: true });
  }

  async get<T = Resource>(path: string): Promise<T> {
    return JSON.parse(await this.text(path)) as T;
  }

  /** As `get`; undefined when there is no such object. */
  async find<T = Resource>(path: string): Promise<T | undefined> {
    return this.get<T>(path).catch((error: unknown) => {
      if (error instanceof ApiRefusal && error.code === 404) return undefined;
      throw error;
    });
  }

  async list<T = Resource>(path: string): Promise<readonly T[]> {
    return (await this.get<{ items: T[] }>(path)).items;
  }

  text(path: string): Promise<string> {
    return this.#ask('GET', path);
  }

  /** @param path of the collection. */
  async create<T = Resource>(path: string, object: object): Promise<T> {
    return JSON.parse(await this.#ask('POST', path, object)) as T;
  }

  async replace<T = Resource>(path: string, object: object): Promise<T> {
    return JSON.parse(await this.#ask('PUT', path, object)) as T;
  }

  async patch<T = Resource>(path: string, change: object, type: PatchType = 'merge'): Promise<T> {
    return JSON.parse(await this.#ask('PATCH', path, change, contentTypes[type])) as T;
  }

  /** Server-side apply, with force. */
  async apply<T = Resource>(path: string, object: object, fieldManager = 'rig'): Promise<T> {
    return this.patch<T>(`${path}?fieldManager=${fieldManager}&force=true`, object, 'apply');
  }

  /** Deleting what isn't there is no error. @param options of the API's DeleteOptions. */
  async delete(path: string, options: object = {}): Promise<void> {
    await this.#ask('DELETE', path, options).catch((error: unknown) => {
      if (!(error instanceof ApiRefusal && error.code === 404)) throw error;
    });
  }

  /** Tells each line of a response that goes on. Resolves when it ended in order. */
  stream(path: string, onLine: (line: string) => void, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const asked = request(this.#options('GET', path, { signal }), (response) => {
        let rest = '';
        response.setEncoding('utf8').on('data', (text: string) => {
          const lines = (rest + text).split('\n');
          rest = lines.pop() ?? '';
          if (response.statusCode === 200) for (const line of lines) onLine(line);
        });
        response.on('error', reject);
        response.on('end', () => {
          if (response.statusCode === 200) resolve();
          else reject(refusal(response.statusCode ?? 0, rest));
        });
      });
      asked.on('error', reject).end();
    });
  }

  #ask(
    method: string,
    path: string,
    body?: object,
    contentType = 'application/json',
  ): Promise<string> {
    const sent = body === undefined ? undefined : JSON.stringify(body);
    const headers =
      sent === undefined
        ? {}
        : // For DELETE too, which Node.js doesn't expect to have a body.
          { 'content-type': contentType, 'content-length': Buffer.byteLength(sent) };
    const signal = AbortSignal.timeout(this.#timeoutMs);
    return new Promise((resolve, reject) => {
      const asked = request(this.#options(method, path, { signal, headers }), (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          const code = response.statusCode ?? 0;
          if (code >= 200 && code < 300) resolve(text);
          else reject(refusal(code, text));
        });
      });
      asked.on('error', reject).end(sent);
    });
  }

  #options(method: string, path: string, more: More): RequestOptions {
    const { hostname, port } = new URL(this.access.server);
    const headers = { authorization: `Bearer ${this.access.token}`, ...more.headers };
    return { ...more, method, path, hostname, port, headers, agent: this.#agent };
  }
}

interface More {
  readonly signal: AbortSignal;
  readonly headers?: OutgoingHttpHeaders;
}

function refusal(code: number, text: string): ApiRefusal {
  try {
    return new ApiRefusal(code, (JSON.parse(text) as { message?: string }).message ?? text);
  } catch {
    return new ApiRefusal(code, text);
  }
}
