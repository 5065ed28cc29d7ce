import { status as grpcStatus } from '@grpc/grpc-js';
import { type Field, type OpenStream, openStream, type StreamEnd } from '../../h2/client/index.ts';
import { MessageReader } from '../../h2/grpc/index.ts';
import type { Headers } from '../../h2/index.ts';
import { link } from '../../proto/index.ts';
import { parseAddress } from '../../topology/index.ts';
import { decodeBatch } from './decode-batch.ts';
import { encodeMessage } from './encode-batch.ts';

/** The bytes' way to one storage node and back: a gRPC stream, or whatever plays one. Batches arrive whole and in order. */
export interface LinkStream {
  /** Sends a batch, which is not changed from here on. `written` is called when it has left this process. */
  write(batch: link.RouterBatch, written: () => void): void;
  onBatch(take: (batch: link.StorageBatch) => void): void;
  /** The stream is over, or never came to be; `reason` is for people. May be told more than once. */
  onEnd(ended: (reason: string) => void): void;
  /** Gives it up at once. */
  cancel(): void;
}

/** Begins a stream to `address`, host:port. Returns at once; what can't be reached ends. */
export type Dial = (address: string) => LinkStream;

/** The largest batch a peer may send: a replay of a whole history, or topics on their way to another storage node. */
const RECEIVED_BYTES_MAX = 128 * 1024 * 1024;

/** `LinkService.Open` over a connection of its own. */
export const dialLink: Dial = (address) => new DialledStream(address);

class DialledStream implements LinkStream {
  readonly #stream: OpenStream;
  readonly #messages = new MessageReader(RECEIVED_BYTES_MAX, (message) => this.#batch(message));
  #take: (batch: link.StorageBatch) => void = () => {};
  #ended: (reason: string) => void = () => {};

  constructor(address: string) {
    const to = parseAddress(address);
    if (!to) throw new Error(`no storage node can be dialled at ${JSON.stringify(address)}`);
    this.#stream = openStream(to, requestTo(address), {
      headers: (fields) => {
        const status = valueOf(fields, ':status');
        if (status !== '200') this.#giveUp(`HTTP status ${status}: this is no storage node`);
      },
      data: (bytes) => {
        const problem = this.#messages.push(bytes);
        if (problem !== undefined) this.#giveUp(`the storage node sent ${problem}`);
      },
      ended: (end) => this.#ended(reasonOf(end)),
    });
  }

  write(batch: link.RouterBatch, written: () => void): void {
    this.#stream.write(encodeMessage(batch), written);
  }

  onBatch(take: (batch: link.StorageBatch) => void): void {
    this.#take = take;
  }

  onEnd(ended: (reason: string) => void): void {
    this.#ended = ended;
  }

  cancel(): void {
    this.#stream.cancel();
  }

  #batch(message: Uint8Array): void {
    let batch: link.StorageBatch;
    try {
      batch = decodeBatch(message);
    } catch (error) {
      return this.#giveUp(`the storage node sent what is no batch: ${(error as Error).message}`);
    }
    this.#take(batch);
  }

  #giveUp(reason: string): void {
    this.#stream.cancel();
    this.#ended(reason);
  }
}

function requestTo(address: string): Headers {
  return {
    ':method': 'POST',
    ':scheme': 'http',
    ':path': link.LinkServiceService.open.path,
    ':authority': address,
    'content-type': 'application/grpc',
    te: 'trailers',
  };
}

function reasonOf(end: StreamEnd): string {
  switch (end.is) {
    case 'broken':
      return end.reason;
    case 'reset':
      return `the storage node gave the link up (HTTP/2 error ${end.code})`;
    case 'complete': {
      const code = valueOf(end.trailers, 'grpc-status');
      if (code === '0') return 'the storage node ended the link';
      if (code === undefined) return 'the link ended without a gRPC status';
      const message = unescaped(valueOf(end.trailers, 'grpc-message') ?? '');
      return `${grpcStatus[Number(code)] ?? `gRPC status ${code}`}: ${message}`;
    }
  }
}

function valueOf(fields: readonly Field[], name: string): string | undefined {
  return fields.find((field) => field.name === name)?.value;
}

/** What gRPC escapes in a message; one that isn't escaped well is shown as it came. */
function unescaped(message: string): string {
  try {
    return decodeURIComponent(message);
  } catch {
    return message;
  }
}
