/** The contract of the engine over node:http2, to compare ours with. */
export { TwinEngine } from './twin-engine.ts';
