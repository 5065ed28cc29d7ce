import type { Clock } from '../../runtime/index.ts';
import type { Reading } from '../scale/index.ts';
import { boundedGet, type Got, TooLongError } from './bounded-get.ts';
import { AnswerReader, refusalOf } from './prometheus-answer.ts';
import { urlFor } from './prometheus-query.ts';
import type { SecretReader } from './secrets.ts';
import type { CapacitySource, CapacityWant, SecretKey } from './source.ts';

export interface PrometheusSourceOptions {
  readonly clock: Clock;
  readonly secrets: SecretReader;
  /** An answer that isn't there in full by then has failed; at most four fifths of the interval. Default 5000. */
  readonly answerMsMax?: number;
  /** An answer that is longer has failed. Default 16 MiB: 1000 members. */
  readonly answerBytesMax?: number;
}

/** Of what a server says of its trouble. */
const whyCharsMax = 300;

/** Why there are no samples; for people, and said in the same words for the same trouble. */
class ReadError extends Error {
  override readonly name = 'ReadError';
}

/** Asks a Prometheus, or what answers like one, for the samples of a tier. */
export class PrometheusSource implements CapacitySource {
  readonly #options: PrometheusSourceOptions;

  constructor(options: PrometheusSourceOptions) {
    this.#options = options;
  }

  async read(want: CapacityWant, signal?: AbortSignal): Promise<Reading> {
    const { clock, answerMsMax = 5000 } = this.#options;
    const limitMs = Math.min(answerMsMax, want.intervalMs * 0.8);
    const end = new AbortController();
    const stop = (): void => end.abort();
    const cancel = clock.after(limitMs, stop);
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted) stop();
    try {
      return await this.#read(want, limitMs, end.signal);
    } catch (error) {
      const why = end.signal.aborted
        ? `no whole answer within ${limitMs / 1000} s: see whether it is overloaded, and whether something drops what the operator sends`
        : whyOf(error);
      return failed(want, why);
    } finally {
      cancel();
      signal?.removeEventListener('abort', stop);
    }
  }

  async #read(want: CapacityWant, limitMs: number, signal: AbortSignal): Promise<Reading> {
    const { bearerTokenSecret, caSecret } = want.prometheus;
    const asked = urlFor(want, limitMs);
    if (!asked.ok) throw new ReadError(`${asked.why} (spec.scaling.prometheus.url)`);
    const token = await this.#token(want, bearerTokenSecret, signal);
    const ca = caSecret && (await this.#secret(want, caSecret, signal));
    const headers = {
      accept: 'application/json',
      'user-agent': 'topicplane-operator',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    };
    const bytesMax = this.#options.answerBytesMax ?? 16 * 1024 * 1024;
    const reader = new AnswerReader(want);
    const onChunk = (chunk: Buffer): boolean => reader.push(chunk);
    const got = await boundedGet(asked.url, { headers, ca, onChunk, bytesMax, signal });
    const answer =
      got.status === 200 ? reader.finish() : ({ kind: 'failed', why: refused(got) } as const);
    if (answer.kind === 'samples') return answer;
    // A server may say again what it was sent; where it is cut, a part of that would be left.
    const why = token === undefined ? answer.why : answer.why.replaceAll(token, '...');
    return failed(want, why.length > whyCharsMax ? `${why.slice(0, whyCharsMax)}...` : why);
  }

  async #token(
    want: CapacityWant,
    key: SecretKey | undefined,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    if (!key) return undefined;
    const token = (await this.#secret(want, key, signal)).trim();
    if (/^[\x21-\x7e]+$/.test(token)) return token;
    throw new ReadError(
      `key ${key.key} of Secret ${key.name} holds no bearer token: it must be one line without spaces`,
    );
  }

  async #secret(
    { namespace }: CapacityWant,
    { name, key }: SecretKey,
    signal: AbortSignal,
  ): Promise<string> {
    const secret = await this.#options.secrets.read(namespace, name, key, signal);
    if (secret.kind === 'none') throw new ReadError(secret.why);
    return secret.text;
  }
}

function failed({ prometheus }: CapacityWant, why: string): Reading {
  return { kind: 'failed', message: `Prometheus at ${shown(prometheus.url)}: ${why}` };
}

/** What may hold a secret stands before "@", or after "?". */
function shown(url: string): string {
  return url.replace(/\/\/.*@/, '//...@').replace(/[?#].*/, '?...');
}

/** Only what has the form of Prometheus' errors is told: whoever may name a URL is not to read anything else by it. */
function refused({ status, refusal }: Got): string {
  const said = refusalOf(refusal);
  const words = said === undefined ? '' : `, ${said}`;
  if (status >= 300 && status < 400) {
    return `it leads elsewhere (HTTP ${status}), which is not followed: give the URL that answers itself`;
  }
  if (status === 401 || status === 403) {
    return `it does not let the operator in (HTTP ${status}${words}): see bearerTokenSecret`;
  }
  if (status === 404 && said === undefined) {
    return 'there is no Prometheus there (HTTP 404): give what stands before /api/v1';
  }
  return `it answered HTTP ${status}${words}`;
}

function whyOf(error: unknown): string {
  if (error instanceof ReadError) return error.message;
  if (error instanceof TooLongError) {
    return `the answer is too long (${error.message}): scrape less often, or shorten spec.scaling.intervalSeconds`;
  }
  const { code = '', message } = error as NodeJS.ErrnoException;
  const known = connectionProblems[code];
  if (known !== undefined) return known;
  if (/CERT|SIGNATURE|^UNABLE_TO|ERR_TLS/.test(code)) {
    return `its certificate is not trusted (${code}): see caSecret, and the name in the URL`;
  }
  if (/^EPROTO$|^ERR_(OSSL|SSL|CRYPTO)/.test(code)) {
    return `no TLS connection (${code}): see caSecret, which must hold certificates as PEM, and whether the port speaks TLS`;
  }
  if (code.startsWith('HPE_')) return `the answer is no HTTP (${code}): see the port`;
  return `no answer (${code === '' ? message : code})`;
}

const connectionProblems: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there (ECONNREFUSED): see whether it runs, and the port',
  ECONNRESET: 'the connection broke (ECONNRESET)',
  EHOSTUNREACH: 'there is no way there (EHOSTUNREACH)',
  ENETUNREACH: 'there is no way there (ENETUNREACH)',
  ENOTFOUND: 'its name is not known (ENOTFOUND): see the URL',
  EAI_AGAIN: 'its name could not be looked up (EAI_AGAIN)',
};
