import type { Logger } from '../../../runtime/index.ts';
import type { TopicName, TopicService } from '../../service.ts';
import type { Traffic } from '../../traffic/index.ts';
import type { EdgeConfig } from '../config.ts';
import type { DeadlineWheel } from '../deadlines.ts';
import type { Departures } from '../departures.ts';
import type { Counts } from '../metrics.ts';
import type { ResumeMemory } from '../resume-memory.ts';
import type { Streams } from '../streams.ts';
import type { DeframeBounds } from './deframe.ts';

/** What the calls of an edge share: those of clients, and those of the process's own canaries. */
export interface GrpcContext {
  readonly service: TopicService;
  readonly config: EdgeConfig;
  readonly bounds: Omit<DeframeBounds, 'tooLarge'>;
  readonly wheel: DeadlineWheel;
  readonly resume: ResumeMemory;
  readonly departures: Departures;
  /** What is wrong with the names of a request, for people; `undefined`: nothing. */
  readonly nameProblem: (name: TopicName) => string | undefined;
  readonly streams: Streams;
  readonly counts: Counts;
  readonly traffic: Traffic;
  readonly nowMs: () => number;
  readonly log: Logger;
}
