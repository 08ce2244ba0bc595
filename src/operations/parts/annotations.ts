import type { WorkloadRef } from '../../model/workload/workload.ts';
import type { ChangeReader } from '../../ports/changes.ts';
import type { Lookup, Reading } from '../../ports/cluster.ts';
import type { ReadReach } from './operation-kind.ts';

type Annotations = Readonly<Record<string, string>>;

/** Annotations of a workload's own metadata. */
export async function annotationsOfWorkload(
  { kind, namespace, name }: WorkloadRef,
  { cluster }: Pick<ReadReach, 'cluster'>,
  reading: Reading,
): Promise<Lookup<Annotations>> {
  const found = await cluster.workload({ kind, namespace, name }, reading);
  return found.kind === 'found' ? { kind: 'found', value: found.value.annotations } : found;
}

/** Annotations of a Secret or service account, without reading its content. */
export async function annotationsOfObject(
  { kind, namespace, name }: Parameters<ChangeReader['identity']>[0],
  { changes }: Pick<ReadReach, 'changes'>,
  reading: Reading,
): Promise<Lookup<Annotations>> {
  const found = await changes.identity({ kind, namespace, name }, reading);
  return found.kind === 'found' ? { kind: 'found', value: found.value.annotations } : found;
}
