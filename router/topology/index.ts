export { TopologyHolder } from './holder.ts';
export { Whereabouts } from './whereabouts.ts';
