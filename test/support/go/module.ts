import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** A Go module beside the sources that pins what programs are built from, and how they are built. */
export interface GoModule {
  readonly folder: string;
  /** Names the module's state: changes when anything changes that the programs follow from. */
  readonly key: string;
  readonly flags: readonly string[];
}

/**
 * @param folder with go.mod and go.sum; ends in a slash
 * @param main the module whose version is in the key
 * @param linked more flags for the linker, which may say the version
 */
export function readModule(
  folder: string,
  name: string,
  main: string,
  linked: (version: string) => string = () => '',
): GoModule {
  const goMod = readFileSync(`${folder}go.mod`, 'utf8');
  const version = goMod.split(`${main} v`)[1]?.split(/\s/)[0];
  if (version === undefined) throw new Error(`${folder}go.mod requires no ${main}`);
  const flags = ['-trimpath', '-buildvcs=false', '-ldflags', `-s -w${linked(version)}`];
  const hash = createHash('sha256')
    .update(
      [goMod, readFileSync(`${folder}go.sum`), ...flags, process.platform, process.arch].join('\0'),
    )
    .digest('hex');
  return { folder, flags, key: `${name}-v${version}-${hash.slice(0, 12)}` };
}
