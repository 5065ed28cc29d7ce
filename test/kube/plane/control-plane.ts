import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repository } from '../../support/repository.ts';
import { Hopeless, until } from '../../support/until.ts';
import { type Access, KubeApi } from '../api/index.ts';
import type { BinaryPaths } from '../tools/index.ts';
import { type AuditedRequest, auditedSince, auditMark } from './audit.ts';
import { files, type User, writeControllersConfig, writeCredentials } from './credentials.ts';
import { Daemon } from './daemon.ts';
import { apiServerArgs, controllerManagerArgs, etcdArgs, type Ports } from './flags.ts';
import { kubeconfig } from './kubeconfig.ts';
import { freePorts } from './ports.ts';

const readyWithinMs = 60_000;
const askWithinMs = 1_000;
const keeperScript = `${repository}test/kube/plane/keeper.mjs`;

/** All that another process needs to work with a control plane that runs. */
export interface PlaneDescription {
  readonly folder: string;
  readonly binaries: BinaryPaths;
  readonly ports: Ports;
  readonly tokens: Readonly<Record<User, string>>;
}

/** A real etcd, API server and controller manager on loopback ports, in a temporary folder. */
export class ControlPlane {
  readonly description: PlaneDescription;
  readonly #etcd: Daemon;
  readonly #apiServer: Daemon;
  readonly #controllers: Daemon;

  private constructor(description: PlaneDescription) {
    const { folder, binaries, ports } = description;
    this.description = description;
    const daemon = (name: keyof BinaryPaths, args: string[]) =>
      new Daemon(folder, name, binaries[name], args);
    this.#etcd = daemon('etcd', etcdArgs(folder, ports));
    this.#apiServer = daemon('kube-apiserver', apiServerArgs(folder, ports));
    this.#controllers = daemon('kube-controller-manager', controllerManagerArgs(folder));
  }

  /** One that was started elsewhere; this process doesn't own it. */
  static attach(description: PlaneDescription): ControlPlane {
    return new ControlPlane(description);
  }

  /**
   * Starts one and waits until it works. It ends with `stop`, and with this process however that ends.
   * @throws Error with the end of the log of what failed; nothing is left then.
   */
  static async start(binaries: BinaryPaths): Promise<OwnControlPlane> {
    const folder = mkdtempSync(join(tmpdir(), 'topicplane-kube-'));
    const keeper = spawn(process.execPath, [keeperScript, folder], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    try {
      const tokens = writeCredentials(folder);
      const [etcd = 0, apiServer = 0] = await freePorts(2);
      const plane = new ControlPlane({ folder, binaries, ports: { etcd, apiServer }, tokens });
      await plane.#start();
      return { plane, stop: () => plane.#stop(keeper) };
    } catch (error) {
      await endKeeper(keeper);
      throw error;
    }
  }

  get server(): string {
    return `https://127.0.0.1:${this.description.ports.apiServer}`;
  }

  /** As whom, and with what trust, the API server is asked. */
  access(user: User = 'admin'): Access {
    return this.accessWith(this.description.tokens[user]);
  }

  accessWith(token: string): Access {
    const certificate = readFileSync(join(this.description.folder, files.certificate), 'utf8');
    return { server: this.server, certificate, token };
  }

  api(user: User = 'admin'): KubeApi {
    return new KubeApi(this.access(user));
  }

  /** The text of a kubeconfig of an administrator. */
  kubeconfig(): string {
    return kubeconfig(this.access());
  }

  /** The text of a kubeconfig of a ServiceAccount that exists, good for an hour. */
  async kubeconfigOf(namespace: string, serviceAccount: string): Promise<string> {
    return kubeconfig(this.accessWith(await this.tokenOf(namespace, serviceAccount)), namespace);
  }

  /** A token of a ServiceAccount that exists. @param spec of a TokenRequest; default: good for an hour. */
  async tokenOf(namespace: string, serviceAccount: string, spec: object = {}): Promise<string> {
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${serviceAccount}/token`;
    const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec };
    const granted = await this.api().create<{ status: { token: string } }>(path, request);
    return granted.status.token;
  }

  /** Where `requestsSince` may begin. */
  auditMark(): number {
    return auditMark(join(this.description.folder, files.auditLog));
  }

  /** What was asked of the API server since, but for the rig's own requests. */
  requestsSince(mark: number): AuditedRequest[] {
    return auditedSince(join(this.description.folder, files.auditLog), mark);
  }

  /** The API server stands still: connections stay open and nothing answers. */
  pauseApiServer(): void {
    this.#apiServer.signal('SIGSTOP');
  }

  async resumeApiServer(): Promise<void> {
    this.#apiServer.signal('SIGCONT');
    await this.#ready();
  }

  /**
   * The API server dies: connections are refused. The controllers go with it, as those that are elected do when they
   * can't renew their Lease. If they stayed, each kind would be watched again only up to a minute after the API server
   * is back, because client-go backs off that far and forgets it after two minutes of quiet.
   */
  async killApiServer(): Promise<void> {
    await this.#apiServer.kill();
    await this.#controllers.kill();
  }

  /** Starts what was killed, at the same port on the same data, and waits until the API server is ready. */
  async startApiServer(): Promise<void> {
    this.#apiServer.start();
    await this.#ready();
    this.#controllers.start();
  }

  /** Whether the API server says that it is ready. */
  async isReady(): Promise<boolean> {
    return new KubeApi(this.access(), askWithinMs).text('/readyz').then(
      () => true,
      () => false,
    );
  }

  async #start(): Promise<void> {
    this.#etcd.start();
    this.#apiServer.start();
    await this.#ready();
    writeControllersConfig(this.description.folder, this.access('controllers'));
    this.#controllers.start();
    // The first thing the controllers do that can be seen; pods are refused before.
    const account = '/api/v1/namespaces/default/serviceaccounts/default';
    await this.#until('the controllers work', [this.#controllers], async () => {
      return this.api().find(account);
    });
  }

  async #ready(): Promise<void> {
    await this.#until('the API server is ready', [this.#etcd, this.#apiServer], () =>
      this.isReady(),
    );
  }

  async #until<T>(
    what: string,
    needed: readonly Daemon[],
    condition: () => Promise<T>,
  ): Promise<void> {
    const log = () => needed.map((each) => `${each.name}:\n${each.lastWords()}`).join('\n\n');
    try {
      await until(what, readyWithinMs, () => {
        const dead = needed.find(({ pid }) => pid === undefined);
        if (dead) throw new Hopeless(`${what}: ${dead.name} ended`);
        return condition();
      });
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${log()}`);
    }
  }

  async #stop(keeper: ChildProcess): Promise<void> {
    for (const daemon of [this.#controllers, this.#apiServer, this.#etcd]) await daemon.kill();
    await endKeeper(keeper);
    rmSync(this.description.folder, { recursive: true, force: true });
  }
}

export interface OwnControlPlane {
  readonly plane: ControlPlane;
  /** Ends every process and removes the folder. */
  readonly stop: () => Promise<void>;
}

/** It ends everything that still runs in the folder first. */
async function endKeeper(keeper: ChildProcess): Promise<void> {
  if (keeper.exitCode !== null || keeper.signalCode !== null || keeper.pid === undefined) return;
  const ended = new Promise((resolve) => keeper.once('exit', resolve));
  keeper.stdin?.end();
  await ended;
}
