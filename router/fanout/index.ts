export { Hub, type HubOptions } from './hub.ts';
