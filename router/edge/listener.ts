import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { parseAddress } from '../../topology/index.ts';

/** A listening port whose sockets go to `accept`. */
export class Listener {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /**
   * @param address host:port; port 0: any free one
   * @throws when the address is not one, or is in use
   */
  static open(address: string, accept: (socket: Socket) => void): Promise<Listener> {
    const parsed = parseAddress(address);
    if (!parsed) {
      return Promise.reject(new Error(`cannot listen on ${address}: it is not host:port`));
    }
    const server = createServer({ noDelay: true }, accept);
    return new Promise((resolve, reject) => {
      server.once('error', (error) => {
        reject(new Error(`cannot listen on ${address}: ${error.message}`, { cause: error }));
      });
      server.listen(parsed.port, parsed.host, () => resolve(new Listener(server)));
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Listens no more; sockets that were accepted live on. */
  close(): void {
    this.#server.close();
  }
}
