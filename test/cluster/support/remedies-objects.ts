import type { WorkloadKind } from '../../../src/model/workload/workload.ts';

const collections = {
  Deployment: 'apis/apps/v1|deployments',
  StatefulSet: 'apis/apps/v1|statefulsets',
  DaemonSet: 'apis/apps/v1|daemonsets',
  Job: 'apis/batch/v1|jobs',
  CronJob: 'apis/batch/v1|cronjobs',
  Pod: 'api/v1|pods',
  Secret: 'api/v1|secrets',
  ServiceAccount: 'api/v1|serviceaccounts',
  ResourceQuota: 'api/v1|resourcequotas',
} as const;

/** Path of a collection in a namespace. */
export function collectionOf(kind: keyof typeof collections, namespace: string): string {
  const [base, resource] = collections[kind].split('|');
  return `/${base}/namespaces/${namespace}/${resource}`;
}

/** What a workload is made with. */
export interface Shape {
  readonly image: string;
  readonly replicas?: number;
  /** Of the container `app`. */
  readonly container?: object;
  /** Of the pod. */
  readonly pod?: object;
  /** Beside the template in the spec. */
  readonly spec?: object;
  readonly metadata?: object;
}

/** A workload of one container `app`, whose pods have the label `app: NAME` and end at once when deleted. */
export function workload(kind: WorkloadKind, name: string, shape: Shape): object {
  const { image, replicas = 1, container = {}, pod = {}, spec = {}, metadata = {} } = shape;
  const labels = { app: name };
  const podSpec = { terminationGracePeriodSeconds: 1, containers: [{ name: 'app', image, ...container }], ...pod };
  const template = { metadata: { labels }, spec: podSpec };
  const selector = { matchLabels: labels };
  const named = { name, ...metadata };
  switch (kind) {
    case 'Deployment':
      return { metadata: named, spec: { replicas, selector, template, ...spec } };
    case 'StatefulSet':
      return { metadata: named, spec: { replicas, serviceName: name, selector, template, ...spec } };
    case 'DaemonSet':
      return { metadata: named, spec: { selector, template, ...spec } };
    case 'Job':
    case 'CronJob': {
      const job = { template: { metadata: { labels }, spec: { ...podSpec, restartPolicy: 'Never' } } };
      if (kind === 'Job') return { metadata: named, spec: { ...job, ...spec } };
      return { metadata: named, spec: { schedule: '0 3 * * *', jobTemplate: { spec: job }, ...spec } };
    }
    case 'Pod':
      return { metadata: { ...named, labels }, spec: podSpec };
    default:
      return kind satisfies never;
  }
}
