/** What the specs of the engine, and of what runs on it, have in common. Nothing of it is in the product. */
export { FrameText, framesOf } from './frame-text.ts';
export { type RawAnswer, rawCall } from './raw-call.ts';
export { begin, Talk } from './talk.ts';
export { TwinEngine } from './twin/index.ts';
