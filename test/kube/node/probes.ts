import type { Patient, StartCheckup } from '../../../local/kubelet/index.ts';
import type { Cancel } from '../../../runtime/index.ts';
import { loopbackOf } from './addresses.ts';
import { type KubePod, type KubeProbe, mainContainer, portsOf } from './pod.ts';
import { type Answer, ask } from './probe.ts';

/** A kubelet asks once a period from the start; asking more often until the first success only saves time. */
const impatientMs = 200;

/**
 * The container's own probes, as a kubelet honours them: nothing but startup until it succeeded; liveness that fails
 * restarts the container; without a readiness probe a container is ready once it has started.
 */
export function containerProbes(podIpOf: (pod: KubePod) => string): StartCheckup {
  return (patient) => {
    const pod = patient.pod as unknown as KubePod;
    const { startupProbe, readinessProbe, livenessProbe } = mainContainer(pod);
    const host = loopbackOf(podIpOf(pod));
    const ports = portsOf(pod, host);
    const begun: Cancel[] = [];
    const probe = (config: KubeProbe, impatient: boolean, heard: (verdict: Verdict) => boolean) => {
      begun.push(repeat(patient, config, impatient, () => ask(config, host, ports), heard));
    };
    const started = (): void => {
      if (!readinessProbe) patient.found({ ready: true, reason: '', unanswered: 0 });
      else {
        probe(readinessProbe, true, ({ well, reason }) => {
          if (well !== undefined) patient.found({ ready: well, reason, unanswered: 0 });
          return false;
        });
      }
      if (!livenessProbe) return;
      probe(livenessProbe, false, ({ well, reason }) => {
        if (well === false) patient.hopeless(`liveness: ${reason}`);
        return well === false;
      });
    };
    if (!startupProbe) started();
    else {
      probe(startupProbe, false, ({ well, reason }) => {
        if (well) started();
        if (well === false) patient.hopeless(`startup: ${reason}`);
        return well !== undefined;
      });
    }
    return {
      announced() {},
      end() {
        for (const cancel of begun) cancel();
      },
    };
  };
}

interface Verdict {
  /** Undefined while neither threshold is reached. */
  readonly well: boolean | undefined;
  readonly reason: string;
}

/** Asks again and again until `heard` says that it is done, or it is cancelled. */
function repeat(
  { clock }: Patient,
  config: KubeProbe,
  impatient: boolean,
  question: () => Promise<Answer>,
  heard: (verdict: Verdict) => boolean,
): Cancel {
  const { initialDelaySeconds = 0, periodSeconds = 10 } = config;
  const { successThreshold = 1, failureThreshold = 3 } = config;
  const periodMs = periodSeconds * 1000;
  let cancelled = false;
  let everWell = false;
  let successes = 0;
  let failures = 0;
  const next = async (): Promise<void> => {
    const answer = await question();
    if (cancelled) return;
    successes = answer.ok ? successes + 1 : 0;
    failures = answer.ok ? 0 : failures + 1;
    const reason = answer.ok ? '' : answer.reason;
    const well =
      successes >= successThreshold ? true : failures >= failureThreshold ? false : undefined;
    everWell ||= well === true;
    if (heard({ well, reason })) return;
    const waitMs = impatient && !everWell ? Math.min(periodMs, impatientMs) : periodMs;
    cancel = clock.after(waitMs, () => void next());
  };
  let cancel = clock.after(initialDelaySeconds * 1000, () => void next());
  return () => {
    cancelled = true;
    cancel();
  };
}
