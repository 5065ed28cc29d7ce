/** Bytes of every payload. */
export const payloadBytes = 128;

/** Told of what goes wrong on a connection: the measurement is worth nothing. */
export type Fail = (why: Error) => void;

/** Which server, and whom to tell. */
export interface Target {
  readonly port: number;
  readonly fail: Fail;
}

export interface Connection {
  close(): void;
}

export interface Publisher extends Connection {
  /** Publishes one item on each of these topics, by their numbers, in one write. */
  publish(topics: readonly number[]): void;
}

/**
 * How a kind of server is spoken to, as cheaply as can be: what is sent is prepared, what arrives is counted and not
 * decoded. Topics are numbers below 10,000, all names are of the same length.
 */
export interface Wire {
  /** Whether one connection may subscribe to the same topic more than once. */
  readonly repeats: boolean;
  /** Whether publishes are acknowledged without being asked to. */
  readonly acknowledges: boolean;
  /**
   * Opens a connection with one subscription for each entry; resolves when the server has confirmed them all.
   * @param arrived told how many items came, all subscriptions together
   */
  subscribe(
    target: Target,
    topics: readonly number[],
    arrived: (items: number) => void,
  ): Promise<Connection>;
  /**
   * Opens a connection to publish on.
   * @param acknowledged told how many were accepted; undefined: nobody wants to know
   */
  publisher(target: Target, acknowledged?: (publishes: number) => void): Promise<Publisher>;
  /** The same, where many publishes can share what each of them costs with `publisher`. */
  publishStream?(target: Target, acknowledged?: (publishes: number) => void): Promise<Publisher>;
}

export function topicName(topic: number): string {
  return `topic-${String(topic).padStart(4, '0')}`;
}

/** Where a server has such a thing. */
export const cache = 'bench';
export const payload = Buffer.alloc(payloadBytes, 'x');
