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

/** There from the first order on: until then the program is as it would be without. */
let session: Session | undefined;

process.on('message', (message: unknown) => {
  if (isOrder(message)) void obey(message);
});
// It is no reason for a program to stay.
process.channel?.unref();

async function obey(order: Order): Promise<void> {
  const inspector = (session ??= connected());
  switch (order.observe) {
    case 'profile':
      await inspector.post('Profiler.enable');
      await inspector.post('Profiler.setSamplingInterval', { interval: intervalUs });
      await inspector.post('Profiler.start');
      break;
    case 'write': {
      const { profile } = await inspector.post('Profiler.stop');
      writeFileSync(order.file, JSON.stringify(profile));
      break;
    }
    case 'collect':
      await inspector.post('HeapProfiler.collectGarbage');
      break;
  }
  process.send?.({ observed: order.observe } satisfies Answer);
}

function connected(): Session {
  const made = new Session();
  made.connect();
  return made;
}

function isOrder(message: unknown): message is Order {
  return typeof message === 'object' && message !== null && 'observe' in message;
}
