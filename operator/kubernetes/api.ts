import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Clock } from '../../runtime/index.ts';
import type { Connection } from './connection.ts';
import {
  adviceOn,
  asKubernetesError,
  errorOfAnswer,
  errorOfConnection,
  KubernetesError,
} from './errors.ts';
import { Pacer } from './pacer.ts';

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'apply' | 'patch' | 'delete';

export interface ApiRequest {
  readonly verb: Verb;
  /** Plural, for people and metrics: `statefulsets`. */
  readonly resource: string;
  /** From the server's root: `/apis/apps/v1/...`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: object;
}

export interface Answered {
  readonly verb: Verb;
  readonly resource: string;
  /** HTTP status; 0: there was no answer. */
  readonly code: number;
  readonly durationMs: number;
}

export interface KubernetesApiOptions {
  readonly connection: Connection;
  readonly clock: Clock;
  readonly pacer?: Pacer;
  /** Told of every request once it was answered or failed. */
  readonly onAnswer?: (answered: Answered) => void;
  /** A request that isn't answered in full by then has failed. Default 10 000; lists have three times that. */
  readonly answerMsMax?: number;
}

export interface StreamOptions {
  /** The server has begun to answer. */
  readonly onOpen: () => void;
  readonly onLine: (line: string) => void;
  /** A stream that says nothing for this long is taken for dead. */
  readonly silentMsMax: number;
  readonly signal: AbortSignal;
}

const methods: Readonly<Record<Verb, string>> = {
  get: 'GET',
  list: 'GET',
  watch: 'GET',
  create: 'POST',
  update: 'PUT',
  apply: 'PATCH',
  patch: 'PATCH',
  delete: 'DELETE',
};

const contentTypes: Readonly<Partial<Record<Verb, string>>> = {
  // YAML by name; JSON is YAML.
  apply: 'application/apply-patch+yaml',
  patch: 'application/merge-patch+json',
};

const answerCharsMax = 64 * 1024 * 1024;
const lineCharsMax = 8 * 1024 * 1024;

/**
 * Requests to the API server, objects in and out as plain JSON: what the library's typed calls don't know of an object
 * would be lost on the way. Rejects with KubernetesError only.
 */
export class KubernetesApi {
  readonly #options: KubernetesApiOptions;
  readonly #pacer: Pacer;
  readonly #answerMsMax: number;

  constructor(options: KubernetesApiOptions) {
    this.#options = options;
    this.#pacer = options.pacer ?? new Pacer(options.clock);
    this.#answerMsMax = options.answerMsMax ?? 10_000;
  }

  get server(): string {
    return this.#options.connection.server;
  }

