{{/* What the pods of both roles have in common. Each takes a map with the root as "root". */}}

{{- define "palimpsest.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "palimpsest.labels" -}}
{{ include "palimpsest.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end }}

{{- define "palimpsest.image" -}}
{{ .root.Values.image.repository }}:{{ .root.Values.image.tag | default .root.Chart.AppVersion }}{{ if eq .device "cuda" }}-cuda{{ end }}
{{- end }}

{{- define "palimpsest.claim" -}}
{{ .Values.home.existingClaim | default (printf "%s-home" .Release.Name) }}
{{- end }}

{{- define "palimpsest.podSettings" -}}
automountServiceAccountToken: false
# longer than twice the wait, so that a job can be handed back before the pod is killed
terminationGracePeriodSeconds: {{ add (mul 2 .root.Values.shutdownMaxWait) 30 }}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: { type: RuntimeDefault }
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .placement.runtimeClassName }}
runtimeClassName: {{ . }}
{{- end }}
{{- with .placement.nodeSelector }}
nodeSelector: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .placement.tolerations }}
tolerations: {{ toYaml . | nindent 2 }}
{{- end }}
volumes:
  - name: tmp
    emptyDir: {}
  - name: home
    {{- if .root.Values.home.persistent }}
    persistentVolumeClaim: { claimName: {{ include "palimpsest.claim" .root }} }
    {{- else }}
    emptyDir: {}
    {{- end }}
{{- end }}

{{- define "palimpsest.containerSettings" -}}
image: {{ include "palimpsest.image" . }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
ports:
  - { name: http, containerPort: 8080 }
startupProbe:
  httpGet: { path: /actuator/health/liveness, port: http }
  periodSeconds: 5
  failureThreshold: 60
livenessProbe:
  httpGet: { path: /actuator/health/liveness, port: http }
  periodSeconds: 10
  failureThreshold: 6
readinessProbe:
  httpGet: { path: /actuator/health/readiness, port: http }
  periodSeconds: 5
volumeMounts:
  - { name: home, mountPath: /data }
  - { name: tmp, mountPath: /tmp }
{{- with .placement.resources }}
resources: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.access.secret }}
envFrom:
  - secretRef: { name: {{ . }} }
{{- end }}
{{- end }}

{{- define "palimpsest.environment" -}}
- { name: SPRING_PROFILES_ACTIVE, value: {{ .role }} }
- { name: SPRING_DATASOURCE_URL, value: {{ .root.Values.database.url | quote }} }
- name: SPRING_DATASOURCE_USERNAME
  valueFrom: { secretKeyRef: { name: {{ .root.Values.database.secret }}, key: username } }
- name: SPRING_DATASOURCE_PASSWORD
  valueFrom: { secretKeyRef: { name: {{ .root.Values.database.secret }}, key: password } }
- { name: PALIMPSEST_WORKER_SHUTDOWNMAXWAIT, value: {{ .root.Values.shutdownMaxWait }}s }
- { name: PALIMPSEST_ACCESS_OPEN, value: {{ .root.Values.access.open | quote }} }
{{- with .placement.javaOptions }}
- { name: PALIMPSEST_JAVA_OPTIONS, value: {{ . | quote }} }
{{- end }}
{{- with .root.Values.access.issuer }}
- { name: PALIMPSEST_ACCESS_ISSUER, value: {{ . | quote }} }
{{- end }}
{{- with .root.Values.access.audience }}
- { name: PALIMPSEST_ACCESS_AUDIENCE, value: {{ . | quote }} }
{{- end }}
{{- end }}
