import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { pipeline } from 'node:stream';
import { Rotation } from '../../../local/front/rotation.ts';
import { type KubeApi, Listing, type Resource } from '../api/index.ts';
import { loopbackOf } from './addresses.ts';

interface EndpointSlice extends Resource {
  /** Null when there are none. */
  readonly endpoints:
    | readonly {
        readonly addresses: readonly string[];
        readonly conditions?: { readonly ready?: boolean };
      }[]
    | null;
  readonly ports: readonly { readonly name?: string; readonly port?: number }[] | null;
}

/**
 * A port of this machine in place of a Service's address: each connection goes to the next ready endpoint, byte for
 * byte, and stays there whatever becomes of the endpoint. Without a ready endpoint it is closed at once.
 */
export class ServiceFront {
  readonly #server: Server;
  readonly #slices: Listing<EndpointSlice>;
  readonly #portName: string;
  readonly #rotation = new Rotation();
  readonly #sockets = new Set<Socket>();

  private constructor(api: KubeApi, namespace: string, service: string, portName: string) {
    const selector = encodeURIComponent(`kubernetes.io/service-name=${service}`);
    const path = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`;
    this.#portName = portName;
    this.#slices = new Listing(api, `${path}?labelSelector=${selector}`, () =>
      this.#rotation.set(this.endpoints()),
    );
    this.#server = createServer((client) => this.#place(client));
  }

  /** @param portName of the Service's ports. */
  static async listen(
    api: KubeApi,
    namespace: string,
    service: string,
    portName: string,
  ): Promise<ServiceFront> {
    const front = new ServiceFront(api, namespace, service, portName);
    front.#server.listen(0, '127.0.0.1');
    await Promise.all([once(front.#server, 'listening'), front.#slices.synced]);
    return front;
  }

  /** host:port for clients. */
  get endpoint(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** host:port on this machine of every endpoint that is ready. */
  endpoints(): string[] {
    return this.#slices.all().flatMap(({ endpoints, ports }) => {
      const port = ports?.find(({ name }) => name === this.#portName)?.port;
      if (port === undefined || !endpoints) return [];
      return endpoints
        .filter(({ conditions }) => conditions?.ready !== false)
        .flatMap(({ addresses }) => addresses.map((ip) => `${loopbackOf(ip)}:${port}`));
    });
  }

  async close(): Promise<void> {
    await this.#slices.stop();
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #place(client: Socket): void {
    const endpoint = this.#rotation.next();
    if (endpoint === undefined) {
      client.destroy();
      return;
    }
    const [host, port] = endpoint.split(':');
    const server = connect(Number(port), host);
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    }
    pipeline(client, server, client, () => {});
  }
}
