import {
  Server,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
} from '@grpc/grpc-js';
import { pubsub } from '../../../proto/index.ts';
import { announce, bindServer } from '../../../runtime/index.ts';
import { Topics } from './topics.ts';

type Stream = ServerWritableStream<Uint8Array, Uint8Array>;

const raw = (bytes: Uint8Array): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
const asBytes = {
  requestDeserialize: raw,
  requestSerialize: raw,
  responseSerialize: raw,
  responseDeserialize: raw,
};
const topics = new Topics<Stream>((stream, message) => stream.write(message));
const empty = new Uint8Array(0);

const server = new Server();
server.addService(
  {
    publish: { ...pubsub.PubsubService.publish, ...asBytes },
    subscribe: { ...pubsub.PubsubService.subscribe, ...asBytes },
  },
  {
    publish: (call: ServerUnaryCall<Uint8Array, Uint8Array>, done: sendUnaryData<Uint8Array>) => {
      topics.publish(call.request);
      done(null, empty);
    },
    subscribe: (stream: Stream) => {
      const leave = topics.subscribe(stream.request, stream);
      stream.on('cancelled', leave);
      stream.on('error', leave);
    },
  },
);
announce({ client: `127.0.0.1:${await bindServer(server, '127.0.0.1:0')}` });
process.on('disconnect', () => process.exit());
