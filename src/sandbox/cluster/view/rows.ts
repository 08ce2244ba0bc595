import { at, fields, type KubeObject, list, number, records, text, texts } from '../objects/object.ts';
import { age, humanDuration } from './age.ts';
import { podRow } from './pod-row.ts';

/** The columns of one kind and how an object fills them; a column in lower case is shown only with `-o wide`. */
export interface Printer {
  readonly columns: readonly string[];
  readonly row: (object: KubeObject, now: Date) => readonly unknown[];
}

const created = (object: KubeObject, now: Date) => age(object.metadata.creationTimestamp, now);
const count = (object: KubeObject, ...path: readonly string[]) => number(object, ...path) ?? 0;

function templateOf(object: KubeObject): unknown {
  return at(object, 'spec', 'template') ?? at(object, 'spec', 'jobTemplate', 'spec', 'template');
}

function containerNames(object: KubeObject): string {
  return records(templateOf(object), 'spec', 'containers')
    .map(({ name }) => name)
    .join(',');
}

function images(object: KubeObject): string {
  return records(templateOf(object), 'spec', 'containers')
    .map(({ image }) => image)
    .join(',');
}

function selector(object: KubeObject): string {
  const labels = Object.entries(texts(object, 'spec', 'selector', 'matchLabels'));
  return labels.length === 0 ? '<none>' : labels.map(([key, value]) => `${key}=${value}`).join(',');
}

function nodeRow(node: KubeObject, now: Date): readonly unknown[] {
  const ready = records(node, 'status', 'conditions').find(({ type }) => type === 'Ready');
  const states = [ready?.['status'] === 'True' ? 'Ready' : 'NotReady'];
  if (at(node, 'spec', 'unschedulable') === true) states.push('SchedulingDisabled');
  const info = fields(node, 'status', 'nodeInfo');
  const address = records(node, 'status', 'addresses').find(({ type }) => type === 'InternalIP');
  const roles = Object.keys(node.metadata.labels ?? {}).flatMap(
    (key) => /^node-role\.kubernetes\.io\/(.+)$/.exec(key)?.[1] ?? [],
  );
  return [
    node.metadata.name,
    states.join(','),
    roles.sort().join(',') || '<none>',
    created(node, now),
    text(info, 'kubeletVersion'),
    text(address, 'address') || '<none>',
    '<none>',
    text(info, 'osImage') || '<unknown>',
    text(info, 'kernelVersion') || '<unknown>',
    text(info, 'containerRuntimeVersion') || '<unknown>',
  ];
}

function eventRow(event: KubeObject, now: Date): readonly unknown[] {
  const first = text(event, 'firstTimestamp') || text(event, 'eventTime') || event.metadata.creationTimestamp;
  const last = text(event, 'lastTimestamp') || first;
  const times = count(event, 'count') || 1;
  const involved = fields(event, 'involvedObject');
  const source =
    text(event, 'source', 'host') === ''
      ? text(event, 'source', 'component')
      : `${text(event, 'source', 'component')}, ${text(event, 'source', 'host')}`;
  return [
    times > 1 ? `${age(last, now)} (x${times} over ${age(first, now)})` : age(last, now),
    text(event, 'type'),
    text(event, 'reason'),
    `${text(involved, 'kind').toLowerCase()}/${text(involved, 'name')}`,
    text(involved, 'fieldPath'),
    source,
    text(event, 'message').trim(),
    age(first, now),
    String(times),
    event.metadata.name,
  ];
}

function jobRow(job: KubeObject, now: Date): readonly unknown[] {
  const conditions = records(job, 'status', 'conditions').filter(({ status }) => status === 'True');
  const start = Date.parse(text(job, 'status', 'startTime'));
  const end = Date.parse(text(job, 'status', 'completionTime')) || now.getTime();
  return [
    job.metadata.name,
    text(conditions.at(-1), 'type') || 'Running',
    `${count(job, 'status', 'succeeded')}/${number(job, 'spec', 'completions') ?? 1}`,
    Number.isNaN(start) ? '' : humanDuration(Math.floor((end - start) / 1000)),
    created(job, now),
    containerNames(job),
    images(job),
    selector(job),
  ];
}

function cronJobRow(cronJob: KubeObject, now: Date): readonly unknown[] {
  const last = text(cronJob, 'status', 'lastScheduleTime');
  return [
    cronJob.metadata.name,
    text(cronJob, 'spec', 'schedule'),
    text(cronJob, 'spec', 'timeZone') || '<none>',
    at(cronJob, 'spec', 'suspend') === true ? 'True' : 'False',
    list(cronJob, 'status', 'active').length,
    last === '' ? '<none>' : age(last, now),
    created(cronJob, now),
    containerNames(cronJob),
    images(cronJob),
    '<none>',
  ];
}

