import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';

export interface BoundedGetOptions {
  readonly headers: Readonly<Record<string, string>>;
  /** PEM; undefined: the authorities that Node trusts. */
  readonly ca: string | undefined;
  /** Takes the body of an answer with status 200 as it comes in; false: no more of it is wanted. */
  readonly onChunk: (chunk: Buffer) => boolean;
  /** Of that body. */
  readonly bytesMax: number;
  /** Ends all of it. */
  readonly signal: AbortSignal;
}

export interface Got {
  readonly status: number;
  /** The beginning of what came with another status than 200. */
  readonly refusal: string;
}

/** The answer was longer than `bytesMax`. */
export class TooLongError extends Error {
  override readonly name = 'TooLongError';
}

/** Enough for what Prometheus says of an error. */
const refusalBytesMax = 16 * 1024;

/**
 * GET without redirects, over a connection of its own: one that was kept may have gone silently, and at one request an
 * interval there is little to gain. Rejects with TooLongError, or with whatever Node throws.
 */
export function boundedGet(url: URL, options: BoundedGetOptions): Promise<Got> {
  const { headers, ca, signal } = options;
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const outgoing = send(url, {
      agent: false,
      headers,
      signal,
      ...(ca !== undefined && { ca }),
    });
    outgoing.once('response', (response) => {
      take(response, options).then(resolve, reject);
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}

async function take(
  response: IncomingMessage,
  { bytesMax, onChunk }: BoundedGetOptions,
): Promise<Got> {
  const status = response.statusCode ?? 0;
  const refusal: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (status === 200) {
      if (bytes > bytesMax) throw new TooLongError(`more than ${bytesMax} bytes`);
      if (!onChunk(chunk)) break;
    } else {
      refusal.push(chunk);
      if (bytes > refusalBytesMax) break;
    }
  }
  return { status, refusal: Buffer.concat(refusal).toString('utf8') };
}
