import { isRefusal } from '../../service.ts';
import { publishItem } from '../publishing.ts';
import type { UnaryMethod } from './call.ts';
import { prefixBytes } from './deframe.ts';
import { decodePublish, isStatus } from './requests.ts';
import { invalidArgument, refusalOf, statusOf } from './status.ts';

/** The empty message of every answer, framed. */
const accepted = new Uint8Array(prefixBytes);

/** `cache_client.pubsub.Pubsub/Publish`: OK when the owner accepted the item. */
export const publish: UnaryMethod = {
  tooLarge: 'item size',
  unread(problem, context) {
    context.traffic.nameless.published(refusalOf(problem), 0);
  },
  invoke(message, call, context) {
    const decoded = decodePublish(message);
    if (isStatus(decoded)) {
      context.traffic.nameless.published('invalid-argument', 0);
      call.fail(decoded);
      return undefined;
    }
    const problem = context.nameProblem(decoded);
    if (problem !== undefined) {
      context.traffic.nameless.published('invalid-argument', decoded.payload.length);
      call.fail(invalidArgument(problem));
      return undefined;
    }
    publishItem(decoded, context, (outcome) => {
      if (isRefusal(outcome)) call.fail(statusOf(outcome));
      else {
        call.write(accepted);
        call.succeed();
      }
    });
    return undefined;
  },
};
