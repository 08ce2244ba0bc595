import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { type Fact, known, unknown } from '../model/fact.ts';
import type { RevisionTemplate } from '../model/rollout.ts';
import type { Workload } from '../model/workload.ts';
import type { Reading } from '../ports.ts';
import { controllerRevisions, replicaSets, workloadResources } from './kinds.ts';
import { ControllerRevisionObject, ReplicaSetObject, Template } from './objects.ts';
import { controllerOf } from './pods.ts';
import { type ClusterSource, getObject, listObjects } from './read.ts';
import { pullPolicyOf, restartedAtKey, secretNames } from './template.ts';

/** The template whole, for the comparison. */
const Whole = z.record(z.string(), z.unknown());
const Owner = z.object({ spec: z.object({ template: Whole }) });
const ReplicaSet = ReplicaSetObject.extend({ spec: z.object({ template: Whole }) });
const History = ControllerRevisionObject.extend({ data: z.object({ spec: z.object({ template: Whole }) }) });

interface Earlier {
  readonly name: string;
  readonly number: number;
  readonly createdAt: string;
  readonly template: Readonly<Record<string, unknown>>;
}

/**
 * Templates of the revisions before the present one, newest first. A revision whose template is the present one's is the
 * present one, wherever the controller counts it.
 */
export async function earlierTemplates(
  source: ClusterSource,
  workload: Workload,
  reading: Reading,
): Promise<Fact<readonly RevisionTemplate[]>> {
  const { kind, namespace, name } = workload.ref;
  if (kind !== 'Deployment' && kind !== 'StatefulSet' && kind !== 'DaemonSet') return known([]);
  const [owner, revisions] = await Promise.all([
    getObject(source, { resource: workloadResources[kind], namespace, name }, Owner, reading),
    kind === 'Deployment' ? ofReplicaSets(source, workload, reading) : ofHistory(source, workload, reading),
  ]);
  if (owner.kind === 'absent') return unknown('the workload is not there any more');
  if (owner.kind === 'unknown') return unknown(owner.why, owner.missingRight);
  if (!revisions.known) return revisions;
  const present = owner.value.spec.template;
  const earlier = revisions.value
    .filter(({ template }) => differences(template, present, isGenerated).length > 0)
    .sort((left, right) => right.number - left.number);
  return known(
    earlier.map((revision) => comparedWith(present, revision)),
    revisions.incomplete,
  );
}

/** One earlier revision next to the present template. Pure. */
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
  return await listObjects(source, { ...where, schema: ReplicaSet, project }, reading);
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
  return await listObjects(source, { ...where, schema: History, project }, reading);
}

/** What the controllers themselves put into a template, or leave there. */
function isGenerated(path: string): boolean {
  return path === 'metadata.labels.pod-template-hash' || path === 'metadata.creationTimestamp' || path === '$patch';
}

/** What a roll-back sets back (design section 9), beside what is generated. */
function isSetBack(path: string): boolean {
  return (
    isGenerated(path) ||
    path === `metadata.annotations.${restartedAtKey}` ||
    path === 'spec.imagePullSecrets' ||
    /^spec\.(?:initContainers|containers)\[[^\]]*\]\.(?:image|imagePullPolicy)$/.test(path)
  );
}

/** Paths at which two templates differ; containers are compared by name. Empty and absent are alike. */
function differences(
  left: unknown,
  right: unknown,
  isIgnored: (path: string) => boolean,
  path = '',
): readonly string[] {
  if (isDeepStrictEqual(left, right) || isIgnored(path) || (isEmpty(left) && isEmpty(right))) return [];
  const isList = /(?:^|\.)(?:initContainers|containers)$/.test(path);
  const one = isList ? byName(left) : fieldsOf(left);
  const other = isList ? byName(right) : fieldsOf(right);
  if (one === undefined || other === undefined) return [path === '' ? 'template' : path];
  const order = isList && !isDeepStrictEqual(Object.keys(one), Object.keys(other)) ? [`order of ${path}`] : [];
  const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  const isSameSet = keys.length === Object.keys(one).length && keys.length === Object.keys(other).length;
  const below = keys.flatMap((key) => {
    const at = isList ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
    return isList && !(Object.hasOwn(one, key) && Object.hasOwn(other, key))
      ? [at]
      : differences(one[key], other[key], isIgnored, at);
  });
  return [...(isSameSet ? order : []), ...below];
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0);
}

/** An absent map is an empty one. */
function fieldsOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (value === undefined || value === null) return {};
  return Array.isArray(value) ? undefined : Whole.safeParse(value).data;
}

const NamedList = z.array(z.looseObject({ name: z.string() }));

function byName(value: unknown): Readonly<Record<string, unknown>> | undefined {
  const list = NamedList.safeParse(value ?? []).data;
  return list === undefined ? undefined : Object.fromEntries(list.map((entry) => [entry.name, entry]));
}
