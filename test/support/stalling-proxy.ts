import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** Stands between a client and the cluster and can stop reading what the cluster sends, as a frozen client would. */
export class StallingProxy {
  readonly #server: Server;
  readonly #upstreams = new Set<Socket>();
  #stalled = false;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** @param endpoint host:port that connections are passed on to. */
  static async start(endpoint: string): Promise<StallingProxy> {
    const [host, port] = endpoint.split(':');
    const server = createServer();
    const proxy = new StallingProxy(server);
    server.on('connection', (client) => {
      const upstream = connect(Number(port), host);
      proxy.#upstreams.add(upstream);
      client.pipe(upstream);
      upstream.on('data', (bytes) => {
        client.write(bytes);
      });
      if (proxy.#stalled) upstream.pause();
      for (const [one, other] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        one.on('error', () => other.destroy());
        one.on('close', () => other.destroy());
      }
      upstream.on('close', () => proxy.#upstreams.delete(upstream));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  /** host:port to connect to instead. */
  get endpoint(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stall(): void {
    this.#stalled = true;
    for (const upstream of this.#upstreams) upstream.pause();
  }

  flow(): void {
    this.#stalled = false;
    for (const upstream of this.#upstreams) upstream.resume();
  }

  close(): void {
    this.#server.close();
    for (const upstream of this.#upstreams) upstream.destroy();
  }
}
