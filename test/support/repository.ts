import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The root of the checkout, with a slash at its end; the same for the sources and for what is built of them. */
export const repository = fileURLToPath(rootAbove(new URL('./', import.meta.url)));

function rootAbove(folder: URL): URL {
  return existsSync(new URL('package.json', folder)) ? folder : rootAbove(new URL('../', folder));
}
