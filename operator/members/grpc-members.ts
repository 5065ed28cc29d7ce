import { credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { control, type topo } from '../../proto/index.ts';
import type { Members } from './members.ts';

export interface GrpcMembersOptions {
  /** A call that isn't answered by then has failed. Default 1000. */
  readonly callMsMax?: number;
}

/**
 * A member that comes back is seen soon: grpc-js would wait up to two minutes between attempts. Members are dialled
 * directly, whatever proxy the environment names.
 */
const channelOptions = {
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.min_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1000,
  'grpc.enable_http_proxy': 0,
};

/** Members over gRPC, one channel an address, open for as long as some owner retains the address. */
export class GrpcMembers implements Members {
  readonly #callMsMax: number;
  readonly #clients = new Map<string, control.ControlServiceClient>();
  readonly #retained = new Map<string, ReadonlySet<string>>();

  constructor(options: GrpcMembersOptions = {}) {
    this.#callMsMax = options.callMsMax ?? 1000;
  }

  getState(address: string, cluster: string): Promise<control.GetStateResponse> {
    return called(this.#callMsMax, (...how) => {
      this.#client(address).getState({ cluster }, ...how);
    });
  }

  pushTopology(
    address: string,
    topology: topo.Topology,
    confirms: number,
  ): Promise<control.PushTopologyResponse> {
    return called(this.#callMsMax, (...how) => {
      this.#client(address).pushTopology({ topology, confirms }, ...how);
    });
  }

  drain(address: string, withinMs: number): Promise<control.DrainResponse> {
    return called(this.#callMsMax, (...how) => {
      this.#client(address).drain({ withinMs }, ...how);
    });
  }

  shed(address: string, connections: number, withinMs: number): Promise<control.ShedResponse> {
    return called(this.#callMsMax, (...how) => {
      this.#client(address).shed({ connections, withinMs }, ...how);
    });
  }

  retain(owner: string, addresses: ReadonlySet<string>): void {
    if (addresses.size > 0) this.#retained.set(owner, addresses);
    else this.#retained.delete(owner);
    for (const [address, client] of this.#clients) {
      if ([...this.#retained.values()].some((retained) => retained.has(address))) continue;
      client.close();
      this.#clients.delete(address);
    }
  }

  close(): void {
    for (const client of this.#clients.values()) client.close();
    this.#clients.clear();
    this.#retained.clear();
  }

  /** Channels that are open. */
  get size(): number {
    return this.#clients.size;
  }

  #client(address: string): control.ControlServiceClient {
    const known = this.#clients.get(address);
    if (known) return known;
    const insecure = credentials.createInsecure();
    const client = new control.ControlServiceClient(address, insecure, channelOptions);
    this.#clients.set(address, client);
    return client;
  }
}

/** How a call is made and how its answer is taken: the last arguments of every call of a generated client. */
type How<T> = [
  metadata: Metadata,
  options: { readonly deadline: number },
  answered: (error: ServiceError | null, answer: T) => void,
];

/** @param call makes the call. */
function called<T>(msMax: number, call: (...how: How<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const answered = (error: ServiceError | null, answer: T): void => {
      if (error) reject(new Error(explain(error, msMax)));
      else resolve(answer);
    };
    call(new Metadata(), { deadline: Date.now() + msMax }, answered);
  });
}

/** The same words for the same trouble: they go into the status, which is written when it changes. */
function explain(error: ServiceError, msMax: number): string {
  if (error.code === status.DEADLINE_EXCEEDED) return `it did not answer within ${msMax} ms`;
  if (error.code === status.UNAVAILABLE) return 'it cannot be reached';
  // It says itself, in words for people, what stands against it.
  if (error.code === status.FAILED_PRECONDITION) return error.details;
  return `it answered ${status[error.code]}: ${error.details}`;
}
