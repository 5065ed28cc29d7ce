import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { grpc } from '../wire/index.ts';
import { NodeProgram, profilerOf } from './node-program.ts';
import type { Contender } from './server.ts';

/** Bare publish/subscribe in memory, without anything of ours, on grpc-js and on node:http2. */
export const grpcJs = baseline('grpc-js', () => {
  const manifest = createRequire(import.meta.url).resolve('@grpc/grpc-js/package.json');
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
});
export const nodeHttp2 = baseline('http2', () => process.version.slice(1));

function baseline(name: string, version: () => string): Contender {
  const program = fileURLToPath(new URL(`../baselines/${name}.js`, import.meta.url));
  return {
    name,
    wire: grpc,
    version,
    async start(options) {
      const server = await NodeProgram.start(name, program, [], options);
      return {
        port: server.port('client'),
        parts: [{ name, pid: server.child.pid }],
        ...(options.isObserved && { profiler: profilerOf([server]) }),
        collect: async () => {
          if (options.isObserved) await server.observer.collect();
        },
        stop: () => server.child.stop('SIGKILL'),
      };
    },
  };
}
