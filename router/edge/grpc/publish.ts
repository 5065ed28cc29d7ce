import { isRefusal, type Position, type PublishRequest, type Refusal } from '../../service.ts';
import type { Method } from './call.ts';
import type { GrpcContext } from './context.ts';
import { decodePublish, isStatus } from './requests.ts';
import { invalidArgument, refusalOf, statusOf } from './status.ts';

const empty = new Uint8Array(0);

/** `cache_client.pubsub.Pubsub/Publish`: OK when the owner accepted the item. */
export const publish: Method = {
  tooLarge: 'item size',
  unread(problem, context) {
    context.traffic.nameless.published(refusalOf(problem), 0);
  },
  invoke(message, call, context) {
    const startMs = context.nowMs();
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
    context.service.publish(decoded, (outcome) => {
      count(decoded, outcome, startMs, context);
      if (isRefusal(outcome)) call.fail(statusOf(outcome));
      else call.answer(empty);
    });
    return undefined;
  },
};

/** What was refused at once says nothing about how long a publish takes. */
function count(
  { cache, payload }: PublishRequest,
  outcome: Position | Refusal,
  startMs: number,
  { traffic, counts, nowMs }: GrpcContext,
): void {
  const what = isRefusal(outcome) ? outcome.refused : 'accepted';
  traffic.of(cache).published(what, payload.length);
  const wasWaitedFor = what === 'accepted' || what === 'unavailable';
  if (wasWaitedFor) counts.acceptSeconds.observe((nowMs() - startMs) / 1_000);
}
