import type { EnvVar, Pod } from '../../operator/index.ts';

export interface CommandLine {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Where a pod's process is put on this machine. */
export interface Place {
  /** The IP address that it is told to be its own. */
  readonly ip: string;
  /** The arguments that suit this machine, of those that suit a container. */
  args(args: readonly string[]): readonly string[];
}

/**
 * The command line of a pod's first container on this machine: `$(NAME)` replaced from the container's environment,
 * and what follows from its place.
 */
export function commandLine(pod: Pod, place: Place): CommandLine {
  const [container] = pod.spec.containers;
  if (!container) throw new Error(`pod ${pod.metadata.name} has no container to run`);
  const env: Record<string, string> = {
    POD_NAME: pod.metadata.name,
    POD_NAMESPACE: pod.metadata.namespace,
    POD_IP: place.ip,
  };
  for (const variable of container.env ?? []) {
    const value = valueOf(variable, pod, place.ip);
    if (value !== undefined) env[variable.name] = substitute(value, env);
  }
  return { args: place.args(container.args.map((arg) => substitute(arg, env))), env };
}

/** What this machine needs to take a router out of the rotation: a probe notices it, and the front hears of it. */
const leaveRotationMs = 750;

/**
 * Every `--…-address` is any free port of this machine's loopback, which the member announces, and the topology file
 * is where this machine keeps it. No load balancer has to be waited for.
 */
export function onLoopback(topologyFile: string): Place {
  const ip = '127.0.0.1';
  return {
    ip,
    args(given) {
      const args: string[] = [];
      for (let index = 0; index < given.length; index++) {
        const [flag, value] = split(given[index] ?? '');
        const taken = value ?? given[index + 1];
        const here = valueHere(flag, ip);
        if (here !== undefined || flag === '--topology-file') {
          if (value === undefined && taken !== undefined) index += 1;
          if (here !== undefined) args.push(flag, here);
        } else {
          args.push(given[index] ?? '');
        }
      }
      return [...args, '--topology-file', topologyFile];
    },
  };
}

/** What a flag is on this machine, whatever it is in a container; undefined: the same. */
function valueHere(flag: string, ip: string): string | undefined {
  if (flag === '--leave-rotation-ms') return String(leaveRotationMs);
  return /^--[a-z-]+-address$/.test(flag) ? `${ip}:0` : undefined;
}

function valueOf({ value, valueFrom }: EnvVar, { metadata }: Pod, ip: string): string | undefined {
  if (!valueFrom) return value;
  const fields: Readonly<Record<string, string | undefined>> = {
    'metadata.name': metadata.name,
    'metadata.namespace': metadata.namespace,
    'metadata.uid': metadata.uid,
    'status.podIP': ip,
  };
  return fields[valueFrom.fieldRef.fieldPath];
}

/** Kubernetes' rule: `$(NAME)` when NAME is known, `$$` for a dollar, anything else as it stands. */
function substitute(text: string, env: Readonly<Record<string, string>>): string {
  return text.replace(/\$\$|\$\(([A-Za-z_][A-Za-z0-9_]*)\)/g, (whole, name?: string) =>
    name === undefined ? '$' : (env[name] ?? whole),
  );
}

function split(arg: string): [flag: string, value: string | undefined] {
  const at = arg.startsWith('--') ? arg.indexOf('=') : -1;
  return at < 0 ? [arg, undefined] : [arg.slice(0, at), arg.slice(at + 1)];
}
