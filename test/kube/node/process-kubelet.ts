import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  commandLine,
  defaultBackoff,
  Kubelet,
  LogFile,
  type Member,
  startNode,
} from '../../../local/kubelet/index.ts';
import { systemClock } from '../../../runtime/index.ts';
import { repository } from '../../support/command.ts';
import type { ControlPlane } from '../plane/index.ts';
import { loopbackOf, PodAddresses } from './addresses.ts';
import { registerNode } from './node-object.ts';
import { NodePods } from './node-pods.ts';
import { placeOf } from './place.ts';
import { type KubePod, mainContainer } from './pod.ts';
import { containerProbes } from './probes.ts';

export interface ProcessKubeletOptions {
  /** Whose pods it runs. Its files are in the plane's folder, and go with that at the latest. */
  readonly plane: ControlPlane;
  readonly name?: string;
  /** What a container runs, whatever its image: this script in Node.js, with the container's arguments. */
  readonly script?: string;
  /** By image: a module that its containers load before the script, to be otherwise. */
  readonly modules?: Readonly<Record<string, string>>;
}

/** A pod whose process runs. */
export interface RunningPod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly pid: number;
  readonly ready: boolean;
  readonly restarts: number;
  /** Where its ports answer: the loopback twin of its IP address. */
  readonly host: string;
}

/**
 * One node of a cluster: takes every pod that has none, runs its first container as a process of this machine, and
 * reports. Containers are processes, so there is no image, no isolation, no init container and no sidecar.
 */
export class ProcessKubelet {
  readonly #folder: string;
  readonly #pods: NodePods;
  readonly #addresses: PodAddresses;
  readonly #unregister: () => Promise<void>;
  readonly #kubelet: Kubelet;
  readonly #logs = new Map<string, LogFile>();
  /** Whatever ends the tests' process, its pods' processes and files go with it. */
  readonly #exit = (): void => {
    this.#kubelet.killAll();
    rmSync(this.#folder, { recursive: true, force: true });
  };
  /** Whoever runs the tests was killed. */
  readonly #orphaned = (): void => process.exit(1);

  private constructor(
    folder: string,
    pods: NodePods,
    addresses: PodAddresses,
    unregister: () => Promise<void>,
    script: string,
    modules: Readonly<Record<string, string>>,
  ) {
    this.#folder = folder;
    this.#pods = pods;
    this.#addresses = addresses;
    this.#unregister = unregister;
    process.once('exit', this.#exit);
    process.once('disconnect', this.#orphaned);
    const note = (member: Member, line: string) => this.#log(member).write(line);
    this.#kubelet = new Kubelet({
      store: pods,
      clock: systemClock,
      start: startNode(script),
      checkup: containerProbes((pod) => pods.ipOf(pod)),
      backoff: defaultBackoff,
      commandOf: (pod) => {
        const kubePod = pod as unknown as KubePod;
        const { args, env } = commandLine(pod, placeOf(kubePod, pods.ipOf(pod), pods.volumes));
        const token = pods.volumes.tokenFileOf(kubePod);
        const module = modules[mainContainer(kubePod).image];
        const more = {
          ...(token !== undefined && { KUBECONFIG: token }),
          ...(module !== undefined && { NODE_OPTIONS: `--import=${module}` }),
        };
        return { args, env: { ...env, ...more } };
      },
      events: {
        started: (member) => note(member, `kubelet: started as process ${member.process?.pid}`),
        health: (member) => note(member, `kubelet: ${member.health.reason || 'ready'}`),
        said: note,
        ended: (member, how) => note(member, `kubelet: ended, ${how}`),
        failed: (error) => process.stderr.write(`process kubelet: ${String(error)}\n`),
      },
    });
  }

  static async start(options: ProcessKubeletOptions): Promise<ProcessKubelet> {
    const { plane, name = 'rig', script = `${repository}dist/cli/main.js`, modules = {} } = options;
    const folder = mkdtempSync(join(plane.description.folder, 'kubelet-'));
    const addresses = await PodAddresses.reserve();
    const unregister = await registerNode(plane.api('kubelet'), name, addresses.nodeIp);
    const pods = new NodePods(plane, name, addresses, join(folder, 'pods'));
    await pods.synced();
    return new ProcessKubelet(folder, pods, addresses, unregister, script, modules);
  }

  /** Pods whose process runs, by name. */
  running(namespace?: string): RunningPod[] {
    return this.#kubelet
      .members()
      .flatMap(({ pod, process, health, slot }) => {
        const { metadata } = pod;
        if (!process || (namespace !== undefined && metadata.namespace !== namespace)) return [];
        return {
          namespace: metadata.namespace,
          name: metadata.name,
          uid: metadata.uid ?? '',
          pid: process.pid,
          ready: health.ready,
          restarts: slot.restarts,
          host: loopbackOf(this.#pods.ipOf(pod)),
        };
      })
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** @throws Error when no process runs for it. */
  pod(namespace: string, name: string): RunningPod {
    const found = this.running(namespace).find((each) => each.name === name);
    if (!found) throw new Error(`no process runs for pod ${namespace}/${name}`);
    return found;
  }

  signal(namespace: string, name: string, signal: NodeJS.Signals): void {
    process.kill(this.pod(namespace, name).pid, signal);
  }

  /** What a pod's processes and the kubelet said of it, and of earlier pods of its name. */
  log(namespace: string, name: string): string {
    try {
      return readFileSync(this.#logFile(namespace, name), 'utf8');
    } catch {
      return '';
    }
  }

  /** Ends every process; what hasn't ended after `graceMs` is killed. The Node goes, its pods stay as they are. */
  async stop(graceMs = 500): Promise<void> {
    await this.#pods.stop();
    await this.#kubelet.end([() => true], graceMs);
    await this.#unregister();
    this.#addresses.release();
    for (const log of this.#logs.values()) log.close();
    process.off('exit', this.#exit);
    process.off('disconnect', this.#orphaned);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #log({ pod }: Member): LogFile {
    const { namespace, name } = pod.metadata;
    const path = this.#logFile(namespace, name);
    const log = this.#logs.get(path) ?? new LogFile(path);
    this.#logs.set(path, log);
    return log;
  }

  #logFile(namespace: string, name: string): string {
    return join(this.#folder, 'logs', `${namespace}_${name}.log`);
  }
}
