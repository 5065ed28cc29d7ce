import { cacheNameProblem, topicNameProblem } from '../../topology/index.ts';
import type { TopicName } from '../service.ts';

/** What is wrong with the names in a request, for people; `undefined`: nothing. */
export function nameProblem({ cache, topic }: TopicName): string | undefined {
  return cacheNameProblem(cache) ?? topicNameProblem(topic);
}
