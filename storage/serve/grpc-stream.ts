import type { ServerDuplexStream } from '@grpc/grpc-js';
import type { link } from '../../proto/index.ts';
import type { RouterStream, StreamStatus } from './stream.ts';

/** A call of `LinkService.Open`. */
export class GrpcStream implements RouterStream {
  readonly #call: ServerDuplexStream<link.RouterBatch, link.StorageBatch>;

  constructor(call: ServerDuplexStream<link.RouterBatch, link.StorageBatch>) {
    this.#call = call;
  }

  get peer(): string {
    return this.#call.getPeer();
  }

  write(batch: link.StorageBatch, written: () => void): void {
    this.#call.write(batch, () => written());
  }

  onBatch(take: (batch: link.RouterBatch) => void): void {
    this.#call.on('data', take);
  }

  onEnd(end: (reason: string) => void): void {
    this.#call.on('end', () => end('the router ended the link'));
    this.#call.on('cancelled', () => end('the connection broke'));
  }

  end(status: StreamStatus | undefined): void {
    if (status) this.#call.emit('error', status);
    else this.#call.end();
  }
}
