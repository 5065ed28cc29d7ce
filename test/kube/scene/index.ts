export { AccountMount } from './account-mount.ts';
export { Gate } from './gate.ts';
export { GuideReader } from './guide-reader.ts';
export { KubePrometheus } from './kube-prometheus.ts';
export { modestLoad } from './modest-load.ts';
export { OperatorProcess } from './operator-process.ts';
export { type Grant, type Release } from './release.ts';
export { Scene, type SceneOptions } from './scene.ts';
export {
  applyCrd,
  type Owned,
  removeCrd,
  type SpecText,
  succeeds,
  TestCluster,
} from './test-cluster.ts';
