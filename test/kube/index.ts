import { inject } from 'vitest';
import { ControlPlane } from './plane/index.ts';

export { type Access, ApiRefusal, KubeApi, Listing, type Resource } from './api/index.ts';
export { createNamespace, type Namespace } from './namespace.ts';
export { loopbackOf, ProcessKubelet, type RunningPod, ServiceFront } from './node/index.ts';
export { type AuditedRequest, ControlPlane, kubeconfig } from './plane/index.ts';
export { type Said, Shell } from './shell.ts';

/** The control plane of this run, which all files share. Whoever stops its API server starts it again. */
export function sharedPlane(): ControlPlane {
  return ControlPlane.attach(inject('plane'));
}
