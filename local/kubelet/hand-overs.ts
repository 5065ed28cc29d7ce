import type { ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';

/** Hears that a connection was not taken, and gets it back; undefined: it is closed. */
export type NotTaken = (connection: Socket | undefined) => void;

/** As much of Node's handle of a connection as is used here. Negative: it is closed. */
interface Handle {
  readonly fd: number;
}

/**
 * Connections on their way to a child process. Node says that one was sent when it is written to the channel, not when it
 * was taken; of one that is taken it closes its own handle. So a connection whose handle is still open when the child has
 * ended was not taken: Node forgets it, and it would hang open for ever.
 */
export class HandOvers {
  readonly #child: ChildProcess;
  readonly #sent = new Map<Handle, NotTaken>();
  #ended = false;

  constructor(child: ChildProcess) {
    this.#child = child;
  }

  send(connection: Socket, notTaken: NotTaken): void {
    this.#forgetTaken();
    const handle = handleOf(connection);
    if (this.#ended || !handle) return notTaken(handle && connection);
    this.#sent.set(handle, notTaken);
    this.#child.send({ socket: 'client' }, connection, (error) => {
      if (error && this.#sent.delete(handle)) notTaken(reopened(connection, handle));
    });
  }

  /** The child has ended. */
  end(): void {
    this.#ended = true;
    const left = [...this.#sent];
    this.#sent.clear();
    for (const [handle, notTaken] of left) {
      if (handle.fd >= 0) notTaken(reopened(undefined, handle));
    }
  }

  #forgetTaken(): void {
    for (const handle of this.#sent.keys()) if (handle.fd < 0) this.#sent.delete(handle);
  }
}

function handleOf(connection: Socket): Handle | undefined {
  return (connection as unknown as { readonly _handle?: Handle | null })._handle ?? undefined;
}

/** Node takes the handle out of a connection before it sends it. */
function reopened(connection: Socket | undefined, handle: Handle): Socket | undefined {
  if (connection && handleOf(connection)) return connection;
  if (handle.fd < 0) return undefined;
  const options = { handle, pauseOnCreate: true } as unknown as ConstructorParameters<
    typeof Socket
  >[0];
  const again = new Socket(options);
  again.on('error', () => {});
  return again;
}
