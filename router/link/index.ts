export { decodeBatch } from './decode-batch.ts';
export { encodeBatch } from './encode-batch.ts';
export {
  type CarryPort,
  type Identity,
  Link,
  type LinkEvents,
  type LinkOptions,
  type LinkPort,
  type SpreadPort,
} from './link.ts';
export { Links } from './links.ts';
export { type Dial, dialLink, type LinkStream } from './stream.ts';
