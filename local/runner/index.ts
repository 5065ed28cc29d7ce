export { runStatefulSets, type StatefulSetRunner } from './statefulsets.ts';
