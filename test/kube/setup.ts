import type { TestProject } from 'vitest/node';
import { ControlPlane, type PlaneDescription } from './plane/index.ts';
import { findBinaries } from './tools/index.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    readonly plane: PlaneDescription;
  }
}

/** One control plane for all files of a run. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const say = (line: string) => process.stderr.write(`kube: ${line}\n`);
  const binaries = await findBinaries(say);
  const startMs = performance.now();
  const { plane, stop } = await ControlPlane.start(binaries);
  say(`control plane ready in ${((performance.now() - startMs) / 1000).toFixed(1)} s`);
  project.provide('plane', plane.description);
  return stop;
}
