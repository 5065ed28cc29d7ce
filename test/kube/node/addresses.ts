import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

const rangesMax = 120;
const kubeletPort = 10250;

/** Where what a pod serves at its own address answers on this machine: 10.a.b.c is 127.a.b.c. */
export function loopbackOf(podIp: string): string {
  if (!podIp.startsWith('10.'))
    throw new Error(`${podIp} is no address of a pod of a process kubelet`);
  return `127.${podIp.slice('10.'.length)}`;
}

/**
 * Addresses of one node and its pods. Kubernetes takes no loopback address for a pod, so pods have addresses out of
 * 10.<n>.0.0/16, and what they serve is at `loopbackOf` them, at the ports of their containers.
 */
export class PodAddresses {
  readonly nodeIp: string;
  readonly #range: number;
  readonly #reserved: Server;
  #last = 0;

  private constructor(range: number, reserved: Server) {
    this.#range = range;
    this.#reserved = reserved;
    this.nodeIp = `10.${range}.255.254`;
  }

  /** Takes a range that no other node of this machine has: a port of it is held open to say so. */
  static async reserve(): Promise<PodAddresses> {
    const first = Math.floor(Math.random() * rangesMax);
    for (let tried = 0; tried < rangesMax; tried++) {
      const range = 100 + ((first + tried) % rangesMax);
      const server = createServer((socket) => socket.destroy()).unref();
      const listening = once(server, 'listening');
      server.listen(kubeletPort, loopbackOf(`10.${range}.255.254`));
      if (
        await listening.then(
          () => true,
          () => false,
        )
      )
        return new PodAddresses(range, server);
    }
    throw new Error('no range of loopback addresses is free: too many process kubelets run');
  }

  /** None is given twice. */
  next(): string {
    const at = ++this.#last;
    if (at >= 255 * 256) throw new Error('this node had all the pods that it has addresses for');
    return `10.${this.#range}.${Math.floor(at / 256)}.${at % 256}`;
  }

  release(): void {
    this.#reserved.close();
  }
}
