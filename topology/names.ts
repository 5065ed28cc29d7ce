export const cacheNameBytesMax = 128;
export const topicNameBytesMax = 1024;

/**
 * The cache through which routers send test items to themselves. Every topology has it without naming it. No user can
 * declare or ask for it: names of users hold no control characters.
 */
export const canaryCache = '\u0001canaries';

/** One string for a topic of a cache, for maps and hashes. Names hold no NUL, so no two topics share it. */
export function topicKey(cache: string, topic: string): string {
  return `${cache}\u0000${topic}`;
}

/** What is wrong with a cache name, for people; `undefined`: nothing. The rules are those of `topicNameProblem`. */
export function cacheNameProblem(name: string): string | undefined {
  return nameProblem('cache name', name, cacheNameBytesMax);
}

/**
 * What is wrong with a topic name, for people; `undefined`: nothing. A name is well-formed Unicode that is more than
 * white space, has no control characters U+0000 to U+001F and is bounded in UTF-8 bytes.
 */
export function topicNameProblem(name: string): string | undefined {
  return nameProblem('topic name', name, topicNameBytesMax);
}

function nameProblem(what: string, name: string, bytesMax: number): string | undefined {
  if (name.length === 0) return `${what} is empty`;
  let bytes = 0;
  for (let index = 0; index < name.length; index++) {
    const unit = name.charCodeAt(index);
    if (unit < 0x20) return `${what} holds the control character ${codePoint(unit)} at ${index}`;
    if (unit < 0x80) bytes += 1;
    else if (unit < 0x800) bytes += 2;
    else if (unit < 0xd800 || unit > 0xdfff) bytes += 3;
    else if (isPair(unit, name.charCodeAt(index + 1))) {
      bytes += 4;
      index++;
    } else {
      return `${what} is not well-formed Unicode: lone surrogate ${codePoint(unit)} at ${index}`;
    }
    // Names come from the network: one that is megabytes long is not walked to its end.
    if (bytes > bytesMax) return `${what} is longer than ${bytesMax} bytes`;
  }
  return name.trim() === '' ? `${what} is only white space` : undefined;
}

/** `low` is NaN at the end of the name. */
function isPair(high: number, low: number): boolean {
  return high <= 0xdbff && low >= 0xdc00 && low <= 0xdfff;
}

function codePoint(unit: number): string {
  return `U+${unit.toString(16).toUpperCase().padStart(4, '0')}`;
}
