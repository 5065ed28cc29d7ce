export { loopbackOf } from './addresses.ts';
export { ProcessKubelet, type ProcessKubeletOptions, type RunningPod } from './process-kubelet.ts';
export { ServiceFront } from './service-front.ts';
