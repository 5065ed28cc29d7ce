import { isRefusal, type Position, type Refusal, type RefusalCode } from '../../service.ts';
import type { Call, Method } from './call.ts';
import type { GrpcContext } from './context.ts';
import { decodePublish, isStatus } from './requests.ts';
import { invalidArgument, statusOf } from './status.ts';

const empty = new Uint8Array(0);

/** `cache_client.pubsub.Pubsub/Publish`: OK when the owner accepted the item. */
export const publish: Method = {
  tooLarge: 'item size',
  invoke(message, call, context) {
    const request = decodePublish(message);
    if (isStatus(request)) {
      context.counts.published('invalid-argument');
      call.fail(request);
      return undefined;
    }
    const problem = context.nameProblem(request);
    if (problem !== undefined) {
      context.counts.published('invalid-argument');
      call.fail(invalidArgument(problem));
      return undefined;
    }
    context.service.publish({ ...request, publisherId: '' }).then(
      (outcome) => answer(outcome, call, context),
      (error: unknown) => call.fault(error),
    );
    return undefined;
  },
};

function answer(outcome: Position | Refusal, call: Call, context: GrpcContext): void {
  const refused: RefusalCode | undefined = isRefusal(outcome) ? outcome.refused : undefined;
  context.counts.published(refused ?? 'accepted');
  if (isRefusal(outcome)) call.fail(statusOf(outcome));
  else call.answer(empty);
}
