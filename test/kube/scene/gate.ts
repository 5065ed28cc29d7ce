import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/**
 * Stands between a client and a server. Closed, it keeps what the client sends, and passes it on when it is opened,
 * even if the client gave up meanwhile: as a network does that is slow. What the server sends always goes through.
 */
export class Gate {
  readonly #server: Server;
  readonly #held = new Map<Socket, Buffer[]>();
  readonly #clients = new Set<Socket>();
  #isOpen = true;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** @param url of the server. */
  static async listen(url: string): Promise<Gate> {
    const { hostname, port } = new URL(url);
    const server = createServer();
    const gate = new Gate(server);
    server.on('connection', (client) => gate.#pass(client, connect(Number(port), hostname)));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return gate;
  }

  get url(): string {
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#isOpen = false;
  }

  /** Whatever was kept goes on its way. */
  open(): void {
    this.#isOpen = true;
    for (const [upstream, chunks] of this.#held) {
      for (const chunk of chunks.splice(0)) upstream.write(chunk);
    }
  }

  /** Of what was sent in one piece and waits, the bytes of the largest. */
  get heldBytesMax(): number {
    return Math.max(0, ...[...this.#held.values()].flat().map(({ length }) => length));
  }

  end(): void {
    this.#server.close();
    for (const socket of [...this.#held.keys(), ...this.#clients]) socket.destroy();
  }

  #pass(client: Socket, upstream: Socket): void {
    const chunks: Buffer[] = [];
    this.#held.set(upstream, chunks);
    this.#clients.add(client);
    client.on('data', (chunk) => {
      if (this.#isOpen) upstream.write(chunk);
      else chunks.push(chunk);
    });
    upstream.on('data', (chunk) => client.write(chunk));
    client.on('error', () => {});
    upstream.on('error', () => client.destroy());
    client.on('close', () => {
      this.#clients.delete(client);
      // What it sent before is still on its way.
      if (chunks.length === 0) upstream.destroy();
    });
    upstream.on('close', () => {
      this.#held.delete(upstream);
      client.destroy();
    });
  }
}
