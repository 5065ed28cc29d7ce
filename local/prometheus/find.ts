import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { LocalError } from '../errors.ts';

const name = 'prometheus';

/**
 * The program of Prometheus.
 * @param path folders, as PATH has them
 * @throws LocalError `no-prometheus` when it is in none of them
 */
export function findPrometheus(path: string | undefined): string {
  const found = (path ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find(isProgram);
  if (found !== undefined) return found;
  throw new LocalError(
    'no-prometheus',
    `there is no program ${name} on the PATH: install it (Debian and Ubuntu: apt-get install --no-install-recommends prometheus), or leave out --prometheus`,
  );
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
