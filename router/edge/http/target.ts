import type { TopicName } from '../../service.ts';

/** What a request is about. */
export interface Target {
  readonly name: TopicName;
  readonly query: URLSearchParams;
}

const prefix = '/topics/';

/** The path and query of a request's target, which proxies send with scheme and host (RFC 9112 section 3.2.2). */
export function originForm(path: string): string {
  return path.replace(/^https?:\/\/[^/?#]*/i, '');
}

/** Whether the path is one of topics. */
export function isTopics(path: string): boolean {
  return originForm(path).startsWith(prefix);
}

/**
 * `/topics/{cache}/{topic}`, names percent-encoded, with what follows `?`.
 * @returns undefined: it isn't that; text: what is wrong, for people
 */
export function targetOf(path: string): Target | string | undefined {
  const [where, query = ''] = splitOnce(originForm(path), '?');
  if (!where.startsWith(prefix)) return undefined;
  const names = where.slice(prefix.length).split('/');
  const [cache, topic] = names;
  if (names.length !== 2 || cache === undefined || topic === undefined) {
    return 'the path must be /topics/{cache}/{topic}; write a / in a name as %2F';
  }
  try {
    const name = { cache: decoded(cache), topic: decoded(topic) };
    return { name, query: new URLSearchParams(query) };
  } catch {
    return 'a name in the path is not percent-encoded UTF-8';
  }
}

/** @throws URIError; also for bytes that the client should have encoded: as characters they would be another name. */
function decoded(name: string): string {
  if (/[^ -~]/.test(name)) throw new URIError('not encoded');
  return decodeURIComponent(name);
}

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
