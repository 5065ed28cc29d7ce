import type { Exchange, ExchangeHandler } from '../../../h2/index.ts';
import type { CallContext } from '../context.ts';
import { corsHeaders, preflightAnswer } from '../cors.ts';
import type { Status } from '../grpc/index.ts';
import { invalidArgument } from '../grpc/index.ts';
import { deaf, type Protocol } from '../protocol.ts';
import { type HttpProblem, sendProblem } from './answers.ts';
import { HttpCall, type Method } from './call.ts';
import { events } from './events.ts';
import { publish } from './publish.ts';
import { subscribe } from './subscribe.ts';
import { isTopics, type Target, targetOf } from './target.ts';

const allowed = 'GET, POST, OPTIONS';

/** The HTTP API, over HTTP/1.1 and HTTP/2 alike. */
export const http: Protocol & { owns(path: string): boolean } = {
  owns: isTopics,
  serve(exchange, context) {
    const target = targetOf(exchange.path);
    if (target === undefined) return refuse(exchange, notHere, context);
    if (exchange.method === 'OPTIONS') {
      exchange.end(preflightAnswer(exchange, allowed, context.config));
      return deaf;
    }
    const method = typeof target === 'string' ? undefined : methodOf(exchange, target);
    if (method === undefined) {
      const problem = typeof target === 'string' ? invalidArgument(target) : wrongMethod;
      return refuse(exchange, problem, context);
    }
    const { query } = target as Target;
    const problem = credentialProblem(exchange, query) ?? streamProblem(query);
    if (problem) return refuse(exchange, problem, context);
    return new HttpCall(exchange, target as Target, method, context);
  },
  refuse,
};

function methodOf(exchange: Exchange, { query }: Target): Method | undefined {
  if (exchange.method === 'POST') return publish;
  if (exchange.method !== 'GET') return undefined;
  return query.get('stream') === 'sse' ? events : subscribe;
}

/** A credential comes in the header or, where headers can't be set, in the query; which of two counts would be a guess. */
function credentialProblem(exchange: Exchange, query: URLSearchParams): Status | undefined {
  if (exchange.header('authorization') === undefined || !query.has('token')) return undefined;
  return invalidArgument('give the token as authorization header or as ?token=, not both');
}

function streamProblem(query: URLSearchParams): Status | undefined {
  const wanted = query.get('stream');
  if (wanted === null || wanted === 'sse') return undefined;
  return invalidArgument('?stream= is sse, for Server-Sent Events, or left out');
}

function refuse(
  exchange: Exchange,
  problem: Status | HttpProblem,
  context: CallContext,
): ExchangeHandler {
  const cors = corsHeaders(exchange, context.config);
  context.counts.sentBytes += sendProblem(exchange, problem, cors);
  return deaf;
}

const notHere: HttpProblem = {
  httpStatus: 404,
  code: 'not-found',
  message: 'nothing is served here; topics are at /topics/{cache}/{topic}',
};

const wrongMethod: HttpProblem = {
  httpStatus: 405,
  code: 'unimplemented',
  message: 'POST publishes, GET subscribes',
  headers: { allow: allowed },
};
