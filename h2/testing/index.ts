/** What the specs of the engine, and of what runs on it, have in common. Nothing of it is in the product. */
export { type RawAnswer, rawCall } from './raw-call.ts';
export { TwinEngine } from './twin/index.ts';
