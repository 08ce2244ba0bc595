import { UserError } from '../../errors.ts';
import { namespaceOfTarget, type Target } from '../../model/ask/ask.ts';
import type { ChangeRequest } from '../../model/change/change.ts';
import { parseImage } from '../../model/image/image.ts';
import { namespaceOfSubject } from '../../model/subject/subject.ts';
import type { ClusterReader, Reading } from '../../ports/cluster.ts';
import type { RegistryClient } from '../../ports/registry.ts';

/**
 * The cluster as seen by someone who may ask about one namespace only: lists across namespaces contain that namespace
 * only, so no similar name and no image of another namespace reaches them.
 */
export function scopedTo<T extends Pick<ClusterReader, 'workloads' | 'workloadNames'>>(target: Target, cluster: T): T {
  const namespace = namespaceOfTarget(target);
  return target.confined === true ? within(namespace, cluster) : cluster;
}

/** The same for a change: a plan that cannot be made suggests names similar to the typed one. */
export function scopedToRequest(
  { confined, targets, typed }: Pick<ChangeRequest, 'confined' | 'targets' | 'typed'>,
  cluster: ClusterReader,
): ClusterReader {
  if (typed?.target.confined === true) return scopedTo(typed.target, cluster);
  const wanted = typed === undefined ? undefined : namespaceOfTarget(typed.target);
  const [first] = targets;
  const own = first === undefined ? undefined : namespaceOfSubject(first.subject);
  return confined === true ? within(wanted ?? own, cluster) : cluster;
}

function within<T extends Pick<ClusterReader, 'workloads' | 'workloadNames'>>(
  namespace: string | undefined,
  cluster: T,
): T {
  if (namespace === undefined) return cluster;
  return {
    ...cluster,
    workloads: (where, reading) => cluster.workloads({ ...where, namespace }, reading),
    workloadNames: (where, reading) => cluster.workloadNames({ ...where, namespace }, reading),
  };
}

/**
 * Refuses a registry that a person typed and that neither the configuration nor a workload of the cluster names: probing
 * it would let anyone who may ask use the worker to reach hosts in its network. Throws a `UserError`.
 */
export async function needNamedRegistry(
  reference: string,
  {
    cluster,
    registry,
  }: {
    readonly cluster: Pick<ClusterReader, 'id' | 'workloads'>;
    readonly registry: Pick<RegistryClient, 'isConfigured'>;
  },
  reading: Reading,
): Promise<void> {
  const parsed = parseImage(reference);
  if (!parsed.ok || parsed.image.registry === '' || registry.isConfigured(parsed.image)) return;
  const { registry: host } = parsed.image;
  const listed = await cluster.workloads({}, reading);
  const used = listed.known && listed.value.some(({ containers }) => containers.some((one) => isAt(host, one.image)));
  if (used) return;
  const gaps = listed.known ? (listed.incomplete ?? []) : [listed.why];
  const unsure = gaps.length === 0 ? '' : ` (not all could be listed: ${gaps.slice(0, 3).join('; ')})`;
  throw new UserError(
    `I didn’t check ${host}: no workload you can see in cluster ${cluster.id} uses it, and it isn’t in imagecheck’s configuration${unsure}.`,
    { remedy: `To have it checked, add an entry with "registry: ${host}" under registries in the configuration.` },
  );
}

function isAt(host: string, text: string): boolean {
  const parsed = parseImage(text);
  return parsed.ok && parsed.image.registry === host;
}
