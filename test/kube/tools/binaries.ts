import { join } from 'node:path';
import { canHave, have, isExecutable } from '../../support/go/index.ts';
import { type BinaryName, type BinaryPaths, binaryNames, programOf } from './modules.ts';

/** Where the binaries of the control plane come from on this machine. */
export type Source =
  /** All are there, or can be built. */
  | { readonly kind: 'available' }
  /** `why` is a sentence for people, with what they can do. */
  | { readonly kind: 'unavailable'; readonly why: string };

/** Looks, and starts nothing. */
export function binariesSource(): Source {
  if (process.platform !== 'linux') {
    const why = `the node that plays the kubelet gives each pod a loopback address of its own, which needs Linux; this is ${process.platform}.`;
    return { kind: 'unavailable', why };
  }
  const missing = binaryNames.filter((name) => !asset(name) && !canHave(programOf(name)));
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
  return asset(name) ?? have(programOf(name), say);
}

/** Of KUBEBUILDER_ASSETS. */
function asset(name: BinaryName): string | undefined {
  const folder = process.env['KUBEBUILDER_ASSETS'];
  if (!folder) return undefined;
  const path = join(folder, name);
  return isExecutable(path) ? path : undefined;
}
