import { Argument, InvalidArgumentError, Option } from 'commander';
import { type LogLevel, logLevels } from '../runtime/index.ts';
import { cacheNameProblem, isAddress, parseAddress, topicNameProblem } from '../topology/index.ts';

export const defaultEndpoint = '127.0.0.1:8080';
export const defaultDataDir = '.topicplane';
export const defaultCache = 'default';

export function endpointOption(): Option {
  return new Option('--endpoint <host:port>', 'where the cluster answers')
    .env('TOPICPLANE_ENDPOINT')
    .default(defaultEndpoint)
    .argParser(dialled);
}

export function cacheOption(): Option {
  return new Option('--cache <name>', 'the cache that the topic lives in')
    .env('TOPICPLANE_CACHE')
    .default(defaultCache)
    .argParser((name) => named(name, cacheNameProblem));
}

export function topicArgument(): Argument {
  return new Argument('<topic>', 'topics exist from first use').argParser((name: string) =>
    named(name, topicNameProblem),
  );
}

/** @param problemOf what is wrong with a name */
function named(name: string, problemOf: (name: string) => string | undefined): string {
  const problem = problemOf(name);
  if (problem === undefined) return name;
  throw new InvalidArgumentError(`The ${problem}.`);
}

export function dataDirOption(): Option {
  return new Option('--data-dir <folder>', 'folder of the local cluster').default(defaultDataDir);
}

export function kubeconfigOption(): Option {
  return new Option(
    '--kubeconfig <file>',
    'how to reach the Kubernetes API (default: as kubectl looks for it, then the service account)',
  );
}

export function contextOption(): Option {
  return new Option('--context <name>', 'the context of the kubeconfig (default: its current one)');
}

export function logLevelOption(description: string): Option {
  const usual: LogLevel = 'info';
  return new Option('--log-level <level>', description).choices(logLevels).default(usual);
}

/** As Kubernetes names namespaces. */
export function namespaceName(text: string): string {
  if (/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(text)) return text;
  throw new InvalidArgumentError(
    'It must be a name of a namespace: at most 63 lower-case letters, digits and "-", beginning and ending with a letter or digit.',
  );
}

/** As Kubernetes names most objects. */
export function objectName(text: string): string {
  const isName = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(text);
  if (isName && text.length <= 253) return text;
  throw new InvalidArgumentError(
    'It must be a name of an object: at most 253 lower-case letters, digits, "-" and ".", beginning and ending with a letter or digit.',
  );
}

/** As the spec of a TopicCluster takes it. */
export function imageReference(text: string): string {
  if (/^[!-~]{1,512}$/.test(text)) return text;
  throw new InvalidArgumentError('It must be an image reference without white space.');
}

/** host:port with a port to dial. */
export function dialled(text: string): string {
  if (isAddress(text)) return text;
  throw new InvalidArgumentError('It must be host:port, such as 127.0.0.1:8080.');
}

/** host:port to listen on; port 0 means any free one. */
export function listened(text: string): string {
  if (parseAddress(text)) return text;
  throw new InvalidArgumentError('It must be host:port, such as 0.0.0.0:8080.');
}

/** A whole number in a range. */
export function integer(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^[0-9]{1,16}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}
