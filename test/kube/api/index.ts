export {
  type Access,
  ApiRefusal,
  KubeApi,
  type Meta,
  type PatchType,
  type Resource,
} from './kube-api.ts';
export { Listing } from './listing.ts';
