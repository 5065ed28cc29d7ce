// Loaded into the members of a test cluster (node --import): on SIGUSR2 the process collects all garbage, so that
// what it still holds afterwards can be measured.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');
process.on('SIGUSR2', () => collect());
