import { flags, frame, frameTypes } from './frame.ts';

const frameBytesMax = 16_384;
const windowDefault = 65_535;
const settingBytes = 6;
const initialWindowSize = 4;

/** The body of one stream, cut into frames and sent as far as the windows of stream and connection allow it. */
export class Sending {
  readonly #stream: number;
  readonly #write: (bytes: Buffer) => void;
  #connectionWindow = windowDefault;
  #initialWindow = windowDefault;
  #streamWindow = windowDefault;
  #waiting: Buffer = Buffer.alloc(0);

  constructor(stream: number, write: (bytes: Buffer) => void) {
    this.#stream = stream;
    this.#write = write;
  }

  /** @param settings body of the server's SETTINGS */
  settings(settings: Buffer): void {
    for (let at = 0; at + settingBytes <= settings.length; at += settingBytes) {
      if (settings.readUInt16BE(at) !== initialWindowSize) continue;
      const window = settings.readUInt32BE(at + 2);
      this.#streamWindow += window - this.#initialWindow;
      this.#initialWindow = window;
    }
    this.#flush();
  }

  /** @param stream of a WINDOW_UPDATE; 0: the connection */
  opened(stream: number, bytes: number): void {
    if (stream === 0) this.#connectionWindow += bytes;
    else if (stream === this.#stream) this.#streamWindow += bytes;
    this.#flush();
  }

  send(bytes: Buffer): void {
    this.#waiting = this.#waiting.length > 0 ? Buffer.concat([this.#waiting, bytes]) : bytes;
    this.#flush();
  }

  #flush(): void {
    const window = Math.min(this.#connectionWindow, this.#streamWindow);
    if (this.#waiting.length === 0 || window <= 0) return;
    const now = this.#waiting.subarray(0, window);
    this.#waiting = this.#waiting.subarray(now.length);
    this.#connectionWindow -= now.length;
    this.#streamWindow -= now.length;
    const frames: Buffer[] = [];
    for (let at = 0; at < now.length; at += frameBytesMax) {
      const part = now.subarray(at, at + frameBytesMax);
      frames.push(frame(frameTypes.data, flags.none, this.#stream, part));
    }
    this.#write(Buffer.concat(frames));
  }
}
