import type { Clock } from '../../runtime/index.ts';
import type { SecretReader, SecretValue } from '../capacity/index.ts';
import type { KubernetesApi } from './api.ts';
import { asKubernetesError, hasCode } from './errors.ts';

export interface KubernetesSecretsOptions {
  readonly api: KubernetesApi;
  readonly clock: Clock;
  /** A value is asked for again when it is older. Default 60 000. */
  readonly keptMsMax?: number;
}

/** The part of a Secret that is looked at; any of it may be missing. */
interface Secret {
  readonly data?: Readonly<Record<string, string>>;
}

interface Kept {
  readonly value: SecretValue;
  /** Monotonic. */
  readonly readMs: number;
}

/** Values of Secrets, each got when it is needed. Only the value is kept, for a while; what failed isn't. */
export class KubernetesSecrets implements SecretReader {
  readonly #options: KubernetesSecretsOptions;
  readonly #keptMsMax: number;
  readonly #kept = new Map<string, Kept>();

  constructor(options: KubernetesSecretsOptions) {
    this.#options = options;
    this.#keptMsMax = options.keptMsMax ?? 60_000;
  }

  async read(
    namespace: string,
    name: string,
    key: string,
    signal?: AbortSignal,
  ): Promise<SecretValue> {
    const { api, clock } = this.#options;
    const readMs = clock.monotonicMs();
    for (const [each, kept] of this.#kept) {
      if (readMs - kept.readMs > this.#keptMsMax) this.#kept.delete(each);
    }
    const id = `${namespace}/${name}/${key}`;
    const known = this.#kept.get(id);
    if (known) return known.value;
    const secret = `Secret ${namespace}/${name}`;
    try {
      const path = `/api/v1/namespaces/${namespace}/secrets/${name}`;
      const { data = {} } = await api.request<Secret>(
        { verb: 'get', resource: 'secrets', path },
        signal,
      );
      const encoded = Object.hasOwn(data, key) ? data[key] : undefined;
      if (encoded === undefined) return none(`${secret} has no key ${key}: add it`);
      const value = {
        kind: 'value',
        text: Buffer.from(encoded, 'base64').toString('utf8'),
      } as const;
      this.#kept.set(id, { value, readMs });
      return value;
    } catch (error) {
      if (hasCode(error, 'not-found')) {
        return none(`${secret} is not there: make it, with the key ${key}`);
      }
      if (hasCode(error, 'forbidden')) {
        return none(
          `the operator may not read key ${key} of ${secret}: name the Secret in the chart's prometheus.secretNames`,
        );
      }
      return none(`key ${key} of ${secret} can't be read: ${asKubernetesError(error).message}`);
    }
  }
}

function none(why: string): SecretValue {
  return { kind: 'none', why };
}
