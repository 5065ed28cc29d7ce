import { Client, credentials } from '@grpc/grpc-js';
import { link } from '../../proto/index.ts';
import { decodeBatch } from './decode-batch.ts';
import { encodeBatch } from './encode-batch.ts';

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

const { path } = link.LinkServiceService.open;

/** A stream over a connection of its own. */
export const dialLink: Dial = (address) => {
  const client = new Client(address, credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
    'grpc.max_receive_message_length': RECEIVED_BYTES_MAX,
    'grpc.max_send_message_length': -1,
    'grpc.enable_retries': 0,
    'grpc.enable_http_proxy': 0,
  });
  const call = client.makeBidiStreamRequest(path, encodeBatch, decodeBatch);
  return {
    write(batch, written) {
      call.write(batch, written);
    },
    onBatch(take) {
      call.on('data', take);
    },
    onEnd(ended) {
      call.on('error', (error: Error) => ended(error.message));
      call.on('end', () => ended('the storage node ended the link'));
    },
    cancel() {
      call.cancel();
      client.close();
    },
  };
};
