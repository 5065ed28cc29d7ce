import { stringify } from 'yaml';
import { topicClusterCrd } from './crd.ts';

/** Where the generated files are, from the top of the repository. */
export const manifestPaths = {
  crd: 'crds/topicplane.dev_topicclusters.yaml',
  chart: 'charts/topicplane/templates/crd.yaml',
} as const;

const header = '# Generated from operator/resource by `npm run generate`; not edited by hand.\n';

/** The CustomResourceDefinition as `kubectl apply` takes it. */
export function crdManifest(): string {
  return header + yaml(topicClusterCrd());
}

/** The same as a template of the chart: a chart's `crds/` folder is installed once and never upgraded. */
export function crdChartTemplate(): string {
  const text = yaml(topicClusterCrd());
  const head = 'metadata:\n';
  const at = text.indexOf(head) + head.length;
  return [
    '{{- if .Values.crds.enabled }}\n',
    header,
    text.slice(0, at),
    '  labels:\n',
    '    {{- include "topicplane.labels" . | nindent 4 }}\n',
    '  {{- if .Values.crds.keep }}\n',
    '  annotations:\n',
    '    helm.sh/resource-policy: keep\n',
    '  {{- end }}\n',
    text.slice(at),
    '{{- end }}\n',
  ].join('');
}

function yaml(object: object): string {
  return stringify(object, { lineWidth: 0, aliasDuplicateObjects: false });
}
