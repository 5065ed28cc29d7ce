import { isUtf8 } from 'node:buffer';
import { isRefusal } from '../../service.ts';
import { invalidArgument, refusalOf, type Status, statusOf } from '../grpc/index.ts';
import { publishItem } from '../publishing.ts';
import type { HttpProblem } from './answers.ts';
import type { Method } from './call.ts';

/** `POST /topics/{cache}/{topic}`: the body is the item. 204 when the owner accepted it. */
export const publish: Method = {
  takesBody: true,
  unread(problem, context) {
    context.traffic.nameless.published(refusalOf(problem), 0);
  },
  invoke(payload, call, context) {
    const { exchange, target } = call;
    const refuse = (problem: Status): undefined => {
      context.traffic.nameless.published('invalid-argument', payload.length);
      call.fail(problem);
    };
    const problem = context.nameProblem(target.name);
    if (problem !== undefined) return refuse(invalidArgument(problem));
    const encoding = exchange.header('content-encoding') ?? 'identity';
    const text = encoding === 'identity' && isText(exchange.header('content-type'));
    if (typeof text !== 'boolean') return refuse(text);
    if (encoding !== 'identity') return refuse(unsupported);
    if (text && !isUtf8(payload)) {
      return refuse(
        invalidArgument(
          'the text is not UTF-8; send bytes with content-type application/octet-stream',
        ),
      );
    }
    publishItem({ ...target.name, payload, text, publisherId: '' }, context, (outcome) => {
      if (isRefusal(outcome)) call.fail(statusOf(outcome));
      else call.answerEmpty();
    });
    return undefined;
  },
};

const binary = 'application/octet-stream';
/** Besides text/plain: what callers send who didn't think of it, as curl does. */
const textTypes = /^(text\/[^;]+|application\/(json|x-www-form-urlencoded))\s*(;|$)/i;

const unsupported: HttpProblem = {
  httpStatus: 415,
  code: 'invalid-argument',
  message: `send the item as it is with content-type text/plain (UTF-8) or ${binary}`,
};

function isText(contentType: string | undefined): boolean | HttpProblem {
  if (contentType === undefined || textTypes.test(contentType)) return true;
  return contentType.toLowerCase().split(';', 1)[0]?.trim() === binary ? false : unsupported;
}
