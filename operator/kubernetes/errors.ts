import { StoreError } from '../store.ts';

/**
 * What went wrong with a request to the API server.
 * - conflict: the object isn't what it was when it was observed; observe again
 * - exists: it was to be created and is there
 * - gone: the version that was asked for is no longer known; list again
 * - not-found: there is no such object, or no such kind
 * - unauthorized, forbidden: the credentials, or what they are allowed to do
 * - untrusted: the server's certificate is not one that the configuration trusts
 * - invalid: the server refuses what was sent, and would again
 * - throttled: too many requests; `retryAfterMs` may say for how long
 * - silent: a watch that was open said nothing for too long
 * - unavailable: no answer in time, a broken connection, a server in trouble
 */
export type KubernetesErrorCode =
  | 'conflict'
  | 'exists'
  | 'gone'
  | 'not-found'
  | 'unauthorized'
  | 'forbidden'
  | 'untrusted'
  | 'invalid'
  | 'throttled'
  | 'silent'
  | 'unavailable';

/** Whether the same request may succeed later without a person doing something. */
const mayPass: Readonly<Record<KubernetesErrorCode, boolean>> = {
  conflict: true,
  exists: true,
  gone: true,
  'not-found': false,
  unauthorized: false,
  forbidden: false,
  untrusted: false,
  invalid: false,
  throttled: true,
  silent: true,
  unavailable: true,
};

export class KubernetesError extends StoreError {
  override readonly name = 'KubernetesError';
  readonly code: KubernetesErrorCode;
  /** HTTP status; undefined when there was no answer. */
  readonly status: number | undefined;
  /** How long the server asks to be left alone. */
  readonly retryAfterMs: number | undefined;
  /** The server's own words, for people who know what was asked; the message when it said nothing. */
  readonly said: string;

  constructor(
    code: KubernetesErrorCode,
    message: string,
    details: {
      readonly status?: number;
      readonly retryAfterMs?: number | undefined;
      readonly said?: string;
      readonly advice?: string | undefined;
    } = {},
  ) {
    super(message, details.advice);
    this.code = code;
    this.status = details.status;
    this.retryAfterMs = details.retryAfterMs;
    this.said = details.said ?? message;
  }

  get retry(): boolean {
    return mayPass[this.code];
  }

  with(advice: string | undefined): KubernetesError {
    const { status, retryAfterMs, said } = this;
    const details = { ...(status !== undefined && { status }), retryAfterMs, said, advice };
    return new KubernetesError(this.code, this.message, details);
  }
}

/** The Status object that the API server answers with; any part may be missing. */
interface Status {
  readonly reason?: string;
  readonly message?: string;
  readonly details?: { readonly retryAfterSeconds?: number };
}

export interface Refusal {
  /** What was asked for, for people: `list statefulsets in default`. */
  readonly what: string;
  readonly status: number;
  /** As received; a JSON Status as a rule, but a proxy may answer anything. */
  readonly body: string;
  /** The header `Retry-After`: seconds. */
  readonly retryAfter?: string | undefined;
}

/** The error of an answer other than 2xx. */
export function errorOfAnswer({ what, status, body, retryAfter }: Refusal): KubernetesError {
  const said = parseStatus(body);
  const seconds = Number(retryAfter ?? said.details?.retryAfterSeconds);
  const words = `${said.message ?? shortened(body) ?? 'no reason given'} (HTTP ${status})`;
  return new KubernetesError(codeOf(status, said.reason), `${what}: ${words}`, {
    status,
    said: words,
    retryAfterMs: Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined,
  });
}

/** The error of an event of type ERROR in a watch; its object is a Status. */
export function errorOfEvent(what: string, object: unknown): KubernetesError {
  const { code } = (object ?? {}) as { readonly code?: number };
  return errorOfAnswer({ what, status: code ?? 500, body: JSON.stringify(object ?? {}) });
}

/** The error of a request that found no answer. */
export function errorOfConnection(what: string, cause: unknown): KubernetesError {
  if (cause instanceof KubernetesError) return cause;
  const { message, code } = cause as NodeJS.ErrnoException;
  // What Node says of an answer that breaks off.
  const why = message === 'aborted' ? 'the connection broke' : message || code || String(cause);
  const isUntrusted = code !== undefined && certificateProblems.has(code);
  return new KubernetesError(isUntrusted ? 'untrusted' : 'unavailable', `${what}: ${why}`);
}

/** What Node calls the reasons for which a certificate isn't accepted. */
const certificateProblems: ReadonlySet<string> = new Set([
  'CERT_CHAIN_TOO_LONG',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REJECTED',
  'CERT_REVOKED',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'PATH_LENGTH_EXCEEDED',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

export interface AdviceInput {
  readonly server: string;
  /** Where server and credentials were read. */
  readonly source: string;
  /** What was asked for was a list or a watch. */
  readonly isRead: boolean;
}

/** What a person can do about it; undefined: it passes, or nobody knows. */
export function adviceOn(
  { code, said }: KubernetesError,
  { server, source, isRead }: AdviceInput,
): string | undefined {
  if (code === 'unauthorized') {
    return `the API server ${server} refused the credentials of ${source}: is the token still good?`;
  }
  if (code === 'untrusted') {
    return `${source} does not trust the certificate of the API server ${server}: is its certificate authority the right one?`;
  }
  // A quota or a policy forbids as well, and says so in other words.
  if (code === 'forbidden' && (isRead || /cannot \S+ resource/.test(said))) {
    return 'the API server does not allow this: check the Role and RoleBinding of the operator';
  }
  return undefined;
}

/** The error as one of ours, whatever was thrown. */
export function asKubernetesError(error: unknown): KubernetesError {
  return error instanceof KubernetesError ? error : errorOfConnection('Kubernetes API', error);
}

export function hasCode(error: unknown, code: KubernetesErrorCode): error is KubernetesError {
  return error instanceof KubernetesError && error.code === code;
}

function codeOf(status: number, reason: string | undefined): KubernetesErrorCode {
  switch (status) {
    case 401:
      return 'unauthorized';
    case 403:
      return 'forbidden';
    case 404:
      return 'not-found';
    case 409:
      return reason === 'AlreadyExists' ? 'exists' : 'conflict';
    case 410:
      return 'gone';
    case 429:
      return 'throttled';
    default:
      return status >= 500 || status < 400 || status === 408 ? 'unavailable' : 'invalid';
  }
}

function parseStatus(body: string): Status {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch {
    return {};
  }
}

function shortened(body: string): string | undefined {
  const line = body.trim().split('\n')[0] ?? '';
  return line === '' ? undefined : line.slice(0, 200);
}
