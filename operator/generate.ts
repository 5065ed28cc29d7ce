import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crdChartTemplate, crdManifest, manifestPaths } from './resource/manifest.ts';

/** Writes what follows from the schema of the TopicCluster. Run at the top of the repository, by `npm run generate`. */
for (const [path, text] of [
  [manifestPaths.crd, crdManifest()],
  [manifestPaths.chart, crdChartTemplate()],
] as const) {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}
