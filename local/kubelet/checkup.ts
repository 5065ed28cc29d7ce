import type { Pod } from '../../operator/index.ts';
import type { Cancel, Clock } from '../../runtime/index.ts';
import { afterProbe, type Health, type Probe, starting } from './health.ts';

/** Watches over one process of a pod, from its start to its end. */
export interface Checkup {
  /** It said where it serves. */
  announced(addresses: Readonly<Record<string, string>>): void;
  /** The process is gone; nothing is told afterwards. */
  end(): void;
}

export interface Patient {
  readonly pod: Pod;
  readonly clock: Clock;
  /** What is known of it now. */
  readonly found: (health: Health) => void;
  /** It lives and is of no use: it is to be ended and started again. */
  readonly hopeless: (reason: string) => void;
}

export type StartCheckup = (patient: Patient) => Checkup;

const probeStartingMs = 100;
const probeReadyMs = 500;
const probeSilentMs = 1000;

/** Asks at the announced admin port whether the member is ready: often until it is, then twice a second. */
export function askAdmin(probe: Probe): StartCheckup {
  return ({ clock, found }) => {
    let health = starting;
    let over = false;
    let cancel: Cancel | undefined;
    const ask = async (address: string): Promise<void> => {
      const result = await probe(address);
      if (over) return;
      health = afterProbe(health, result);
      found(health);
      cancel = clock.after(pauseAfter(health), () => void ask(address));
    };
    return {
      announced({ admin }) {
        if (admin !== undefined) void ask(admin);
      },
      end() {
        over = true;
        cancel?.();
      },
    };
  };
}

/** One that is ready and doesn't answer is only busy, as a rule: it is given time. */
function pauseAfter({ ready, unanswered }: Health): number {
  if (!ready) return probeStartingMs;
  return unanswered > 0 ? probeSilentMs : probeReadyMs;
}
