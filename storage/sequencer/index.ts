export { type Content, encodeItem } from './encode.ts';
export { Sequencer } from './sequencer.ts';
export { chunkBytesMax, Slab } from './slab.ts';
