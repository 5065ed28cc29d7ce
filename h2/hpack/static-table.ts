import { type Field, field } from './field.ts';

/** RFC 7541 appendix A, from index 1. */
const entries: readonly (readonly [name: string, value?: string])[] = [
  [':authority'],
  [':method', 'GET'],
  [':method', 'POST'],
  [':path', '/'],
  [':path', '/index.html'],
  [':scheme', 'http'],
  [':scheme', 'https'],
  [':status', '200'],
  [':status', '204'],
  [':status', '206'],
  [':status', '304'],
  [':status', '400'],
  [':status', '404'],
  [':status', '500'],
  ['accept-charset'],
  ['accept-encoding', 'gzip, deflate'],
  ['accept-language'],
  ['accept-ranges'],
  ['accept'],
  ['access-control-allow-origin'],
  ['age'],
  ['allow'],
  ['authorization'],
  ['cache-control'],
  ['content-disposition'],
  ['content-encoding'],
  ['content-language'],
  ['content-length'],
  ['content-location'],
  ['content-range'],
  ['content-type'],
  ['cookie'],
  ['date'],
  ['etag'],
  ['expect'],
  ['expires'],
  ['from'],
  ['host'],
  ['if-match'],
  ['if-modified-since'],
  ['if-none-match'],
  ['if-range'],
  ['if-unmodified-since'],
  ['last-modified'],
  ['link'],
  ['location'],
  ['max-forwards'],
  ['proxy-authenticate'],
  ['proxy-authorization'],
  ['range'],
  ['referer'],
  ['refresh'],
  ['retry-after'],
  ['server'],
  ['set-cookie'],
  ['strict-transport-security'],
  ['transfer-encoding'],
  ['user-agent'],
  ['vary'],
  ['via'],
  ['www-authenticate'],
];

/** By index; nothing has index 0. */
export const staticFields: readonly (Field | undefined)[] = [
  undefined,
  ...entries.map(([name, value = '']) => field(name, value)),
];

export const staticCount = entries.length;

const namesToIndex = new Map<string, number>();
const fieldsToIndex = new Map<string, number>();
for (const [at, [name, value = '']] of entries.entries()) {
  if (!namesToIndex.has(name)) namesToIndex.set(name, at + 1);
  fieldsToIndex.set(fieldKey(name, value), at + 1);
}

export function staticIndexOfName(name: string): number | undefined {
  return namesToIndex.get(name);
}

export function staticIndexOf(name: string, value: string): number | undefined {
  return fieldsToIndex.get(fieldKey(name, value));
}

/** No name has a space. */
function fieldKey(name: string, value: string): string {
  return `${name} ${value}`;
}
