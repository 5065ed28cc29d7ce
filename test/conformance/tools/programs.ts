import {
  cacheFolder,
  canHave,
  type GoProgram,
  onPath,
  readModule,
} from '../../support/go/index.ts';
import { repository } from '../../support/repository.ts';

const folder = `${repository}test/conformance/tools/`;
/** How long it may take to build a program for the first time. */
export const buildMsMax = 900_000;

const cache = cacheFolder('conformance');

/** Public conformance suite for HTTP/2 and HPACK. */
export const h2spec: GoProgram = {
  name: 'h2spec',
  package: 'github.com/summerwind/h2spec/cmd/h2spec',
  module: readModule(`${folder}h2spec/`, 'h2spec', 'github.com/summerwind/h2spec'),
  cache,
};

/** A gRPC client of grpc-go. */
export const grpcurl: GoProgram = {
  name: 'grpcurl',
  package: 'github.com/fullstorydev/grpcurl/cmd/grpcurl',
  module: readModule(`${folder}grpcurl/`, 'grpcurl', 'github.com/fullstorydev/grpcurl'),
  cache,
};

/** Programs that come with the system, and the packages of Debian that have them. */
const packages: Readonly<Record<'curl' | 'nghttp' | 'h2load', string>> = {
  curl: 'curl',
  nghttp: 'nghttp2-client',
  h2load: 'nghttp2-client',
};

/**
 * Whether specs can run a program. Says so when they can't.
 * @throws Error in CI, where nothing is left out.
 */
export function isThere(program: GoProgram | keyof typeof packages): boolean {
  const name = typeof program === 'string' ? program : program.name;
  if (typeof program === 'string' ? onPath(name) !== undefined : canHave(program)) return true;
  const how =
    typeof program === 'string'
      ? `apt-get install --no-install-recommends ${packages[program]}`
      : 'install Go, with which it is built';
  const why = `no ${name} on this machine: ${how}`;
  if (process.env['CI'] !== undefined) throw new Error(why);
  process.stderr.write(`\nspecs that need ${name} are NOT RUN: ${why}\n\n`);
  return false;
}
