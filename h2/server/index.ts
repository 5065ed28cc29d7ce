/** The engine over sockets. */
export { type EngineClock, H2Engine } from './h2-engine.ts';
