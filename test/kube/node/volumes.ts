import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Listing, Resource } from '../api/index.ts';
import type { KubePod } from './pod.ts';

export interface KubeConfigMap extends Resource {
  readonly data?: Readonly<Record<string, string>>;
}

type Files = Readonly<Record<string, string>>;

interface Written {
  readonly files: Files;
  /** The folder beside `..data` that holds them. */
  readonly version: string;
}

/**
 * The volumes of pods as folders. A ConfigMap's keys are files; all of them change at once, by one rename of a link,
 * as a kubelet does it: `<key> -> ..data/<key>`, `..data -> ..<n>`.
 */
export class Volumes {
  readonly #folder: string;
  readonly #configMaps: Listing<KubeConfigMap>;
  readonly #written = new Map<string, Written>();
  #version = 0;

  constructor(folder: string, configMaps: Listing<KubeConfigMap>) {
    this.#folder = folder;
    this.#configMaps = configMaps;
  }

  folderOf(pod: KubePod, volume: string): string {
    return join(this.#podFolder(pod), volume);
  }

  /** Brings a pod's volumes up to date. False while a ConfigMap is missing that the pod can't start without. */
  refresh(pod: KubePod): boolean {
    let complete = true;
    for (const { name, configMap, emptyDir } of pod.spec.volumes ?? []) {
      const folder = this.folderOf(pod, name);
      if (emptyDir) mkdirSync(folder, { recursive: true });
      if (!configMap) continue;
      const source = this.#configMaps.get(pod.metadata.namespace ?? '', configMap.name);
      if (source) this.#write(folder, source.data ?? {});
      else if (configMap.optional) this.#write(folder, this.#written.get(folder)?.files ?? {});
      else complete = false;
    }
    return complete;
  }

  /** Where a pod that wants the token of its ServiceAccount has it, as a kubeconfig; undefined for any other pod. */
  tokenFileOf(pod: KubePod): string | undefined {
    const volume = pod.spec.volumes?.find(({ projected }) =>
      projected?.sources?.some(({ serviceAccountToken }) => serviceAccountToken),
    );
    return volume && join(this.folderOf(pod, volume.name), 'kubeconfig');
  }

  /** Whether the pod has the token, or wants none. */
  hasToken(pod: KubePod): boolean {
    const file = this.tokenFileOf(pod);
    return file === undefined || existsSync(file);
  }

  writeToken(pod: KubePod, kubeconfig: string): void {
    const file = this.tokenFileOf(pod);
    if (file === undefined) return;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, kubeconfig, { mode: 0o600 });
  }

  remove(pod: KubePod): void {
    const folder = this.#podFolder(pod);
    for (const written of this.#written.keys()) {
      if (written.startsWith(folder)) this.#written.delete(written);
    }
    rmSync(folder, { recursive: true, force: true });
  }

  #podFolder({ metadata }: KubePod): string {
    return join(this.#folder, metadata.uid ?? metadata.name);
  }

  #write(folder: string, files: Files): void {
    const before = this.#written.get(folder);
    if (before && isDeepStrictEqual(before.files, files)) return;
    const version = `..${++this.#version}`;
    mkdirSync(join(folder, version), { recursive: true });
    for (const [key, content] of Object.entries(files)) {
      writeFileSync(join(folder, version, key), content);
    }
    symlinkSync(version, join(folder, '..next'));
    renameSync(join(folder, '..next'), join(folder, '..data'));
    const keys = Object.keys(files);
    const keysBefore = Object.keys(before?.files ?? {});
    for (const key of keysBefore) if (!keys.includes(key)) rmSync(join(folder, key));
    for (const key of keys) {
      if (!keysBefore.includes(key)) symlinkSync(join('..data', key), join(folder, key));
    }
    if (before) rmSync(join(folder, before.version), { recursive: true });
    this.#written.set(folder, { files, version });
  }
}
