import {
  isRefusal,
  type Position,
  type PublishAnswered,
  type PublishRequest,
  type Refusal,
} from '../service.ts';
import type { CallContext } from './context.ts';

/** Publishes one item, whatever protocol it came in, and counts it when it is answered. */
export function publishItem(
  request: PublishRequest,
  context: CallContext,
  answered: PublishAnswered,
): void {
  const startMs = context.nowMs();
  context.service.publish(request, (outcome) => {
    count(request, outcome, startMs, context);
    answered(outcome);
  });
}

/** What was refused at once says nothing about how long a publish takes. */
function count(
  { cache, payload }: PublishRequest,
  outcome: Position | Refusal,
  startMs: number,
  { traffic, counts, nowMs }: CallContext,
): void {
  const what = isRefusal(outcome) ? outcome.refused : 'accepted';
  traffic.of(cache).published(what, payload.length);
  const wasWaitedFor = what === 'accepted' || what === 'unavailable';
  if (wasWaitedFor) counts.acceptSeconds.observe((nowMs() - startMs) / 1_000);
}
