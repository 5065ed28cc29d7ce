export { TopologyHolder } from './holder.ts';
export { Spread } from './spread.ts';
export { Whereabouts } from './whereabouts.ts';
