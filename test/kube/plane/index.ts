export type { AuditedRequest } from './audit.ts';
export { ControlPlane, type OwnControlPlane, type PlaneDescription } from './control-plane.ts';
export { kubeconfig } from './kubeconfig.ts';
export { freePorts } from './ports.ts';
