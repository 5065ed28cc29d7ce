import { connect, type Socket } from 'node:net';
import type { Fail } from './wire.ts';

/** One for all sockets: what arrives is looked at before the next read. */
const readBuffer = Buffer.alloc(256 * 1024);

/**
 * Connects, and tells each read at once. No stream is between, which costs more than what a server does.
 * @param arrived the bytes are there during the call only
 */
export function open(port: number, fail: Fail, arrived: (bytes: Buffer) => void): Promise<Socket> {
  return new Promise((resolve, reject) => {
    let isOpen = false;
    const socket = connect({
      port,
      host: '127.0.0.1',
      noDelay: true,
      onread: {
        buffer: readBuffer,
        callback: (size) => {
          arrived(readBuffer.subarray(0, size));
          return true;
        },
      },
    });
    const failed = (why: string) => {
      const error = new Error(`a connection to port ${port}: ${why}`);
      if (isOpen) fail(error);
      else reject(error);
    };
    socket.on('error', ({ message }) => failed(message));
    socket.on('end', () => failed('the server closed it'));
    socket.on('connect', () => {
      isOpen = true;
      resolve(socket);
    });
  });
}
