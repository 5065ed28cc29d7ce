import type { CapacityWant } from './source.ts';

export const ratioMetric = 'topicplane_capacity_ratio';

/** Long enough that what went stale after three intervals is still seen, and seen to be stale. */
const intervalsBack = 6;

/** The labels that every series of the tier has. */
export function labelsOf({
  namespace,
  name,
  tier,
}: CapacityWant): Readonly<Record<'topic_cluster' | 'role', string>> {
  return { topic_cluster: `${namespace}/${name}`, role: tier };
}

/**
 * All samples of the last intervals, with the times at which they were scraped. A range has no markers of staleness:
 * what is gone stays in it with its last samples, until they leave the range. Who serves is not asked of Prometheus.
 */
export function queryFor(want: CapacityWant): string {
  const matchers = Object.entries(labelsOf(want)).map(([label, value]) => {
    // What JSON escapes, PromQL escapes in the same way.
    return `${label}=${JSON.stringify(value)}`;
  });
  return `${ratioMetric}{${matchers.join(',')}}[${intervalsBack * want.intervalMs}ms]`;
}

/** The URL to ask, or what is wrong with the one that was given. */
export function urlFor(
  want: CapacityWant,
  answerMsMax: number,
): { readonly ok: true; readonly url: URL } | { readonly ok: false; readonly why: string } {
  const given = want.prometheus.url;
  if (!URL.canParse(given)) return { ok: false, why: 'it is no URL' };
  const url = new URL(given);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return { ok: false, why: 'it must begin with http:// or https://' };
  }
  if (url.username !== '' || url.password !== '') {
    return { ok: false, why: 'it must have no user and password: use bearerTokenSecret' };
  }
  // Otherwise it could make the operator ask anything of anybody.
  if (given.includes('?') || given.includes('#')) {
    return { ok: false, why: 'it must end before "?" and "#"' };
  }
  if (want.prometheus.bearerTokenSecret && url.protocol !== 'https:') {
    return { ok: false, why: 'it must begin with https://, because a bearer token is sent there' };
  }
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/api/v1/query`;
  url.searchParams.set('query', queryFor(want));
  url.searchParams.set('timeout', `${answerMsMax}ms`);
  // Thanos: an error rather than a part of the answer.
  url.searchParams.set('partial_response', 'false');
  return { ok: true, url };
}
