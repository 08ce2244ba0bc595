import type { WorkloadKind } from '../../model/workload/workload.ts';
import type { Right } from '../connection/right.ts';

/** Where the API serves a kind. */
export interface Resource {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
}

const apps = (plural: string): Resource => ({ group: 'apps', version: 'v1', plural });
const batch = (plural: string): Resource => ({ group: 'batch', version: 'v1', plural });

/** A resource of the core group. */
export const core = (plural: string): Resource => ({ group: '', version: 'v1', plural });

/** The kinds that are read as workloads. */
export const workloadResources: Readonly<Record<WorkloadKind, Resource>> = {
  Deployment: apps('deployments'),
  StatefulSet: apps('statefulsets'),
  DaemonSet: apps('daemonsets'),
  Job: batch('jobs'),
  CronJob: batch('cronjobs'),
  Pod: core('pods'),
};
export const replicaSets = apps('replicasets');
export const controllerRevisions = apps('controllerrevisions');

export const budgets: Resource = { group: 'policy', version: 'v1', plural: 'poddisruptionbudgets' };

/** Path of a collection, or of one object in it. Every segment is encoded, because names come from people. */
export function pathOf(resource: Resource, namespace: string | undefined, name?: string): string {
  const root = resource.group === '' ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  const within = namespace === undefined ? '' : `/namespaces/${segment(namespace)}`;
  return `${root}${within}/${resource.plural}${name === undefined ? '' : `/${segment(name)}`}`;
}

/** The permission needed for this verb on this resource. */
export function rightTo(verb: Right['verb'], resource: Resource, namespace?: string): Right {
  const group = resource.group === '' ? {} : { group: resource.group };
  return { verb, resource: resource.plural, ...group, ...(namespace === undefined ? {} : { namespace }) };
}

/** The URL parser would resolve `..` although it is not encoded anywhere else. */
function segment(text: string): string {
  return /^\.+$/.test(text) ? text.replaceAll('.', '%252E') : encodeURIComponent(text);
}
