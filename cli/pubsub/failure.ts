/** What gRPC says about a connection, in few words for people. */

/** Why there is no connection, from the details of a failed call: `ECONNREFUSED`, or what else is known. */
export function lossOf(details: string): string {
  const [code] = /\bE[A-Z]{3,}\b/.exec(details) ?? [];
  if (code !== undefined) return code;
  if (isForeign(details)) return 'what answers there is not a Topicplane client port';
  if (/dropped|closed|GOAWAY/i.test(details)) return 'it was closed';
  if (/deadline|keepalive|timed? ?out/i.test(details)) return 'no answer';
  const rest = details
    .replace(/^No connection established\. /, '')
    .replace(/^Last error: /, '')
    .replace(/ ?\(\d{4}-[^)]*\)/, '')
    .replace(/\.? ?Resolution note: ?$/, '');
  return rest === '' ? 'no reason given' : rest;
}

/** Whether something answers that doesn't speak HTTP/2. */
export function isForeign(details: string): boolean {
  return /protocol error|parse error/i.test(details);
}
