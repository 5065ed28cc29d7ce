import type { Logger } from '../../runtime/index.ts';
import type { TopicName, TopicService } from '../service.ts';
import type { Traffic } from '../traffic/index.ts';
import type { EdgeConfig } from './config.ts';
import type { DeadlineWheel } from './deadlines.ts';
import type { Departures } from './departures.ts';
import type { IncompleteBytes } from './incomplete.ts';
import type { Counts } from './metrics.ts';
import type { ResumeMemory } from './resume-memory.ts';
import type { Streams } from './streams.ts';

/** What the calls of an edge share, whatever protocol they come in: those of clients, and those of the process's canaries. */
export interface CallContext {
  readonly service: TopicService;
  readonly config: EdgeConfig;
  readonly requests: RequestBounds;
  readonly wheel: DeadlineWheel;
  readonly resume: ResumeMemory;
  readonly departures: Departures;
  /** What is wrong with the names of a request, for people; `undefined`: nothing. */
  readonly nameProblem: (name: TopicName) => string | undefined;
  /** Whether this router wants more clients. */
  readonly isServing: () => boolean;
  readonly streams: Streams;
  readonly counts: Counts;
  readonly traffic: Traffic;
  readonly nowMs: () => number;
  readonly log: Logger;
}

/** What may be kept of requests that are not complete. */
export interface RequestBounds {
  /** Messages up to this size are taken without asking for the bound. */
  readonly unaskedBytesMax: number;
  /** Asked before anything is kept of a message. */
  messageBytesMax(): number;
  readonly incomplete: IncompleteBytes;
}
