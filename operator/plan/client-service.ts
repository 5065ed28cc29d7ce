import { buildServices, differences, ownerOf } from '../build/index.ts';
import { clientServiceName } from '../names.ts';
import type { Observed } from '../observe/index.ts';
import type { Refused } from './conditions.ts';

/**
 * Why clients don't come to routers that serve, for people: the Service that they dial is refused, and does not lead
 * there. undefined: it does, or it is about to.
 */
export function whyCutOff(
  { key, resource, services }: Pick<Observed, 'key' | 'resource' | 'services'>,
  refused: readonly Refused[],
): string | undefined {
  const name = clientServiceName(key.name);
  const isIt = (service: { readonly metadata: { readonly name: string } }): boolean => {
    return service.metadata.name === name;
  };
  const refusal = refused.find(({ what }) => what === `Service ${name}`);
  if (!refusal) return undefined;
  if (refusal.code === 'NameTaken') return `Service ${name} is not of this cluster`;
  const actual = services.find(isIt);
  if (!actual) return `there is no Service ${name}, and it can't be made`;
  const wanted = buildServices(ownerOf(resource.metadata)).find(isIt);
  const wrong = differences({ spec: wanted?.spec }, { spec: actual.spec });
  if (wrong.length === 0) return undefined;
  return `Service ${name} is not as it has to be, and can't be put right: ${wrong.join('; ')}`;
}
