{{/* Name of every object of the release. */}}
{{- define "topicplane.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 53 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 53 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 53 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Labels by which the operator's pods are selected: never changed. */}}
{{- define "topicplane.selectorLabels" -}}
app.kubernetes.io/name: topicplane-operator
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "topicplane.labels" -}}
{{ include "topicplane.selectorLabels" . }}
app.kubernetes.io/component: operator
app.kubernetes.io/part-of: topicplane
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* Refuses labels that the chart sets itself. A list: the root, the name of the value, the labels. */}}
{{- define "topicplane.checkLabels" -}}
{{- $own := include "topicplane.labels" (index . 0) | fromYaml -}}
{{- $value := index . 1 -}}
{{- range $name, $_ := index . 2 -}}
{{- if hasKey $own $name -}}
{{- fail (printf "%s: %s is a label of the chart itself" $value $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "topicplane.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "topicplane.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "topicplane.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{- printf "%s@%s" .repository .digest -}}
{{- else -}}
{{- printf "%s:%s" .repository (default $.Chart.AppVersion .tag) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* The namespaces that are served, as a JSON list in an object; empty when all are. */}}
{{- define "topicplane.namespaces" -}}
{{- if .Values.clusterWide -}}
{{- dict "names" list | toJson -}}
{{- else -}}
{{- dict "names" (default (list .Release.Namespace) .Values.namespaces) | toJson -}}
{{- end -}}
{{- end -}}
