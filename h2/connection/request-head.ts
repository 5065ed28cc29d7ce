import type { Field } from '../hpack/index.ts';

/** What a request's headers say to HTTP/2 itself. */
export interface RequestHead {
  readonly method: string;
  /** Empty for CONNECT. */
  readonly path: string;
  readonly contentLength: number | undefined;
}

/** A request that breaks RFC 9113 sections 8.1 to 8.3 ends its stream; the text is for who looks into it. */
export type Malformed = { readonly malformed: string };

/** Of connections, which HTTP/2 has frames for (RFC 9113 section 8.2.2). */
const ofConnections: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);

export function requestHead(fields: readonly Field[]): RequestHead | Malformed {
  let method: string | undefined;
  let scheme: string | undefined;
  let authority: string | undefined;
  let path: string | undefined;
  let host: string | undefined;
  let contentLength: number | undefined;
  let isPseudo = true;
  for (const field of fields) {
    const { name, value } = field;
    if (!field.valid) return malformed(`the field ${JSON.stringify(name)} may not be sent`);
    if (name.charCodeAt(0) === colon) {
      if (!isPseudo) return malformed(`${name} follows a regular field`);
      let before: string | undefined;
      switch (name) {
        case ':method':
          before = method;
          method = value;
          break;
        case ':scheme':
          before = scheme;
          scheme = value;
          break;
        case ':authority':
          before = authority;
          authority = value;
          break;
        case ':path':
          before = path;
          path = value;
          break;
        default:
          return malformed(`${name} is not known`);
      }
      if (before !== undefined) return malformed(`${name} is there twice`);
      continue;
    }
    isPseudo = false;
    if (isForbidden(name, value)) return malformed(`${name} may not be sent in HTTP/2`);
    if (name === 'host') host = value;
    if (name !== 'content-length') continue;
    const length = lengthOf(value);
    if (length === undefined || (contentLength !== undefined && contentLength !== length)) {
      return malformed('content-length is not one number');
    }
    contentLength = length;
  }
  if (method === undefined) return malformed(':method is missing');
  if (host !== undefined && authority !== undefined && !isSameHost(host, authority)) {
    return malformed('host and :authority differ');
  }
  if (method === 'CONNECT') {
    if (scheme !== undefined || path !== undefined || authority === undefined) {
      return malformed('CONNECT takes :authority alone');
    }
    return { method, path: '', contentLength };
  }
  if (scheme === undefined) return malformed(':scheme is missing');
  if (path === undefined || path === '') return malformed(':path is missing');
  return { method, path, contentLength };
}

/** What is wrong with the fields after a body. */
export function trailersProblem(fields: readonly Field[]): Malformed | undefined {
  for (const field of fields) {
    const { name } = field;
    if (!field.valid || name.charCodeAt(0) === colon || isForbidden(name, field.value)) {
      return malformed(`${JSON.stringify(name)} may not be in trailers`);
    }
  }
  return undefined;
}

const colon = 0x3a;

function isForbidden(name: string, value: string): boolean {
  if (name === 'te') return value.toLowerCase() !== 'trailers';
  return ofConnections.has(name);
}

function lengthOf(value: string): number | undefined {
  return /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}

function isSameHost(one: string, other: string): boolean {
  return one === other || one.toLowerCase() === other.toLowerCase();
}

function malformed(what: string): Malformed {
  return { malformed: what };
}
