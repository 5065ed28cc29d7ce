/** HTTP/1.1 behind the same contract as HTTP/2. */
export { Http1Engine, type Http1Settings } from './engine.ts';
