import { ManualClock } from '../../runtime/index.ts';

/** A clock that stands still, for nodes with real sockets: a turn is one of the event loop. */
export class SocketClock extends ManualClock {
  override turn(action: () => void): void {
    setImmediate(action);
  }
}
