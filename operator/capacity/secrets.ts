/** One value of a Secret, or why there is none; `why` is for people and holds nothing of any Secret. */
export type SecretValue =
  | { readonly kind: 'value'; readonly text: string }
  | { readonly kind: 'none'; readonly why: string };

export interface SecretReader {
  /** Never rejects. */
  read(namespace: string, name: string, key: string, signal?: AbortSignal): Promise<SecretValue>;
}

/** Where there is no Kubernetes. */
export const noSecrets: SecretReader = {
  read: (_namespace, name) => {
    const why = `Secret ${name} can't be read: there are no Secrets without Kubernetes. Leave it out of spec.scaling.prometheus`;
    return Promise.resolve({ kind: 'none', why });
  },
};
