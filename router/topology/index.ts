export { TopologyHolder } from './holder.ts';
