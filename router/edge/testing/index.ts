/** What the specs of the edge share: a topic service in memory, and clients. */
export { type RawAnswer, rawCall } from '../../../h2/testing/index.ts';
export { makeCertificate, type TestCertificate } from './certificate-files.ts';
export {
  type Collected,
  collect,
  PubsubClient,
  rawFrame,
  subscription,
} from './clients.ts';
export { FakeService, type FakeSubscription } from './fake-service.ts';
export { FrameTap, type SeenFrame } from './frame-tap.ts';
export {
  type HttpRequest,
  type HttpResponse,
  type HttpVersion,
  httpRequest,
  httpVersions,
} from './http-clients.ts';
export {
  ack,
  endHeaders,
  endStream,
  enhanceYourCalm,
  frameTypes,
  grpcHeaders,
  type RawFrame,
  RawPeer,
  rawHttp2Frame,
  uint32,
} from './raw-peer.ts';
export { type TestEdge, testEdge } from './test-edge.ts';
