import { readFileSync, statSync } from 'node:fs';

/** A request that the API server answered, as its audit log has it. */
export interface AuditedRequest {
  readonly user: string;
  /** Of the token of a ServiceAccount, as in its claims; empty for any other. */
  readonly tokenId: string;
  /** The client's program, as it calls itself. */
  readonly agent: string;
  readonly verb: string;
  readonly uri: string;
  /** HTTP status. */
  readonly code: number;
  readonly group: string;
  /** With its subresource: `pods/status`; empty for a URL that is no resource. */
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
}

interface Event {
  readonly verb: string;
  readonly requestURI: string;
  readonly userAgent?: string;
  readonly user: {
    readonly username: string;
    readonly extra?: Readonly<Record<string, readonly string[]>>;
  };
  readonly stage: string;
  readonly responseStatus?: { readonly code?: number };
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly resource?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
}

const credentialId = 'authentication.kubernetes.io/credential-id';

/** How long the log is now, to read from there later. */
export function auditMark(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** Everything that was asked since `mark`, but for the rig's own requests. A watch counts once, when it was answered. */
export function auditedSince(path: string, mark: number): AuditedRequest[] {
  const text = readFileSync(path).subarray(mark).toString();
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Event)
    .filter(({ verb, stage }) => verb !== 'watch' || stage === 'ResponseStarted')
    .map(requestOf);
}

function requestOf({
  verb,
  requestURI,
  userAgent,
  user,
  responseStatus,
  objectRef,
}: Event): AuditedRequest {
  const { apiGroup = '', resource = '', subresource, namespace = '', name = '' } = objectRef ?? {};
  return {
    user: user.username,
    tokenId: user.extra?.[credentialId]?.[0]?.replace('JTI=', '') ?? '',
    agent: userAgent ?? '',
    verb,
    uri: requestURI,
    code: responseStatus?.code ?? 0,
    group: apiGroup,
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
    namespace,
    name,
  };
}
