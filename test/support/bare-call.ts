import {
  type ClientHttp2Session,
  connect,
  constants,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
} from 'node:http2';

/** What a server answered to a call made without a gRPC library. */
export interface BareAnswer {
  readonly httpStatus: number;
  /** grpc-status, from headers or trailers. */
  readonly grpcStatus: number | undefined;
  readonly grpcMessage: string;
  /** The stream was reset by the server, with this code. */
  readonly reset: number | undefined;
}

/** One gRPC length-prefixed message. */
export function frame(message: Uint8Array): Uint8Array {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

/** One HTTP/2 connection in plain text that sends what no well-behaved client sends, and what others send, faster. */
export class BareConnection {
  readonly #session: ClientHttp2Session;

  /** @param endpoint host:port. */
  constructor(endpoint: string) {
    this.#session = connect(`http://${endpoint}`);
    // Calls tell of it: they end without a status.
    this.#session.on('error', () => {});
  }

  /** Sends `body` as it is to `path` and waits for the end of the answer. */
  call(path: string, body: Uint8Array): Promise<BareAnswer> {
    const stream = this.#open(path, body);
    return new Promise((resolve) => {
      const headers: IncomingHttpHeaders & IncomingHttpStatusHeader = {};
      stream.on('response', (response) => Object.assign(headers, response));
      stream.on('trailers', (trailers) => Object.assign(headers, trailers));
      stream.on('close', () => {
        const status = headers['grpc-status'];
        resolve({
          httpStatus: Number(headers[':status']),
          grpcStatus: status === undefined ? undefined : Number(status),
          grpcMessage: decodeURIComponent([headers['grpc-message']].join('')),
          reset: stream.rstCode === 0 ? undefined : stream.rstCode,
        });
      });
      stream.resume();
    });
  }

  /** Waits for the first bytes of an answer, then takes no more of it. False: there were none. */
  glance(path: string, body: Uint8Array): Promise<boolean> {
    const stream = this.#open(path, body);
    return new Promise((resolve) => {
      stream.once('data', () => {
        stream.close(constants.NGHTTP2_CANCEL);
        resolve(true);
      });
      stream.on('close', () => resolve(false));
    });
  }

  close(): void {
    this.#session.close();
  }

  #open(path: string, body: Uint8Array) {
    const stream = this.#session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    stream.on('error', () => {});
    stream.end(body);
    return stream;
  }
}

/** One call on a connection of its own. */
export async function bareCall(
  endpoint: string,
  path: string,
  body: Uint8Array,
): Promise<BareAnswer> {
  const connection = new BareConnection(endpoint);
  try {
    return await connection.call(path, body);
  } finally {
    connection.close();
  }
}
