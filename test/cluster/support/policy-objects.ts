import type { Fields } from '../../../src/sandbox/cluster/objects/object.ts';

export type TemplateKind = 'Deployment' | 'StatefulSet' | 'DaemonSet' | 'CronJob';

interface KindUnderTest {
  readonly path: (namespace: string) => string;
  /** JSON pointer of the pod template. */
  readonly template: string;
  /** Types of the levels above the template, with their pointers. */
  readonly specs: readonly (readonly [type: string, pointer: string])[];
}

const apps = (plural: string) => (namespace: string) => `/apis/apps/v1/namespaces/${namespace}/${plural}`;

export const kinds: Readonly<Record<TemplateKind, KindUnderTest>> = {
  Deployment: { path: apps('deployments'), template: '/spec/template', specs: [['DeploymentSpec', '/spec']] },
  StatefulSet: { path: apps('statefulsets'), template: '/spec/template', specs: [['StatefulSetSpec', '/spec']] },
  DaemonSet: { path: apps('daemonsets'), template: '/spec/template', specs: [['DaemonSetSpec', '/spec']] },
  CronJob: {
    path: (namespace) => `/apis/batch/v1/namespaces/${namespace}/cronjobs`,
    template: '/spec/jobTemplate/spec/template',
    specs: [
      ['CronJobSpec', '/spec'],
      ['JobSpec', '/spec/jobTemplate/spec'],
    ],
  },
};

/** Fields that the API server lets nobody change or have there, in some version that is tested. */
export function impossible(kind: TemplateKind, pointer: string): readonly string[] {
  const ofInit = ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'];
  const isJob = kind === 'CronJob';
  if (pointer.endsWith('initContainers/0')) return [...ofInit, 'resizePolicy'];
  if (pointer.endsWith('containers/0')) return isJob ? ['resizePolicy', 'restartPolicy'] : ['restartPolicy'];
  if (pointer.endsWith('template/spec'))
    return isJob ? ['ephemeralContainers'] : ['activeDeadlineSeconds', 'ephemeralContainers', 'restartPolicy'];
  if (kind === 'CronJob') return ['manualSelector', 'selector'];
  return kind === 'StatefulSet'
    ? ['podManagementPolicy', 'selector', 'serviceName', 'volumeClaimTemplates']
    : ['selector'];
}

export const image = (tag: string) => `registry.example.com/policies/web:${tag}`;

/** What the policies are tried on: path to post to, and body. */
export function objects(
  namespace: string,
): readonly (readonly [
  path: string,
  body: Fields & { readonly metadata: { readonly name: string; readonly [key: string]: unknown } },
])[] {
  const core = (plural: string) => `/api/v1/namespaces/${namespace}/${plural}`;
  const metadata = (name: string) => ({ name, labels: { team: 'web' }, annotations: { team: 'web' } });
  const encoded = Buffer.from('{"auths":{}}').toString('base64');
  const controlled = (kind: TemplateKind, restartPolicy: string) => template(restartPolicy, kind);
  const selector = { matchLabels: { app: 'web' } };
  const web = metadata('web');
  const pod = (name: string, owners: readonly Fields[] = []) =>
    [
      core('pods'),
      {
        metadata: { ...metadata(name), ownerReferences: owners },
        spec: { containers: [{ name: 'app', image: image('1') }], nodeName: 'nowhere' },
      },
    ] as const;
  const stranger = {
    apiVersion: 'example.com/v1',
    kind: 'Thing',
    name: 'web',
    uid: '00000000-0000-0000-0000-000000000000',
    controller: true,
  };
  return [
    [core('serviceaccounts'), { metadata: web }],
    [core('serviceaccounts'), { metadata: { name: 'other' } }],
    [
      core('secrets'),
      {
        metadata: metadata('pull'),
        type: 'kubernetes.io/dockerconfigjson',
        data: { '.dockerconfigjson': encoded, note: encoded },
      },
    ],
    [
      core('secrets'),
      {
        metadata: { name: 'made', labels: { 'app.kubernetes.io/managed-by': 'imagecheck' } },
        type: 'kubernetes.io/dockerconfigjson',
        data: { '.dockerconfigjson': encoded },
      },
    ],
    [
      core('secrets'),
      {
        metadata: { name: 'opaque', labels: { 'app.kubernetes.io/managed-by': 'imagecheck' } },
        type: 'Opaque',
        data: { password: encoded },
      },
    ],
    [
      kinds.Deployment.path(namespace),
      { metadata: web, spec: { replicas: 1, selector, template: controlled('Deployment', 'Always') } },
    ],
    [
      kinds.StatefulSet.path(namespace),
      {
        metadata: web,
        spec: {
          replicas: 0,
          selector,
          serviceName: 'web',
          template: controlled('StatefulSet', 'Always'),
          volumeClaimTemplates: [
            {
              metadata: { name: 'data' },
              spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
            },
          ],
        },
      },
    ],
    [
      kinds.DaemonSet.path(namespace),
      { metadata: web, spec: { selector, template: controlled('DaemonSet', 'Always') } },
    ],
    [
      kinds.CronJob.path(namespace),
      {
        metadata: web,
        spec: {
          schedule: '0 3 * * *',
          suspend: false,
          jobTemplate: { metadata: { labels: { team: 'web' } }, spec: { template: controlled('CronJob', 'Never') } },
        },
      },
    ],
    pod('bare'),
    pod('strange', [stranger]),
  ];
}

function template(restartPolicy: string, kind: TemplateKind): Fields {
  const app = {
    name: 'app',
    image: image('1'),
    imagePullPolicy: 'IfNotPresent',
    command: ['serve'],
    env: [{ name: 'MODE', value: 'test' }],
    securityContext: { allowPrivilegeEscalation: true },
  };
  return {
    metadata: { labels: { app: 'web' }, annotations: { team: 'web' } },
    spec: {
      restartPolicy,
      // No node has the label, so no pod of a DaemonSet is made.
      ...(kind === 'DaemonSet' ? { nodeSelector: { nowhere: 'true' } } : {}),
      initContainers: [{ name: 'init', image: image('1') }],
      containers: [app, { name: 'log', image: image('1') }],
      volumes: [
        { name: 'scratch', emptyDir: {} },
        { name: 'disk', persistentVolumeClaim: { claimName: 'disk' } },
      ],
    },
  };
}
