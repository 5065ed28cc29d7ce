import type { LocalStatus, MemberView } from '../../local/index.ts';
import { count, type Paint, table } from '../terminal/index.ts';

export interface Greeting {
  readonly version: string;
  readonly cluster: string;
  readonly routers: number;
  readonly storage: number;
  readonly caches: readonly string[];
  readonly endpoint: string;
  /** Routers speak TLS; in plain text only to this machine. */
  readonly tls: boolean;
  readonly admin: string;
  readonly dataDir: string;
  /** URL; undefined: none runs. */
  readonly prometheus: string | undefined;
  readonly file: string | undefined;
  /** How this person calls the program. */
  readonly command: string;
}

/** The first lines: what runs, where, and what to try. */
export function greetingText(greeting: Greeting, paint: Paint): string {
  const { command, endpoint, caches, file } = greeting;
  const [cache = 'none'] = caches;
  const flags = [
    ...(cache === 'default' || caches.length === 0 ? [] : [`--cache ${quoted(cache)}`]),
    ...(endpoint === '127.0.0.1:8080' ? [] : [`--endpoint ${dialled(endpoint)}`]),
  ];
  const rest = flags.length === 0 ? '' : ` ${flags.join(' ')}`;
  const of = file === undefined ? 'built in' : file;
  const tiers = `${count(greeting.routers, 'router')}, ${count(greeting.storage, 'storage node')}`;
  const names = caches.length === 0 ? 'no caches yet' : `caches ${caches.join(', ')}`;
  const speaks = greeting.tls ? 'with TLS, and in plain text from this machine' : 'in plain text';
  const write = `${command} local --print-file > cluster.yaml`;
  return [
    `${paint('bold', `Topicplane ${greeting.version}`)} runs cluster ${greeting.cluster} on this machine: ${tiers}, ${names}`,
    '',
    ...table([
      ['  clients', `${endpoint} ${speaks}; for the SDKs: CredentialProvider.forMomentoLocal()`],
      ['  status', `http://${greeting.admin}/status`],
      ['  data', `${greeting.dataDir} with a log of each member`],
      ...(greeting.prometheus === undefined ? [] : [['  prometheus', greeting.prometheus]]),
      [
        '  cluster',
        file === undefined ? `${of}; write your own: ${write}` : `${of}; edits are applied at once`,
      ],
    ]),
    '',
    'Try, in another terminal:',
    `  ${paint('cyan', `${command} subscribe greetings${rest}`)}`,
    `  ${paint('cyan', `${command} publish greetings 'hello, world'${rest}`)}`,
    '',
  ].join('\n');
}

/** `routers 1/2  storage 2/2  local-router-1: no topology yet` */
export function progressText(
  members: readonly MemberView[],
  desired: { readonly routers: number; readonly storage: number },
): string {
  const ready = (role: MemberView['role']): number =>
    members.filter((member) => member.role === role && member.ready).length;
  const waiting = members.find((member) => !member.ready);
  return [
    `routers ${ready('router')}/${desired.routers}`,
    `storage ${ready('storage')}/${desired.storage}`,
    ...(waiting ? [`${waiting.name}: ${waiting.reason}`] : []),
  ].join('  ');
}

/** The one line of `--json`. */
export function readyJson({ endpoint, admin, pid, prometheus, members }: LocalStatus): string {
  return JSON.stringify({
    ready: true,
    endpoint,
    admin,
    pid,
    ...(prometheus && { prometheus: prometheus.url }),
    members: members.map(({ name, role, pid: memberPid, addresses }) => {
      return { name, role, pid: memberPid, addresses };
    }),
  });
}

/** A cluster that listens on every address is dialled on this machine's own. */
function dialled(endpoint: string): string {
  return endpoint.replace(/^0\.0\.0\.0:/, '127.0.0.1:').replace(/^\[::\]:/, '[::1]:');
}

function quoted(text: string): string {
  return /^[\w.-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
