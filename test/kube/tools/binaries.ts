import { join } from 'node:path';
import { build } from './build.ts';
import { cacheFolder, isExecutable, onPath } from './cache.ts';
import { exclusively } from './exclusively.ts';
import { type BinaryName, type BinaryPaths, binaryNames, moduleOf } from './modules.ts';

/** Where the binaries of the control plane come from on this machine. */
export type Source =
  /** All are there, or can be built. */
  | { readonly kind: 'available' }
  /** `why` is a sentence for people, with what they can do. */
  | { readonly kind: 'unavailable'; readonly why: string };

type Place =
  | { readonly kind: 'there'; readonly path: string }
  | { readonly kind: 'to build'; readonly path: string; readonly go: string }
  | { readonly kind: 'nowhere' };

/** Looks, and starts nothing. */
export function binariesSource(): Source {
  if (process.platform !== 'linux') {
    const why = `the node that plays the kubelet gives each pod a loopback address of its own, which needs Linux; this is ${process.platform}.`;
    return { kind: 'unavailable', why };
  }
  const missing = binaryNames.filter((name) => placeOf(name).kind === 'nowhere');
  if (missing.length === 0) return { kind: 'available' };
  const assets = process.env['KUBEBUILDER_ASSETS'];
  const there = assets ? `not in KUBEBUILDER_ASSETS (${assets})` : 'KUBEBUILDER_ASSETS is not set';
  return {
    kind: 'unavailable',
    why: `no ${missing.join(', ')}: ${there}, and there is no Go on the PATH to build from. Install Go, or set KUBEBUILDER_ASSETS to a folder with ${binaryNames.join(', ')}.`,
  };
}

/**
 * The control plane's binaries: those of KUBEBUILDER_ASSETS, else those that were built before, else built now. Says on
 * `say` what a person waits for.
 * @throws Error when they can't be had; `binariesSource` tells that before.
 */
export async function findBinaries(say: (line: string) => void): Promise<BinaryPaths> {
  const paths: Partial<Record<BinaryName, string>> = {};
  for (const name of binaryNames) paths[name] = await findBinary(name, say);
  return paths as BinaryPaths;
}

async function findBinary(name: BinaryName, say: (line: string) => void): Promise<string> {
  const place = placeOf(name);
  if (place.kind === 'there') return place.path;
  if (place.kind === 'nowhere') throw new Error(`${name} can neither be found nor built`);
  const onWait = (pid: number) => say(`process ${pid} is building ${name}, waiting for it`);
  return exclusively(`${place.path}.lock`, onWait, async () => {
    if (!isExecutable(place.path)) await build(name, place.go, place.path, say);
    return place.path;
  });
}

function placeOf(name: BinaryName): Place {
  const assets = process.env['KUBEBUILDER_ASSETS'];
  if (assets && isExecutable(join(assets, name)))
    return { kind: 'there', path: join(assets, name) };
  const path = join(cacheFolder(), moduleOf(name).key, name);
  if (isExecutable(path)) return { kind: 'there', path };
  const go = onPath('go');
  return go === undefined ? { kind: 'nowhere' } : { kind: 'to build', path, go };
}
