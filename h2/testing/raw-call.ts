import type {
  ClientHttp2Session,
  IncomingHttpHeaders,
  IncomingHttpStatusHeader,
  OutgoingHttpHeaders,
} from 'node:http2';

/** What came back on one HTTP/2 stream. */
export interface RawAnswer {
  readonly headers: IncomingHttpHeaders & IncomingHttpStatusHeader;
  /** Undefined: the headers ended the stream. */
  readonly trailers: IncomingHttpHeaders | undefined;
  readonly body: Buffer;
  readonly rstCode: number;
}

/** One request on a bare HTTP/2 session; `pieces` are its body, each in a DATA frame of its own. */
export function rawCall(
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders,
  pieces: readonly Uint8Array[],
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ':method': 'POST',
      'content-type': 'application/grpc',
      te: 'trailers',
      ...headers,
    });
    let answered: RawAnswer['headers'] | undefined;
    let trailers: IncomingHttpHeaders | undefined;
    const body: Buffer[] = [];
    stream.on('response', (received) => (answered = received));
    stream.on('trailers', (received) => (trailers = received));
    stream.on('data', (chunk: Buffer) => body.push(chunk));
    stream.on('error', () => {});
    stream.on('close', () => {
      if (!answered) return reject(new Error(`closed without an answer, code ${stream.rstCode}`));
      resolve({
        headers: answered,
        trailers,
        body: Buffer.concat(body),
        rstCode: stream.rstCode ?? 0,
      });
    });
    for (const piece of pieces) stream.write(piece);
    stream.end();
  });
}