function nodeSelector(object: KubeObject): string {
  const entries = Object.entries(texts(templateOf(object), 'spec', 'nodeSelector'));
  return entries.length === 0 ? '<none>' : entries.map(([key, value]) => `${key}=${value}`).join(',');
}

const generic: Printer = {
  columns: ['Name', 'Age'],
  row: (object, now) => [object.metadata.name, created(object, now)],
};

const printers: Readonly<Record<string, Printer>> = {
  Pod: {
    columns: ['Name', 'Ready', 'Status', 'Restarts', 'Age', 'ip', 'node', 'nominated Node', 'readiness Gates'],
    row: podRow,
  },
  Deployment: {
    columns: ['Name', 'Ready', 'Up-to-date', 'Available', 'Age', 'containers', 'images', 'selector'],
    row: (object, now) => [
      object.metadata.name,
      `${count(object, 'status', 'readyReplicas')}/${count(object, 'spec', 'replicas')}`,
      count(object, 'status', 'updatedReplicas'),
      count(object, 'status', 'availableReplicas'),
      created(object, now),
      containerNames(object),
      images(object),
      selector(object),
    ],
  },
  ReplicaSet: {
    columns: ['Name', 'Desired', 'Current', 'Ready', 'Age', 'containers', 'images', 'selector'],
    row: (object, now) => [
      object.metadata.name,
      count(object, 'spec', 'replicas'),
      count(object, 'status', 'replicas'),
      count(object, 'status', 'readyReplicas'),
      created(object, now),
      containerNames(object),
      images(object),
      selector(object),
    ],
  },
  StatefulSet: {
    columns: ['Name', 'Ready', 'Age', 'containers', 'images'],
    row: (object, now) => [
      object.metadata.name,
      `${count(object, 'status', 'readyReplicas')}/${count(object, 'spec', 'replicas')}`,
      created(object, now),
      containerNames(object),
      images(object),
    ],
  },
  DaemonSet: {
    columns: [
      'Name',
      'Desired',
      'Current',
      'Ready',
      'Up-to-date',
      'Available',
      'Node Selector',
      'Age',
      'containers',
      'images',
      'selector',
    ],
    row: (object, now) => [
      object.metadata.name,
      count(object, 'status', 'desiredNumberScheduled'),
      count(object, 'status', 'currentNumberScheduled'),
      count(object, 'status', 'numberReady'),
      count(object, 'status', 'updatedNumberScheduled'),
      count(object, 'status', 'numberAvailable'),
      nodeSelector(object),
      created(object, now),
      containerNames(object),
      images(object),
      selector(object),
    ],
  },
  Job: {
    columns: ['Name', 'Status', 'Completions', 'Duration', 'Age', 'containers', 'images', 'selector'],
    row: jobRow,
  },
  CronJob: {
    columns: [
      'Name',
      'Schedule',
      'Timezone',
      'Suspend',
      'Active',
      'Last Schedule',
      'Age',
      'containers',
      'images',
      'selector',
    ],
    row: cronJobRow,
  },
  Node: {
    columns: [
      'Name',
      'Status',
      'Roles',
      'Age',
      'Version',
      'internal-IP',
      'external-IP',
      'oS-Image',
      'kernel-Version',
      'container-Runtime',
    ],
    row: nodeRow,
  },
  Event: {
    columns: ['Last Seen', 'Type', 'Reason', 'Object', 'subobject', 'source', 'Message', 'first Seen', 'count', 'name'],
    row: eventRow,
  },
  Namespace: {
    columns: ['Name', 'Status', 'Age'],
    row: (object, now) => [object.metadata.name, text(object, 'status', 'phase'), created(object, now)],
  },
  ConfigMap: {
    columns: ['Name', 'Data', 'Age'],
    row: (object, now) => [object.metadata.name, Object.keys(fields(object, 'data')).length, created(object, now)],
  },
  Secret: {
    columns: ['Name', 'Type', 'Data', 'Age'],
    row: (object, now) => [
      object.metadata.name,
      text(object, 'type'),
      Object.keys(fields(object, 'data')).length,
      created(object, now),
    ],
  },
  ServiceAccount: {
    columns: ['Name', 'Secrets', 'Age'],
    row: (object, now) => [object.metadata.name, list(object, 'secrets').length, created(object, now)],
  },
  Lease: {
    columns: ['Name', 'Holder', 'Age'],
    row: (object, now) => [object.metadata.name, text(object, 'spec', 'holderIdentity'), created(object, now)],
  },
};

export function printerOf(kind: string): Printer {
  return printers[kind] ?? generic;
}
