/** gRPC on HTTP/2 streams: messages in their bodies, texts in their trailers. */
export { MessageReader, messagePrefixBytes, writeMessagePrefix } from './messages.ts';
export { messageBytesMax, percentEncode } from './percent.ts';
