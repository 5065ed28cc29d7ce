import { ApiRefusal, type KubeApi } from '../api/index.ts';
import { type KubePod, podPath } from './pod.ts';

const againMs = 300;

/** Writes the newest status of each pod, for as long as it takes when the API server is away. */
export class StatusWriter {
  readonly #api: KubeApi;
  readonly #waiting = new Map<string, { readonly pod: KubePod; readonly status: object }>();
  #writing: Promise<void> | undefined;
  #stopped = false;

  constructor(api: KubeApi) {
    this.#api = api;
  }

  write(pod: KubePod, status: object): void {
    if (this.#stopped) return;
    this.#waiting.set(pod.metadata.uid ?? '', { pod, status });
    this.#writing ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#waiting.clear();
    await this.#writing;
  }

  async #run(): Promise<void> {
    for (;;) {
      const [next] = this.#waiting;
      if (!next) break;
      const [uid, { pod, status }] = next;
      this.#waiting.delete(uid);
      try {
        // With the uid, so that a later pod of the same name never gets it.
        const change = { metadata: { uid }, status };
        await this.#api.patch(`${podPath(pod)}/status`, change, 'strategic');
      } catch (error) {
        if (this.#stopped || isFinal(error)) continue;
        if (!this.#waiting.has(uid)) this.#waiting.set(uid, { pod, status });
        await new Promise((resolve) => setTimeout(resolve, againMs));
      }
    }
    this.#writing = undefined;
  }
}

/** Whether writing it again is pointless: the pod is gone, or what was written is wrong. */
function isFinal(error: unknown): boolean {
  if (!(error instanceof ApiRefusal)) return false;
  if ([400, 422].includes(error.code)) {
    process.stderr.write(`process kubelet: a pod's status was refused: ${error.message}\n`);
    return true;
  }
  return [404, 409].includes(error.code);
}
