import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * Whether all programs are on the PATH, for specs that need them. Says so when they aren't.
 * @param aptPackage where Debian has them
 * @throws Error in CI, where nothing is left out.
 */
export function areThere(what: string, names: readonly string[], aptPackage: string): boolean {
  const missing = names.filter((name) => !isOnPath(name));
  if (missing.length === 0) return true;
  const why = `${missing.join(' and ')} not on the PATH: apt-get install --no-install-recommends ${aptPackage}`;
  if (process.env['CI'] !== undefined) throw new Error(why);
  process.stderr.write(`\nspecs that need ${what} are NOT RUN: ${why}\n\n`);
  return false;
}

function isOnPath(name: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
