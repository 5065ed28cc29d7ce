import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';

/** Told to a Node program over IPC. */
export type Order =
  /** Begins a profile. */
  | { readonly observe: 'profile' }
  /** Ends it and writes it. */
  | { readonly observe: 'write'; readonly file: string }
  /** Collects all garbage. */
  | { readonly observe: 'collect' };

/** Told when it is done. */
export interface Answer {
  readonly observed: Order['observe'];
}

/** Of a sample, in microseconds. */
const intervalUs = 500;

const session = new Session();
session.connect();

process.on('message', (message: unknown) => {
  if (isOrder(message)) void obey(message);
});
// It is no reason for a program to stay.
process.channel?.unref();

async function obey(order: Order): Promise<void> {
  switch (order.observe) {
    case 'profile':
      await session.post('Profiler.enable');
      await session.post('Profiler.setSamplingInterval', { interval: intervalUs });
      await session.post('Profiler.start');
      break;
    case 'write': {
      const { profile } = await session.post('Profiler.stop');
      writeFileSync(order.file, JSON.stringify(profile));
      break;
    }
    case 'collect':
      await session.post('HeapProfiler.collectGarbage');
      break;
  }
  process.send?.({ observed: order.observe } satisfies Answer);
}

function isOrder(message: unknown): message is Order {
  return typeof message === 'object' && message !== null && 'observe' in message;
}
