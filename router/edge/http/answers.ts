import type { Exchange, Headers } from '../../../h2/index.ts';
import type { Status, StatusCode } from '../grpc/index.ts';

const httpStatuses: Readonly<Partial<Record<StatusCode, number>>> = {
  'invalid-argument': 400,
  unauthenticated: 401,
  'permission-denied': 403,
  'not-found': 404,
  'deadline-exceeded': 408,
  'resource-exhausted': 429,
  unimplemented: 501,
  unavailable: 503,
};
const internalError = 500;

/** What can be wrong with a request only in HTTP: its number, and the status that is nearest. */
export interface HttpProblem extends Status {
  readonly httpStatus: number;
  readonly headers?: Headers;
}

/** The HTTP status of a refusal. A payload that is too large is no matter of waiting, which 429 would say. */
function httpStatusOf(status: Status | HttpProblem): number {
  if ('httpStatus' in status) return status.httpStatus;
  if (status.err === 'item_size_limit_exceeded') return 413;
  return httpStatuses[status.code] ?? internalError;
}

/** Sends a whole JSON answer. */
export function sendJson(
  exchange: Exchange,
  httpStatus: number,
  json: string,
  headers: Headers,
): number {
  const body = Buffer.from(`${json}\n`);
  const head: Headers = {
    ':status': httpStatus,
    'content-type': 'application/json',
    'content-length': body.length,
    'cache-control': 'no-store',
    ...headers,
  };
  // RFC 9110 section 9.3.2: no body, the headers as if there was one.
  if (exchange.method === 'HEAD') {
    exchange.end(head);
    return 0;
  }
  exchange.respond(head);
  exchange.write(body);
  exchange.end({});
  return body.length;
}

/** Sends what is wrong as `{code, message, err?}`. */
export function sendProblem(
  exchange: Exchange,
  problem: Status | HttpProblem,
  cors: Headers,
): number {
  const httpStatus = httpStatusOf(problem);
  const own = 'headers' in problem ? problem.headers : undefined;
  const later: Headers = httpStatus === 503 || httpStatus === 429 ? { 'retry-after': 1 } : {};
  return sendJson(exchange, httpStatus, problemJson(problem), { ...later, ...own, ...cors });
}

export function problemJson({ code, message, err }: Status): string {
  return JSON.stringify({ code: code.replaceAll('-', '_'), message, err });
}
