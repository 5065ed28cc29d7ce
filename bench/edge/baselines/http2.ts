import { createServer, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { pubsub } from '../../../proto/index.ts';
import { announce } from '../../../runtime/index.ts';
import { Topics } from './topics.ts';

const prefixBytes = 5;
/** As many as the load opens on one connection. */
const settings = { maxConcurrentStreams: 10_000 };

/** The one written last: all subscribers get the same. */
let written: { readonly message: Uint8Array; readonly framed: Buffer } | undefined;
const topics = new Topics<ServerHttp2Stream>((stream, message) => {
  if (written?.message !== message) written = { message, framed: prefixed(message) };
  stream.write(written.framed);
});
const emptyMessage = Buffer.alloc(prefixBytes);

const server = createServer({ settings });
server.on('stream', (stream, headers) => {
  // Its close says all.
  stream.on('error', () => {});
  const parts: Buffer[] = [];
  stream.on('data', (part: Buffer) => parts.push(part));
  stream.on('end', () => {
    const request = Buffer.concat(parts).subarray(prefixBytes);
    const head = { ':status': 200, 'content-type': 'application/grpc' };
    if (headers[':path'] === pubsub.PubsubService.publish.path) {
      topics.publish(request);
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.respond(head, { waitForTrailers: true });
      stream.end(emptyMessage);
    } else {
      stream.respond(head);
      stream.on('close', topics.subscribe(request, stream));
    }
  });
});
server.listen(0, '127.0.0.1', () => {
  announce({ client: `127.0.0.1:${(server.address() as AddressInfo).port}` });
});
process.on('disconnect', () => process.exit());

function prefixed(message: Uint8Array): Buffer {
  const head = Buffer.alloc(prefixBytes);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}
