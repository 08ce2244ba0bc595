import { z } from 'zod';
import { foreignList } from '../../model/values/foreign.ts';
import type { OwnerRef } from '../../model/workload/workload.ts';
import type { Reading } from '../../ports/cluster.ts';
import { metadataOfObject } from '../connection/api.ts';
import { core, type Resource, replicaSets, workloadResources } from './kinds.ts';
import { MetadataOnly, type OwnerReference } from './objects.ts';
import { controllerOf } from './pods.ts';
import { type ClusterSource, getObject } from './read.ts';

/** Longer chains are a loop, or of no use to a reader. */
const maxOwners = 5;

const knownResources: Readonly<Record<string, Resource>> = {
  ...workloadResources,
  ReplicaSet: replicaSets,
  ReplicationController: core('replicationcontrollers'),
};

const builtIn = new Set(['v1', 'apps/v1', 'batch/v1']);

/** Owners, nearest first, and why the chain may continue above the last of them. */
export interface Owners {
  readonly owners: readonly OwnerRef[];
  /** Only for kinds that every cluster has; an operator's kinds can often not be read. */
  readonly unread?: { readonly why: string; readonly missingRight?: string };
}

/**
 * Owners of an object. Known kinds are read; others (DaskCluster, Workflow) are named, found by discovery, and read if
 * permitted. An owner that cannot be read ends the chain without an error.
 */
export async function followOwners(
  source: ClusterSource,
  namespace: string,
  references: readonly OwnerReference[] | null | undefined,
  reading: Reading,
): Promise<Owners> {
  const owners: OwnerRef[] = [];
  let next = nearest(references);
  while (next !== undefined && owners.length < maxOwners) {
    const { apiVersion, kind, name } = next;
    owners.push({ apiVersion, kind, name });
    const resource = await resourceOf(source, next, reading);
    if (resource === undefined) break;
    const found = await getObject(
      source,
      { resource, namespace, name, accept: metadataOfObject },
      MetadataOnly,
      reading,
    );
    if (found.kind === 'unknown' && builtIn.has(apiVersion)) {
      const { why, missingRight } = found;
      return { owners, unread: { why, ...(missingRight === undefined ? {} : { missingRight }) } };
    }
    // Another object may have the name by now; its owners do not count.
    if (found.kind !== 'found' || found.value.metadata.uid !== next.uid) break;
    next = nearest(found.value.metadata.ownerReferences);
  }
  return { owners };
}

function nearest(references: readonly OwnerReference[] | null | undefined): OwnerReference | undefined {
  return controllerOf(references) ?? references?.[0];
}

const Discovery = z.object({
  resources: foreignList(z.object({ name: z.string(), kind: z.string(), namespaced: z.boolean() })),
});

/** Undefined if the API does not offer the kind to us, or the kind has no namespace (a mirror pod's Node). */
async function resourceOf(
  { api }: ClusterSource,
  { apiVersion, kind }: OwnerReference,
  reading: Reading,
): Promise<Resource | undefined> {
  const known = builtIn.has(apiVersion) && Object.hasOwn(knownResources, kind) ? knownResources[kind] : undefined;
  if (known !== undefined || apiVersion === 'v1') return known;
  const [group, version, ...rest] = apiVersion.split('/');
  const sane = /^[a-z0-9.-]*[a-z0-9]$/;
  if (group === undefined || version === undefined || rest.length > 0) return undefined;
  if (!sane.test(group) || !sane.test(version)) return undefined;
  const answer = await api.json({ path: `/apis/${group}/${version}` }, reading);
  const discovered = answer.ok ? Discovery.safeParse(answer.value) : undefined;
  const match = discovered?.data?.resources.find(
    (resource) => resource.kind === kind && resource.namespaced && /^[a-z0-9-]+$/.test(resource.name),
  );
  return match === undefined ? undefined : { group, version, plural: match.name };
}
