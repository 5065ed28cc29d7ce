import { createHash, timingSafeEqual } from 'node:crypto';
import { canaryCache, topicNameProblem } from '../../topology/index.ts';
import type { TopicName } from '../service.ts';

/** The request header that carries the key. */
export const canaryHeader = 'topicplane-canary';

/** Tells the process's own calls from those of clients. Its time doesn't depend on where a wrong key differs. */
export class CanaryKey {
  readonly #digest: Buffer | undefined;

  /** @param key undefined: nobody has it */
  constructor(key: string | undefined) {
    this.#digest = key === undefined ? undefined : digestOf(key);
  }

  /** @param presented the header of a request */
  opens(presented: string | undefined): boolean {
    if (presented === undefined || this.#digest === undefined) return false;
    return timingSafeEqual(digestOf(presented), this.#digest);
  }
}

/** As `nameProblem` for those who have the key: it opens the canaries' cache and no other. */
export function canaryNameProblem({ cache, topic }: TopicName): string | undefined {
  return cache === canaryCache ? topicNameProblem(topic) : 'the key is for canaries only';
}

function digestOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
