import { Agent as HttpAgent, type OutgoingHttpHeaders } from 'node:http';
import { type AgentOptions, Agent as HttpsAgent, type RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';

type ConnectionOptions = Omit<RequestOptions, 'headers'> & { headers?: OutgoingHttpHeaders };

/** Where the API server is, and how to be let in. */
export interface Connection {
  /** `https://host:port`, with a path in front of every other if there is one. */
  readonly server: string;
  /** Of the context, or of the service account. */
  readonly namespace: string | undefined;
  /** Where this was read, for people. */
  readonly source: string;
  /** Asked for each request, because credentials are renewed. */
  requestOptions(): Promise<ConnectionOptions>;
}

export interface ConnectOptions {
  /** A kubeconfig file. Default: as kubectl looks for it, then the service account of the pod. */
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
}

/** The configuration can't be used; the message says why, for people. */
export class ConnectError extends Error {
  override readonly name = 'ConnectError';
}

/** Reads the configuration; nothing is asked of the server yet. Throws ConnectError. */
export function connect({ kubeconfig, context }: ConnectOptions = {}): Connection {
  const config = new KubeConfig();
  const source = load(config, kubeconfig);
  if (context !== undefined) {
    if (!config.getContextObject(context)) {
      const known = config.getContexts().map(({ name }) => name);
      throw new ConnectError(
        `${source} has no context ${context}; it has ${known.join(', ') || 'none'}`,
      );
    }
    config.setCurrentContext(context);
  }
  if (config.getClusters().length === 0) throw new ConnectError(`${source} has no clusters`);
  const cluster = config.getCurrentCluster();
  if (!cluster?.server) {
    throw new ConnectError(
      `${source} names no API server for context ${config.getCurrentContext() || '(none)'}`,
    );
  }
  const agents = new Agents(cluster.proxyUrl !== undefined && cluster.proxyUrl !== '');
  return {
    server: cluster.server.replace(/\/+$/, ''),
    namespace: config.getContextObject(config.getCurrentContext())?.namespace,
    source,
    async requestOptions() {
      const options: ConnectionOptions = {};
      await config.applyToHTTPSOptions(options);
      return { ...options, agent: agents.for(options) };
    },
  };
}

function load(config: KubeConfig, kubeconfig: string | undefined): string {
  if (kubeconfig !== undefined) {
    try {
      config.loadFromFile(kubeconfig);
    } catch (error) {
      throw new ConnectError(`can't read the kubeconfig ${kubeconfig}: ${messageOf(error)}`);
    }
    return kubeconfig;
  }
  const named = process.env['KUBECONFIG'];
  const isInCluster = process.env['KUBERNETES_SERVICE_HOST'] !== undefined && named === undefined;
  try {
    if (isInCluster) config.loadFromCluster();
    else config.loadFromDefault();
  } catch (error) {
    throw new ConnectError(`can't read the kubeconfig: ${messageOf(error)}`);
  }
  if (isMadeUp(config)) {
    throw new ConnectError(
      'there is no kubeconfig: give one with --kubeconfig, name it in KUBECONFIG, or have it in ~/.kube/config',
    );
  }
  return isInCluster ? 'the service account' : named || 'the kubeconfig';
}

/** Where nothing is configured, the library takes the API server to be where none has been for years. */
function isMadeUp(config: KubeConfig): boolean {
  return (
    config.getCurrentContext() === 'loaded-context' &&
    config.getCurrentCluster()?.server === 'http://localhost:8080'
  );
}

/**
 * One agent for each set of certificates, so that connections are used again. The client library would make one for
 * each request.
 */
class Agents {
  readonly #viaProxy: boolean;
  #key: string | undefined;
  #agent: RequestOptions['agent'];

  constructor(viaProxy: boolean) {
    this.#viaProxy = viaProxy;
  }

  for(options: ConnectionOptions): RequestOptions['agent'] {
    const { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername } = options;
    const identity = [ca, cert, key, pfx, passphrase, rejectUnauthorized, servername];
    const fingerprint = JSON.stringify(identity);
    if (fingerprint === this.#key) return this.#agent;
    this.#key = fingerprint;
    this.#agent = this.#viaProxy ? options.agent : keepAlive(options);
    return this.#agent;
  }
}

function keepAlive(options: ConnectionOptions): HttpAgent | HttpsAgent {
  if (!(options.agent instanceof HttpsAgent)) return new HttpAgent({ keepAlive: true });
  const { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername } = options;
  const given = { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername };
  const known = Object.entries(given).filter(([, value]) => value !== undefined);
  return new HttpsAgent({ keepAlive: true, ...(Object.fromEntries(known) as AgentOptions) });
}

function messageOf(error: unknown): string {
  // What the library comes to when the file holds nothing.
  if (error instanceof TypeError) return 'it is empty, or no kubeconfig';
  return error instanceof Error ? error.message : String(error);
}
