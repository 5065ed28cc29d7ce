import { scs } from '../../../proto/index.ts';
import { cacheNameProblem } from '../../../topology/index.ts';
import type { CacheInfo } from '../../service.ts';
import type { CallContext } from '../context.ts';
import type { UnaryMethod } from './call.ts';
import { invalidArgument, type Status } from './status.ts';

/**
 * The calls of `control_client.ScsControl` about caches. Caches are declared in the TopicCluster, so a client can look
 * but not change; it is told where to do that.
 */
export const createCache: UnaryMethod = {
  tooLarge: 'request limit',
  invoke(message, call, context) {
    const name = cacheNameOf(() => scs.CreateCacheRequest.decode(message).cacheName);
    call.fail(typeof name === 'string' ? creationAnswer(name, context) : name);
    return undefined;
  },
};

export const deleteCache: UnaryMethod = {
  tooLarge: 'request limit',
  invoke(message, call, context) {
    const name = cacheNameOf(() => scs.DeleteCacheRequest.decode(message).cacheName);
    call.fail(typeof name === 'string' ? deletionAnswer(name, context) : name);
    return undefined;
  },
};

/** Everything on one page. */
export const listCaches: UnaryMethod = {
  tooLarge: 'request limit',
  invoke(_message, call, context) {
    const cache = context.service.caches().map(describe);
    call.answer(scs.ListCachesResponse.encode({ cache, nextToken: '' }).finish());
    return undefined;
  },
};

function cacheNameOf(decode: () => string): string | Status {
  let name: string;
  try {
    name = decode();
  } catch {
    return invalidArgument('the request is not a valid protobuf message');
  }
  const problem = cacheNameProblem(name);
  return problem === undefined ? name : invalidArgument(problem);
}

function creationAnswer(name: string, context: CallContext): Status {
  if (exists(name, context)) {
    return { code: 'already-exists', message: `the cache ${JSON.stringify(name)} exists` };
  }
  return {
    code: 'failed-precondition',
    message: `caches are declared in the TopicCluster: add ${JSON.stringify(name)} under spec.caches`,
  };
}

function deletionAnswer(name: string, context: CallContext): Status {
  if (!exists(name, context)) {
    return { code: 'not-found', message: `no cache is named ${JSON.stringify(name)}` };
  }
  return {
    code: 'failed-precondition',
    message: `caches are declared in the TopicCluster: remove ${JSON.stringify(name)} under spec.caches`,
  };
}

function exists(name: string, { service }: CallContext): boolean {
  return service.caches().some((cache) => cache.name === name);
}

function describe(cache: CacheInfo): scs.Cache {
  return {
    cacheName: cache.name,
    cacheLimits: undefined,
    topicLimits: {
      maxPublishRate: cache.publishesPerSecondMax,
      maxSubscriptionCount: cache.subscriptionsMax,
      maxPublishMessageSizeKb: Math.ceil(cache.messageBytesMax / 1024),
    },
  };
}
