/** What went wrong between a client and a cluster, in words for people. */

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

/** @param why as `lossOf` says it. */
export function silenceText(endpoint: string, why: string): string {
  const nothing = `nothing answers at ${endpoint} (${why})`;
  const [, service, namespace, port] = /^([^.:]+)\.([^.:]+)\.svc[^:]*:(\d+)$/.exec(endpoint) ?? [];
  if (service === undefined) {
    return `${nothing}: start a cluster with \`npm start\` or \`topicplane local\`, forward the port of one on Kubernetes (kubectl port-forward service/NAME 8080:443), or name another address with --endpoint`;
  }
  return `${nothing}: the address of a Service works only inside of Kubernetes. Outside, run \`kubectl port-forward -n ${namespace} service/${service} 8080:${port}\` and dial 127.0.0.1:8080`;
}

/** @param known undefined: the cluster doesn't tell. */
export function noCacheText(
  cache: string,
  endpoint: string,
  known: readonly string[] | undefined,
): string {
  const there = known && `; there are: ${known.join(', ') || 'none'}`;
  const add =
    'add it to spec.caches (on one machine in the file of the cluster, on Kubernetes with kubectl edit)';
  return `no cache "${cache}" at ${endpoint}${there ?? ''}. Choose another with --cache, or ${add}`;
}
