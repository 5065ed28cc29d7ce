import type { EnvVar, Pod } from '../../operator/index.ts';

/** Every address a member listens on: any free port of this machine's loopback; it announces what it got. */
const loopback = '127.0.0.1:0';

export interface CommandLine {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/**
 * The command line of a pod's first container on this machine: `$(NAME)` replaced from the container's environment,
 * every `--…-address` on loopback, and the topology file where this machine keeps it.
 */
export function commandLine(pod: Pod, topologyFile: string): CommandLine {
  const [container] = pod.spec.containers;
  if (!container) throw new Error(`pod ${pod.metadata.name} has no container to run`);
  const env: Record<string, string> = {
    POD_NAME: pod.metadata.name,
    POD_NAMESPACE: pod.metadata.namespace,
    POD_IP: '127.0.0.1',
  };
  for (const variable of container.env ?? []) {
    const value = valueOf(variable, pod);
    if (value !== undefined) env[variable.name] = substitute(value, env);
  }
  const args: string[] = [];
  const given = container.args.map((arg) => substitute(arg, env));
  for (let index = 0; index < given.length; index++) {
    const [flag, value] = split(given[index] ?? '');
    const taken = value ?? given[index + 1];
    if (/^--[a-z-]+-address$/.test(flag) || flag === '--topology-file') {
      if (value === undefined && taken !== undefined) index += 1;
      if (flag !== '--topology-file') args.push(flag, loopback);
    } else {
      args.push(given[index] ?? '');
    }
  }
  return { args: [...args, '--topology-file', topologyFile], env };
}

function valueOf({ value, valueFrom }: EnvVar, { metadata }: Pod): string | undefined {
  if (!valueFrom) return value;
  const fields: Readonly<Record<string, string | undefined>> = {
    'metadata.name': metadata.name,
    'metadata.namespace': metadata.namespace,
    'metadata.uid': metadata.uid,
    'status.podIP': '127.0.0.1',
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
