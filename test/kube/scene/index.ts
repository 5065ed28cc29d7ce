export { Gate } from './gate.ts';
export { OperatorProcess } from './operator-process.ts';
export { type Grant, type Release } from './release.ts';
export { Scene, type SceneOptions } from './scene.ts';
export { applyCrd, crdPath, type Owned, type SpecText, TestCluster } from './test-cluster.ts';
