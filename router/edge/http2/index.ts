/** The HTTP/2 engine over node:http2. */
export { Http2Engine, type Http2Settings } from './engine.ts';
