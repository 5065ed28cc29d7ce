import { request as request1 } from 'node:http';
import { connect } from 'node:http2';
import type { Readable } from 'node:stream';

export const httpVersions = ['1.1', '2'] as const;
export type HttpVersion = (typeof httpVersions)[number];

export interface HttpRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** The request is never completed. */
  readonly isCut?: boolean;
}

/** A response as it arrives. */
export class HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  /** The body so far. */
  text = '';
  /** Resolves when the body is complete; rejects when it was cut. */
  readonly over: Promise<string>;
  /** Hangs up. */
  readonly abort: () => void;

  constructor(
    status: number,
    headers: Readonly<Record<string, unknown>>,
    body: Readable,
    abort: () => void,
  ) {
    this.status = status;
    this.headers = headers;
    this.abort = abort;
    this.over = new Promise((resolve, reject) => {
      body.on('data', (chunk: Buffer) => {
        this.text += chunk.toString('latin1');
      });
      body.once('end', () => resolve(this.text));
      body.once('close', () => reject(new Error('the response was cut')));
      body.on('error', () => {});
    });
    this.over.catch(() => {});
  }

  /** The whole body, which is JSON. */
  async json(): Promise<unknown> {
    return JSON.parse(Buffer.from(await this.over, 'latin1').toString());
  }
}

/** One request on a connection of its own; resolves with the response's headers. */
export function httpRequest(
  version: HttpVersion,
  port: number,
  path: string,
  { method = 'GET', headers = {}, body, isCut = false }: HttpRequest = {},
): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    if (version === '1.1') {
      const sent = request1({ host: '127.0.0.1', port, path, method, headers, agent: false });
      sent.on('response', (response) => {
        const { statusCode = 0, headers: received } = response;
        resolve(new HttpResponse(statusCode, received, response, () => sent.destroy()));
      });
      sent.on('error', reject);
      if (isCut) sent.flushHeaders();
      else sent.end(body);
      return;
    }
    const session = connect(`http://127.0.0.1:${port}`);
    session.on('error', reject);
    const stream = session.request({ ':method': method, ':path': path, ...headers });
    stream.on('response', (received) => {
      const { ':status': status = 0 } = received;
      resolve(new HttpResponse(status, received, stream, () => session.destroy()));
    });
    stream.on('error', reject);
    stream.once('close', () => session.close());
    if (!isCut) stream.end(body);
  });
}
