import { type Server, ServerCredentials } from '@grpc/grpc-js';

/** Binds a gRPC server in plain text and says which port it got. `address` is host:port, port 0 means any free one. */
export function bindServer(server: Server, address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) => {
      if (error) reject(error);
      else resolve(port);
    });
  });
}
