/** A model of a cluster, for specs of plans. */
export { ModelPod, ModelProcess } from './processes.ts';
export { Watchman } from './watchman.ts';
export { brokenImage, type Fault, World } from './world.ts';
