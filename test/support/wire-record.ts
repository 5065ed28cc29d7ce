import { FrameTap, type SeenFrame } from '../../router/edge/testing/frame-tap.ts';

const cancel = 8;

/** What became of the streams that were over since the last mark. */
export interface WireEnds {
  /** Ended by the server in order, on connections on which GOAWAY had been said. */
  readonly afterGoaway: number;
  /** Ended by the server in order, without GOAWAY before. */
  readonly unannounced: number;
  /** RST_STREAM with CANCEL, from the server. */
  readonly cancelled: number;
  /** RST_STREAM with any other code but NO_ERROR, from the server. */
  readonly reset: number;
}

/** A wire to the cluster that notes what the servers say on it, for clients that hide it. */
export class WireRecord {
  readonly #tap: FrameTap;
  #marks: readonly number[] = [];

  private constructor(tap: FrameTap) {
    this.#tap = tap;
  }

  /** @param endpoint host:port of the cluster, on loopback. */
  static async open(endpoint: string): Promise<WireRecord> {
    return new WireRecord(await FrameTap.open(Number(endpoint.split(':').at(-1))));
  }

  /** host:port for clients. */
  get endpoint(): string {
    return this.#tap.address;
  }

  /** From here on ends count. */
  mark(): void {
    this.#marks = this.#tap.connections.map(({ length }) => length);
  }

  ends(): WireEnds {
    const ends = { afterGoaway: 0, unannounced: 0, cancelled: 0, reset: 0 };
    for (const [index, frames] of this.#tap.connections.entries()) {
      count(frames, this.#marks[index] ?? 0, ends);
    }
    return ends;
  }

  close(): void {
    this.#tap.close();
  }
}

function count(
  frames: readonly SeenFrame[],
  from: number,
  ends: { -readonly [K in keyof WireEnds]: WireEnds[K] },
): void {
  let wasToldToGo = false;
  for (const [index, { type, endsStream, errorCode }] of frames.entries()) {
    if (type === 'GOAWAY') wasToldToGo = true;
    if (index < from) continue;
    if (endsStream) ends[wasToldToGo ? 'afterGoaway' : 'unannounced']++;
    if (type !== 'RST_STREAM' || errorCode === 0) continue;
    ends[errorCode === cancel ? 'cancelled' : 'reset']++;
  }
}
