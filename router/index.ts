export { type RouterBounds, type RouterConfig, routerBounds } from './config.ts';
export { type Dial, dialLink, type LinkStream } from './link/index.ts';
export { type RunningRouter, runRouter, startRouter } from './main.ts';
export { Router, type RouterOptions } from './router.ts';
export {
  type CacheInfo,
  type Frame,
  isRefusal,
  type Position,
  type PublishRequest,
  type Refusal,
  type RefusalCode,
  type Sink,
  type StartAt,
  type Subscription,
  type TopicName,
  type TopicService,
} from './service.ts';
