{{/* What the pods of a release are found by, together with their component. */}}
{{- define "tempograph.selector" -}}
app.kubernetes.io/name: tempograph
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{/* Labels of whatever the chart makes. */}}
{{- define "tempograph.labels" -}}
{{ include "tempograph.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end -}}

{{- define "tempograph.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{/* What every pod is held to. */}}
{{- define "tempograph.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
fsGroup: 1000
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- define "tempograph.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end -}}

{{/* The file system of a container is read-only but for these. */}}
{{- define "tempograph.mounts" -}}
- { name: data, mountPath: /data }
- { name: tmp, mountPath: /tmp }
{{- end -}}

{{- define "tempograph.volumes" -}}
- { name: data, emptyDir: {} }
- { name: tmp, emptyDir: {} }
{{- end -}}

{{- define "tempograph.databaseUrl" -}}
- name: DATABASE_URL
  valueFrom: { secretKeyRef: { name: {{ .Values.secretName | quote }}, key: database-url } }
{{- end -}}

{{/* What servers and workers both read from their environment. */}}
{{- define "tempograph.env" -}}
{{ include "tempograph.databaseUrl" . }}
{{- if .Values.tracing.endpoint }}
- name: OTEL_EXPORTER_OTLP_ENDPOINT
  value: {{ .Values.tracing.endpoint | quote }}
{{- end }}
{{- end -}}
