/**
 * A valid change of every field there is, by the type of the API server's OpenAPI document. A field that is not here fails
 * the test, so that nobody has to remember to look when Kubernetes gets a new one.
 */
export type Mutations = Readonly<Record<string, unknown>>;

/** What a policy lets the worker change; each has its own test. */
export const free: Readonly<Record<string, readonly string[]>> = {
  Container: ['image', 'imagePullPolicy'],
  PodSpec: ['containers', 'initContainers', 'imagePullSecrets'],
  DeploymentSpec: ['template'],
  StatefulSetSpec: ['template'],
  DaemonSetSpec: ['template'],
  CronJobSpec: ['jobTemplate'],
  JobSpec: ['template'],
};

const exec = { exec: { command: ['true'] } };
const selector = { matchLabels: { app: 'other' } };

export const container: Mutations = {
  args: ['other'],
  command: ['other'],
  env: [{ name: 'MODE', value: 'other' }],
  envFrom: [{ configMapRef: { name: 'other' } }],
  lifecycle: { preStop: exec },
  livenessProbe: exec,
  name: 'other',
  ports: [{ containerPort: 8080 }],
  readinessProbe: exec,
  resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }],
  resources: { limits: { cpu: '1' } },
  restartPolicy: 'Always',
  restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [42] } }],
  securityContext: { privileged: true },
  startupProbe: exec,
  stdin: true,
  stdinOnce: true,
  terminationMessagePath: '/other',
  terminationMessagePolicy: 'FallbackToLogsOnError',
  tty: true,
  volumeDevices: [{ name: 'disk', devicePath: '/dev/other' }],
  volumeMounts: [{ name: 'scratch', mountPath: '/other' }],
  workingDir: '/other',
};

export const podSpec: Mutations = {
  activeDeadlineSeconds: 100,
  affinity: { podAntiAffinity: {} },
  automountServiceAccountToken: false,
  dnsConfig: { nameservers: ['192.0.2.1'] },
  dnsPolicy: 'Default',
  enableServiceLinks: false,
  ephemeralContainers: [{ name: 'debug', image: 'debug:1' }],
  hostAliases: [{ ip: '192.0.2.1', hostnames: ['ghcr.io'] }],
  hostIPC: true,
  hostNetwork: true,
  hostPID: true,
  hostUsers: false,
  hostname: 'other',
  hostnameOverride: 'other',
  nodeName: 'other',
  nodeSelector: { disk: 'fast' },
  os: { name: 'linux' },
  overhead: { cpu: '1' },
  preemptionPolicy: 'Never',
  priority: 5,
  priorityClassName: 'system-node-critical',
  readinessGates: [{ conditionType: 'example.com/other' }],
  resourceClaims: [{ name: 'other', resourceClaimName: 'other' }],
  resources: { limits: { cpu: '1' } },
  restartPolicy: 'OnFailure',
  runtimeClassName: 'other',
  schedulerName: 'other',
  schedulingGates: [{ name: 'example.com/other' }],
  schedulingGroup: { podGroupName: 'other' },
  securityContext: { runAsUser: 0 },
  serviceAccount: 'other',
  serviceAccountName: 'other',
  setHostnameAsFQDN: true,
  shareProcessNamespace: true,
  subdomain: 'other',
  terminationGracePeriodSeconds: 5,
  tolerations: [{ operator: 'Exists' }],
  topologySpreadConstraints: [
    { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'ScheduleAnyway', labelSelector: selector },
  ],
  volumes: [
    { name: 'scratch', hostPath: { path: '/' } },
    { name: 'disk', persistentVolumeClaim: { claimName: 'disk' } },
  ],
  workloadRef: { name: 'other', podGroup: 'other' },
};

export const specs: Readonly<Record<string, Mutations>> = {
  DeploymentSpec: {
    minReadySeconds: 5,
    paused: true,
    progressDeadlineSeconds: 77,
    replicas: 3,
    revisionHistoryLimit: 3,
    selector,
    strategy: { type: 'Recreate' },
  },
  StatefulSetSpec: {
    minReadySeconds: 5,
    ordinals: { start: 1 },
    persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete', whenScaled: 'Delete' },
    podManagementPolicy: 'Parallel',
    replicas: 3,
    revisionHistoryLimit: 3,
    selector,
    serviceName: 'other',
    updateStrategy: { type: 'OnDelete' },
    volumeClaimTemplates: [],
  },
  DaemonSetSpec: { minReadySeconds: 5, revisionHistoryLimit: 3, selector, updateStrategy: { type: 'OnDelete' } },
  CronJobSpec: {
    concurrencyPolicy: 'Forbid',
    failedJobsHistoryLimit: 3,
    schedule: '* * * * *',
    startingDeadlineSeconds: 30,
    successfulJobsHistoryLimit: 5,
    suspend: true,
    timeZone: 'Europe/Berlin',
  },
  JobSpec: {
    activeDeadlineSeconds: 100,
    backoffLimit: 2,
    backoffLimitPerIndex: 1,
    completionMode: 'Indexed',
    completions: 2,
    managedBy: 'example.com/other',
    manualSelector: true,
    maxFailedIndexes: 1,
    parallelism: 2,
    podFailurePolicy: { rules: [{ action: 'Ignore', onExitCodes: { operator: 'In', values: [42] } }] },
    podReplacementPolicy: 'Failed',
    selector,
    successPolicy: { rules: [{ succeededCount: 1 }] },
    suspend: true,
    scheduling: {},
    ttlSecondsAfterFinished: 5,
  },
};

/** What has to be set with a field for it to be valid. */
export const together: Readonly<Record<string, Mutations>> = {
  restartPolicyRules: { restartPolicy: 'Never' },
  backoffLimitPerIndex: { completionMode: 'Indexed', completions: 2 },
  maxFailedIndexes: { completionMode: 'Indexed', completions: 2, backoffLimitPerIndex: 1 },
  completionMode: { completions: 2 },
  successPolicy: { completionMode: 'Indexed', completions: 2 },
  serviceAccount: { serviceAccountName: 'other' },
  stdinOnce: { stdin: true },
};
