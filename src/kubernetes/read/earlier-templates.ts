import { z } from 'zod';
import type { RevisionTemplate } from '../../model/change/rollout.ts';
import { type Fact, known, unknown } from '../../model/values/fact.ts';
import type { Workload } from '../../model/workload/workload.ts';
import type { Reading } from '../../ports/cluster.ts';
import { controllerRevisions, replicaSets, workloadResources } from './kinds.ts';
import { ControllerRevisionObject, ReplicaSetObject, Template } from './objects.ts';
import { controllerOf } from './pods.ts';
import { type ClusterSource, getWhole, listObjects } from './read.ts';
import { pullPolicyOf, restartedAtKey, secretNames } from './template.ts';
import { differences, isGenerated, isSameTemplate, WholeTemplate } from './template-differences.ts';

const Owner = z.object({ spec: z.object({ template: WholeTemplate }) });
const ReplicaSet = ReplicaSetObject.extend({ spec: z.object({ template: WholeTemplate }) });
const History = ControllerRevisionObject.extend({ data: z.object({ spec: z.object({ template: WholeTemplate }) }) });

interface Earlier {
  readonly name: string;
  readonly number: number;
  readonly createdAt: string;
  readonly template: Readonly<Record<string, unknown>>;
}

/**
 * Templates of the previous revisions, newest first. A revision with the current template is the current one, whatever
 * its number.
 */
export async function earlierTemplates(
  source: ClusterSource,
  workload: Workload,
  reading: Reading,
): Promise<Fact<readonly RevisionTemplate[]>> {
  const { kind, namespace, name } = workload.ref;
  if (kind !== 'Deployment' && kind !== 'StatefulSet' && kind !== 'DaemonSet') return known([]);
  const [owner, revisions] = await Promise.all([
    getWhole(source, { resource: workloadResources[kind], namespace, name }, Owner, reading),
    kind === 'Deployment' ? ofReplicaSets(source, workload, reading) : ofHistory(source, workload, reading),
  ]);
  if (owner.kind === 'absent') return unknown('the workload no longer exists');
  if (owner.kind === 'unknown') return unknown(owner.why, owner.missingRight);
  if (!revisions.known) return revisions;
  const present = owner.value.spec.template;
  const earlier = revisions.value
    .filter(({ template }) => !isSameTemplate(template, present))
    .sort((left, right) => right.number - left.number);
  return known(
    earlier.map((revision) => comparedWith(present, revision)),
    revisions.incomplete,
  );
}

/** One earlier revision compared with the current template. Pure. */
export function comparedWith(present: Readonly<Record<string, unknown>>, revision: Earlier): RevisionTemplate {
  const { name, number, createdAt, template } = revision;
  const spec = Template.safeParse(template).data?.spec;
  const containers = [
    ...(spec?.initContainers ?? []).map((container) => ({ type: 'init' as const, container })),
    ...(spec?.containers ?? []).map((container) => ({ type: 'main' as const, container })),
  ];
  return {
    name,
    number,
    createdAt,
    containers: containers.map(({ type, container }) => ({
      type,
      name: container.name,
      image: container.image ?? '',
      ...pullPolicyOf(container.imagePullPolicy),
    })),
    pullSecretNames: secretNames(spec?.imagePullSecrets),
    otherDifferences: differences(template, present, isSetBack),
  };
}

async function ofReplicaSets(
  source: ClusterSource,
  { ref, uid, selector }: Workload,
  reading: Reading,
): Promise<Fact<readonly Earlier[]>> {
  const where = { resource: replicaSets, namespace: ref.namespace, query: { labelSelector: selector } };
  const project = ({ metadata, spec }: z.infer<typeof ReplicaSet>): Earlier | undefined => {
    if (controllerOf(metadata.ownerReferences)?.uid !== uid) return undefined;
    const number = Number(metadata.annotations?.['deployment.kubernetes.io/revision'] ?? 0);
    const createdAt = metadata.creationTimestamp ?? '';
    return {
      name: metadata.name,
      number: Number.isSafeInteger(number) ? number : 0,
      createdAt,
      template: spec.template,
    };
  };
  return await listObjects(source, { ...where, whole: true, schema: ReplicaSet, project }, reading);
}

async function ofHistory(
  source: ClusterSource,
  { ref, uid, selector }: Workload,
  reading: Reading,
): Promise<Fact<readonly Earlier[]>> {
  const where = { resource: controllerRevisions, namespace: ref.namespace, query: { labelSelector: selector } };
  const project = ({ metadata, revision, data }: z.infer<typeof History>): Earlier | undefined => {
    if (controllerOf(metadata.ownerReferences)?.uid !== uid) return undefined;
    const createdAt = metadata.creationTimestamp ?? '';
    return { name: metadata.name, number: revision ?? 0, createdAt, template: data.spec.template };
  };
  return await listObjects(source, { ...where, whole: true, schema: History, project }, reading);
}

/** The fields that a roll-back restores (docs/rights.md#writing), and those that controllers generate. */
function isSetBack(path: string): boolean {
  return (
    isGenerated(path) ||
    path === `metadata.annotations.${restartedAtKey}` ||
    path === 'spec.imagePullSecrets' ||
    /^spec\.(?:initContainers|containers)\[[^\]]*\]\.(?:image|imagePullPolicy)$/.test(path)
  );
}
