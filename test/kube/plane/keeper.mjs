// Ends a control plane whose owner was killed: waits for the end of stdin, then ends what the pid files in the folder
// (the only argument) name, and removes the folder. An owner that ends in order leaves nothing to do.
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const [, , folder] = process.argv;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
process.stdin.resume();
process.stdin.on('end', () => {
  for (const name of list().filter((each) => each.endsWith('.pid'))) {
    try {
      process.kill(Number(readFileSync(join(folder, name), 'utf8')), 'SIGKILL');
    } catch {
      // It is gone already.
    }
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  process.exit(0);
});

function list() {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
