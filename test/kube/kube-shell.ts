/**
 * `npm run kube:shell`: a control plane and a node to try things on by hand. Nothing of it outlives this process. It runs
 * from `dist`, so it imports nothing of vitest.
 */
import { writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { untilAskedToStop } from '../../cli/local/signals.ts';
import { ProcessKubelet } from './node/index.ts';
import { ControlPlane } from './plane/index.ts';
import { binariesSource, findBinaries, findClients } from './tools/index.ts';

const say = (line: string): void => void process.stderr.write(`kube: ${line}\n`);

const source = binariesSource();
if (source.kind === 'unavailable') {
  say(source.why);
  process.exit(1);
}
const binaries = await findBinaries(say);
const clients = await findClients(say);
// What is killed on the way leaves nothing either: the plane has a keeper, and pods end with their parent.
const asked = untilAskedToStop(() => {});
say('starting the control plane');
const { plane, stop } = await ControlPlane.start(binaries);
try {
  const kubelet = await ProcessKubelet.start({ plane });
  try {
    process.stdout.write(await introduction());
    await asked;
    say('stopping');
  } finally {
    await kubelet.stop();
  }
} finally {
  await stop();
}
say('stopped; nothing is left');
process.exit(0);

async function introduction(): Promise<string> {
  const { folder } = plane.description;
  const file = join(folder, 'kubeconfig');
  writeFileSync(file, plane.kubeconfig(), { mode: 0o600 });
  const { gitVersion } = await plane.api().get<{ gitVersion: string }>('/version');
  const folders = Object.values(clients).map((path) => dirname(path));
  return `
Kubernetes ${gitVersion} answers at ${plane.server}. Pods are processes of this machine, whatever their image.
In another terminal:

  export KUBECONFIG=${file}
  export PATH=${folders.join(delimiter)}:"$PATH"

and then the commands of docs/install.md. What pods log is in ${folder}/kubelet-*/logs.
A pod at 10.x.y.z answers at 127.x.y.z. Ctrl-C ends everything.
`;
}
