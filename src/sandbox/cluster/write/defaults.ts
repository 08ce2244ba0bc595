import { type Fields, fields, isRecord, records, text } from '../objects/object.ts';

/** Defaults of `core/v1`, `apps/v1` and `batch/v1` that people see or that matter for images. */
export function withDefaults(kind: string, body: Fields): Fields {
  const spec = fields(body, 'spec');
  switch (kind) {
    case 'Pod':
      return { ...body, spec: podSpec(spec, 'Always') };
    case 'Deployment':
      return { ...body, spec: withTemplate({ ...deploymentDefaults, ...spec, strategy: strategy(spec, 'strategy') }) };
    case 'ReplicaSet':
      return { ...body, spec: withTemplate({ replicas: 1, ...spec }) };
    case 'StatefulSet':
      return { ...body, spec: withTemplate({ ...statefulSetDefaults, ...spec }) };
    case 'DaemonSet':
      return { ...body, spec: withTemplate({ ...daemonSetDefaults, ...spec }) };
    case 'Job':
      return { ...body, spec: withTemplate({ ...jobDefaults, ...spec }, 'Never') };
    case 'CronJob':
      return { ...body, spec: cronJobSpec(spec) };
    case 'Secret':
      return secret(body);
    case 'Namespace':
      return { ...body, spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } };
    case 'CustomResourceDefinition':
      return {
        ...body,
        status: { conditions: [{ type: 'Established', status: 'True' }], acceptedNames: fields(spec, 'names') },
      };
    default:
      return body;
  }
}

const deploymentDefaults = { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 };
const statefulSetDefaults = {
  replicas: 1,
  revisionHistoryLimit: 10,
  podManagementPolicy: 'OrderedReady',
  updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
};
const daemonSetDefaults = {
  revisionHistoryLimit: 10,
  updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
};
const jobDefaults = { parallelism: 1, completions: 1, backoffLimit: 6, suspend: false, completionMode: 'NonIndexed' };

function strategy(spec: Fields, field: string): Fields {
  const given = fields(spec, field);
  const type = text(given, 'type') || 'RollingUpdate';
  if (type !== 'RollingUpdate') return { ...given, type };
  return { type, rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%', ...fields(given, 'rollingUpdate') } };
}

function withTemplate(spec: Fields, restartPolicy = 'Always'): Fields {
  if (!isRecord(spec['template'])) return spec;
  const template = spec['template'];
  const { creationTimestamp: _, ...metadata } = fields(template, 'metadata');
  return { ...spec, template: { ...template, metadata, spec: podSpec(fields(template, 'spec'), restartPolicy) } };
}

function cronJobSpec(spec: Fields): Fields {
  const jobTemplate = fields(spec, 'jobTemplate');
  return {
    concurrencyPolicy: 'Allow',
    suspend: false,
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 1,
    ...spec,
    jobTemplate: { ...jobTemplate, spec: withTemplate(fields(jobTemplate, 'spec'), 'Never') },
  };
}

function podSpec(spec: Fields, restartPolicy: string): Fields {
  const initContainers = records(spec, 'initContainers').map(container);
  return {
    restartPolicy,
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    securityContext: {},
    schedulerName: 'default-scheduler',
    ...spec,
    // `serviceAccount` is the deprecated name of the same field; the API server keeps both in sync.
    ...(text(spec, 'serviceAccountName') === '' ? {} : { serviceAccount: spec['serviceAccountName'] }),
    ...(initContainers.length === 0 ? {} : { initContainers }),
    ...(Array.isArray(spec['containers']) ? { containers: records(spec, 'containers').map(container) } : {}),
  };
}

function container(given: Fields): Fields {
  return {
    resources: {},
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    ...given,
    imagePullPolicy: text(given, 'imagePullPolicy') || defaultPullPolicy(text(given, 'image')),
  };
}

/**
 * `Always` for `latest` (even with a digest) or without tag and digest; otherwise `IfNotPresent`. Decided once, at
 * creation.
 */
export function defaultPullPolicy(image: string): 'Always' | 'IfNotPresent' {
  const [name = '', digest] = image.split('@');
  const tag = /:([^/:]+)$/.exec(name)?.[1] ?? (digest === undefined ? 'latest' : '');
  return tag === 'latest' ? 'Always' : 'IfNotPresent';
}

function secret(body: Fields): Fields {
  const { stringData, ...rest } = body;
  const given = Object.entries(isRecord(stringData) ? stringData : {}).map(([key, value]) => [
    key,
    Buffer.from(String(value)).toString('base64'),
  ]);
  const data = { ...fields(body, 'data'), ...Object.fromEntries(given) };
  return { ...rest, type: text(body, 'type') || 'Opaque', ...(Object.keys(data).length === 0 ? {} : { data }) };
}
