/** The contracts: client wire, router-storage link, control. Generated from the .proto files beside this one. */

export * as scs from './gen/client/control.ts';
export * as ping from './gen/client/ping.ts';
export * as pubsub from './gen/client/pubsub.ts';
export { type DescribedFile, describedFiles } from './gen/descriptors.ts';
export * as health from './gen/grpc/health/v1/health.ts';
export * as reflection from './gen/grpc/reflection/v1/reflection.ts';
export * as control from './gen/topicplane/control/v1/control.ts';
export * as link from './gen/topicplane/link/v1/link.ts';
export * as publishing from './gen/topicplane/publish/v1/publish.ts';
export * as topo from './gen/topicplane/topology/v1/topology.ts';
