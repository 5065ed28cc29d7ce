import type { Logger } from '../../../runtime/index.ts';
import type { TopicService } from '../../service.ts';
import type { EdgeConfig } from '../config.ts';
import type { DeadlineWheel } from '../deadlines.ts';
import type { Counts } from '../metrics.ts';
import type { ResumeMemory } from '../resume-memory.ts';
import type { Streams } from '../streams.ts';
import type { DeframeBounds } from './deframe.ts';

/** What every call of an edge shares. */
export interface GrpcContext {
  readonly service: TopicService;
  readonly config: EdgeConfig;
  readonly bounds: Omit<DeframeBounds, 'tooLarge'>;
  readonly wheel: DeadlineWheel;
  readonly resume: ResumeMemory;
  readonly streams: Streams;
  readonly counts: Counts;
  readonly log: Logger;
}
