import type { Position, PublishRequest, Refusal, TopicService } from '../service.ts';

/** What became of a publish, to be awaited. */
export function published(
  service: Pick<TopicService, 'publish'>,
  request: PublishRequest,
): Promise<Position | Refusal> {
  return new Promise((resolve) => service.publish(request, resolve));
}
