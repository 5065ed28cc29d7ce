import type { TopicClusterSpec } from '../../resource/index.ts';

type Scaling = TopicClusterSpec['scaling'];

/** Who says how much the members carry. */
export type LoadSource =
  | { readonly kind: 'members' }
  | { readonly kind: 'prometheus'; readonly prometheus: Scaling['prometheus'] & { url: string } };

/** @param prometheusUrl of clusters that name neither a source nor a url; undefined: there is none */
export function loadSource(
  { source, prometheus }: Scaling,
  prometheusUrl: string | undefined,
): LoadSource {
  const url = prometheus.url ?? (source === undefined ? prometheusUrl : undefined);
  if (source === 'Members' || url === undefined) return { kind: 'members' };
  return { kind: 'prometheus', prometheus: { ...prometheus, url } };
}
