import type { Exchange, Headers } from '../../h2/index.ts';
import type { EdgeConfig } from './config.ts';

type Rules = Pick<EdgeConfig, 'corsOrigins' | 'corsMaxAgeSeconds'>;

/** What the browser SDKs send (wire table 3.3), and EventSource. By name: `*` leaves out authorization. */
const allowedHeaders =
  'authorization, agent, runtime-version, cache, read-concern, content-type, x-grpc-web, x-user-agent, grpc-timeout, last-event-id';
/** A status that is in the headers instead of the body. */
const exposedHeaders = 'grpc-status, grpc-message, err';

/** What a page of another origin needs in a response to read it; empty for whoever isn't one. */
export function corsHeaders(exchange: Exchange, rules: Rules): Headers {
  const origin = exchange.header('origin');
  if (rules.corsOrigins === 'any') {
    if (origin === undefined) return {};
    return { 'access-control-allow-origin': '*', 'access-control-expose-headers': exposedHeaders };
  }
  const vary: Headers = { vary: 'origin' };
  if (origin === undefined || !rules.corsOrigins.includes(origin)) return vary;
  return {
    ...vary,
    'access-control-allow-origin': origin,
    'access-control-expose-headers': exposedHeaders,
  };
}

/** The answer to a preflight (Fetch, "CORS-preflight request"). Without permission it says nothing, and the browser stops. */
export function preflightAnswer(exchange: Exchange, methods: string, rules: Rules): Headers {
  const permission = corsHeaders(exchange, rules);
  return {
    ':status': 204,
    allow: methods,
    ...permission,
    ...('access-control-allow-origin' in permission && {
      'access-control-allow-methods': methods,
      'access-control-allow-headers': allowedHeaders,
      'access-control-max-age': rules.corsMaxAgeSeconds,
    }),
  };
}
