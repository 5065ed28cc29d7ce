import { cacheNameProblem, topicNameProblem } from '../../topology/index.ts';
import type { TopicName } from '../service.ts';

/** So many names that were looked at are kept, none longer than this: some 100 bytes each. */
const soundMax = 4096;
const soundLengthMax = 64;
/** Names of topics with which nothing is wrong: those that are published to come again and again. */
const sound = new Set<string>();

/** What is wrong with the names in a request, for people; `undefined`: nothing. */
export function nameProblem({ cache, topic }: TopicName): string | undefined {
  return cacheNameProblem(cache) ?? topicProblem(topic);
}

function topicProblem(topic: string): string | undefined {
  if (sound.has(topic)) return undefined;
  const problem = topicNameProblem(topic);
  if (problem === undefined && topic.length <= soundLengthMax) {
    if (sound.size >= soundMax) sound.clear();
    sound.add(topic);
  }
  return problem;
}