  /** @param T what the server is known to answer; not checked. */
  async request<T>(request: ApiRequest, signal?: AbortSignal): Promise<T> {
    const limitMs = request.verb === 'list' ? this.#answerMsMax * 3 : this.#answerMsMax;
    const deadline = new AbortController();
    const stop = (): void => deadline.abort(new KubernetesError('unavailable', 'stopped'));
    let text = '';
    await this.#measured(request, signal, async () => {
      signal?.addEventListener('abort', stop, { once: true });
      const cancel = this.#options.clock.after(limitMs, () => {
        deadline.abort(unanswered(request, limitMs));
      });
      try {
        const response = await this.#open(request, deadline.signal);
        text = await readAll(response);
        checkStatus(request, response, text);
        return response.statusCode ?? 0;
      } catch (error) {
        throw deadline.signal.aborted ? reasonOf(deadline.signal) : error;
      } finally {
        signal?.removeEventListener('abort', stop);
        cancel();
      }
    });
    try {
      return JSON.parse(text) as T;
    } catch {
      throw new KubernetesError('unavailable', `${describe(request)}: the answer is no JSON`);
    }
  }

  /** Resolves when the server ends the stream, or the signal is aborted. What follows the last line break is dropped. */
  async stream(request: ApiRequest, options: StreamOptions): Promise<void> {
    const { silentMsMax, signal } = options;
    const abort = new AbortController();
    const stop = (): void => abort.abort(new Error('stopped'));
    signal.addEventListener('abort', stop, { once: true });
    let cancel = (): void => undefined;
    let code: 'unavailable' | 'silent' = 'unavailable';
    const heard = (): void => {
      cancel();
      cancel = this.#options.clock.after(silentMsMax, () => {
        abort.abort(new KubernetesError(code, silent(request, silentMsMax)));
      });
    };
    try {
      const response = await this.#measured(request, signal, async () => {
        heard();
        const opened = await this.#open(request, abort.signal);
        if (opened.statusCode !== 200) checkStatus(request, opened, await readAll(opened));
        return opened;
      });
      code = 'silent';
      options.onOpen();
      await readLines(response, describe(request), heard, options.onLine);
    } catch (error) {
      if (!signal.aborted) throw abort.signal.aborted ? reasonOf(abort.signal) : error;
    } finally {
      cancel();
      signal.removeEventListener('abort', stop);
    }
  }

  async #measured<T extends number | IncomingMessage>(
    { verb, resource }: ApiRequest,
    signal: AbortSignal | undefined,
    run: () => Promise<T>,
  ): Promise<T> {
    await this.#pacer.turn(signal);
    if (signal?.aborted) throw new KubernetesError('unavailable', 'stopped');
    const { clock, onAnswer } = this.#options;
    const startMs = clock.monotonicMs();
    const tell = (code: number): void => {
      onAnswer?.({ verb, resource, code, durationMs: clock.monotonicMs() - startMs });
    };
    try {
      const result = await run();
      tell(typeof result === 'number' ? result : (result.statusCode ?? 0));
      return result;
    } catch (error) {
      const known = asKubernetesError(error);
      tell(known.status ?? 0);
      if (isTrouble(known)) this.#pacer.failed(known.retryAfterMs);
      const { server, source } = this.#options.connection;
      const isRead = verb === 'list' || verb === 'watch';
      throw known.with(known.advice ?? adviceOn(known, { server, source, isRead }));
    }
  }

  /** Resolves with the head of the answer. */
  async #open(request: ApiRequest, signal: AbortSignal): Promise<IncomingMessage> {
    const { connection } = this.#options;
    const url = new URL(connection.server + request.path);
    for (const [name, value] of Object.entries(request.query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const body = request.body && JSON.stringify(request.body);
    try {
      const { headers, ...options } = await credentialsOf(connection, describe(request));
      return await new Promise<IncomingMessage>((resolve, reject) => {
        const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
        const outgoing = send(url, {
          ...options,
          method: methods[request.verb],
          headers: {
            ...headers,
            accept: 'application/json',
            'user-agent': 'topicplane-operator',
            ...(body && {
              'content-type': contentTypes[request.verb] ?? 'application/json',
              'content-length': Buffer.byteLength(body),
            }),
          },
        });
        const abort = (): void => void outgoing.destroy(reasonOf(signal));
        if (signal.aborted) abort();
        signal.addEventListener('abort', abort, { once: true });
        outgoing.once('close', () => signal.removeEventListener('abort', abort));
        outgoing.on('error', reject);
        outgoing.once('response', (response) => {
          response.setEncoding('utf8');
          resolve(response);
        });
        outgoing.end(body);
      });
    } catch (error) {
      throw errorOfConnection(describe(request), signal.aborted ? reasonOf(signal) : error);
    }
  }
}

/** Asking for them may run a program, or find that the configuration makes no sense. */
async function credentialsOf(connection: Connection, what: string) {
  try {
    return await connection.requestOptions();
  } catch (error) {
    const advice = `the credentials of ${connection.source} can't be used`;
    throw errorOfConnection(what, error).with(advice);
  }
}

/** What a request is after, for people: `list statefulsets`. */
function describe({ verb, resource, path }: ApiRequest): string {
  const namespace = /\/namespaces\/([^/]+)\//.exec(path)?.[1];
  return `${verb} ${resource}${namespace === undefined ? '' : ` in namespace ${namespace}`}`;
}

/** Failures that tell something of the server or of who we are. What is forbidden says nothing of the rest. */
function isTrouble({ code }: KubernetesError): boolean {
  return ['throttled', 'unavailable', 'unauthorized', 'untrusted'].includes(code);
}

function checkStatus(request: ApiRequest, response: IncomingMessage, body: string): void {
  const status = response.statusCode ?? 0;
  if (status >= 200 && status < 300) return;
  const retryAfter = response.headers['retry-after'];
  throw errorOfAnswer({ what: describe(request), status, body, retryAfter });
}

async function readAll(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of response) {
    text += chunk as string;
    if (text.length > answerCharsMax) throw new Error('the answer is too long');
  }
  return text;
}

async function readLines(
  response: IncomingMessage,
  what: string,
  heard: () => void,
  onLine: (line: string) => void,
): Promise<void> {
  let rest = '';
  try {
    for await (const chunk of response) {
      heard();
      rest += chunk as string;
      for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
        const line = rest.slice(0, end);
        rest = rest.slice(end + 1);
        if (line.trim() !== '') onLine(line);
      }
      if (rest.length > lineCharsMax) throw new Error('a line is too long');
    }
  } catch (error) {
    throw errorOfConnection(what, error);
  }
}

function unanswered(request: ApiRequest, limitMs: number): KubernetesError {
  return new KubernetesError(
    'unavailable',
    `${describe(request)}: no answer within ${limitMs / 1000} s`,
  );
}

function silent(request: ApiRequest, limitMs: number): string {
  return `${describe(request)}: nothing was heard for ${limitMs / 1000} s`;
}

function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('stopped');
}
