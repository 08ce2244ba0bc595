import { z } from 'zod';
import type { Rollout } from '../../model/change/rollout.ts';
import { foreignList, foreignRecord } from '../../model/values/foreign.ts';
import type { Workload, WorkloadKind } from '../../model/workload/workload.ts';
import type { Lookup, Reading } from '../../ports/cluster.ts';
import { controllerRevisions, replicaSets, workloadResources } from './kinds.ts';
import { controllerRevisionOf, replicaSetOf } from './made-revision.ts';
import { ControllerRevisionObject, ReplicaSetObject } from './objects.ts';
import { conditionsOf, controllerOf } from './pods.ts';
import { type ClusterSource, getWhole, listObjects } from './read.ts';
import { WholeTemplate } from './template-differences.ts';

const count = z.number().nullish();
const IntOrPercent = z.union([z.number(), z.string()]).nullish();
const RollingUpdate = z.object({ maxUnavailable: IntOrPercent, maxSurge: IntOrPercent, partition: count }).nullish();
const Strategy = z.object({ type: z.string().nullish(), rollingUpdate: RollingUpdate }).nullish();

/** The fields of all six kinds that show the progress of a rollout; each kind uses its own. */
const RolloutObject = z.object({
  metadata: z.object({
    name: z.string(),
    uid: z.string(),
    generation: count,
    annotations: foreignRecord(z.string()).nullish(),
  }),
  spec: z
    .object({
      replicas: count,
      parallelism: count,
      paused: z.boolean().nullish(),
      suspend: z.boolean().nullish(),
      strategy: Strategy,
      updateStrategy: Strategy,
      progressDeadlineSeconds: count,
      minReadySeconds: count,
      podManagementPolicy: z.string().nullish(),
      template: WholeTemplate.nullish(),
    })
    .nullish(),
  status: z
    .object({
      observedGeneration: count,
      replicas: count,
      updatedReplicas: count,
      readyReplicas: count,
      availableReplicas: count,
      updateRevision: z.string().nullish(),
      desiredNumberScheduled: count,
      currentNumberScheduled: count,
      updatedNumberScheduled: count,
      numberReady: count,
      numberAvailable: count,
      active: z.union([z.number(), foreignList(z.unknown())]).nullish(),
      ready: count,
      conditions: foreignList(
        z.object({
          type: z.string(),
          status: z.string(),
          reason: z.string().nullish(),
          message: z.string().nullish(),
        }),
      ).nullish(),
    })
    .nullish(),
});
type RolloutObject = z.infer<typeof RolloutObject>;

/** How a workload replaces its pods, and its progress. */
export async function rolloutOf(source: ClusterSource, workload: Workload, reading: Reading): Promise<Lookup<Rollout>> {
  const { kind, namespace, name } = workload.ref;
  const where = { resource: workloadResources[kind], namespace, name };
  const found = await getWhole(source, where, RolloutObject, reading);
  if (found.kind !== 'found') return found;
  const object = found.value;
  const revision = await revisionOf(source, workload, object, reading);
  const value = { ...numbersOf(kind, object), ...revision };
  return { kind: 'found', value };
}

/** Everything but the revision. Pure. */
export function numbersOf(kind: WorkloadKind, object: RolloutObject): Rollout {
  const { metadata, spec, status } = object;
  const counts = countsOf(kind, object);
  const deadline = kind === 'Deployment' ? spec?.progressDeadlineSeconds : undefined;
  const generation = metadata.generation ?? 0;
  return {
    uid: metadata.uid,
    generation,
    // A kind without this field is always up to date.
    observedGeneration: status?.observedGeneration ?? (isRolledOut(kind) ? 0 : generation),
    ...counts,
    paused: spec?.paused === true || spec?.suspend === true,
    ...strategyOf(kind, object, counts.desired),
    ...(kind === 'StatefulSet' && spec?.podManagementPolicy !== 'Parallel' ? { ordered: true as const } : {}),
    ...(deadline == null ? {} : { progressDeadlineSeconds: deadline }),
    minReadySeconds: spec?.minReadySeconds ?? 0,
    conditions: conditionsOf(status),
  };
}

function isRolledOut(kind: WorkloadKind): boolean {
  return kind === 'Deployment' || kind === 'StatefulSet' || kind === 'DaemonSet';
}

type Counts = Pick<Rollout, 'desired' | 'updated' | 'ready' | 'available' | 'total'>;

function countsOf(kind: WorkloadKind, { spec, status }: RolloutObject): Counts {
  switch (kind) {
    case 'Deployment':
    case 'StatefulSet':
      return {
        desired: spec?.replicas ?? 1,
        updated: status?.updatedReplicas ?? 0,
        ready: status?.readyReplicas ?? 0,
        available: status?.availableReplicas ?? 0,
        total: status?.replicas ?? 0,
      };
    case 'DaemonSet':
      return {
        desired: status?.desiredNumberScheduled ?? 0,
        updated: status?.updatedNumberScheduled ?? 0,
        ready: status?.numberReady ?? 0,
        available: status?.numberAvailable ?? 0,
        total: status?.currentNumberScheduled ?? 0,
      };
    case 'Job': {
      const active = typeof status?.active === 'number' ? status.active : 0;
      const ready = status?.ready ?? 0;
      return { desired: spec?.parallelism ?? 1, updated: active, ready, available: ready, total: active };
    }
    case 'CronJob':
      return { desired: 0, updated: 0, ready: 0, available: 0, total: 0 };
    case 'Pod': {
      const isReady = (status?.conditions ?? []).some(
        ({ type, status: value }) => type === 'Ready' && value === 'True',
      );
      const ready = isReady ? 1 : 0;
      return { desired: 1, updated: 1, ready, available: ready, total: 1 };
    }
    default:
      return kind satisfies never;
  }
}

type Replacing = Pick<Rollout, 'strategy' | 'maxUnavailable' | 'maxSurge' | 'partition'>;

/**
 * Percentages as the controllers round them: a Deployment's surge up and unavailable down, never both zero
 * (`ResolveFenceposts`); a DaemonSet's both up; a StatefulSet's down, at least one (`getStatefulSetMaxUnavailable`).
 */
function strategyOf(kind: WorkloadKind, { spec }: RolloutObject, desired: number): Replacing {
  const none = { maxUnavailable: 0, maxSurge: 0, partition: 0 };
  if (!isRolledOut(kind)) return { strategy: 'none', ...none };
  const given = spec?.updateStrategy ?? spec?.strategy;
  if (given?.type === 'OnDelete' || given?.type === 'Recreate') return { strategy: given.type, ...none };
  const rolling = given?.rollingUpdate;
  const strategy = 'RollingUpdate';
  if (kind === 'StatefulSet') {
    const maxUnavailable = Math.max(1, pods(rolling?.maxUnavailable ?? 1, desired, 'down'));
    return { strategy, maxUnavailable, maxSurge: 0, partition: rolling?.partition ?? 0 };
  }
  if (kind === 'DaemonSet') {
    const maxUnavailable = pods(rolling?.maxUnavailable ?? 1, desired, 'up');
    const maxSurge = pods(rolling?.maxSurge ?? 0, desired, 'up');
    return { strategy, maxUnavailable, maxSurge, partition: 0 };
  }
  const maxSurge = pods(rolling?.maxSurge ?? '25%', desired, 'up');
  const maxUnavailable = Math.min(desired, pods(rolling?.maxUnavailable ?? '25%', desired, 'down'));
  const stuck = maxSurge === 0 && maxUnavailable === 0;
  return { strategy, maxUnavailable: stuck ? 1 : maxUnavailable, maxSurge, partition: 0 };
}

function pods(value: number | string, total: number, round: 'up' | 'down'): number {
  if (typeof value === 'number') return value;
  const [, percent] = /^(\d{1,9})%$/.exec(value) ?? [];
  if (percent === undefined) return 0;
  const exact = (Number(percent) * total) / 100;
  return round === 'up' ? Math.ceil(exact) : Math.floor(exact);
}

type Revision = Pick<Rollout, 'revision' | 'revisionUnread' | 'unmade'>;

const Templated = z.object({ template: WholeTemplate.nullish() }).nullish();
const ReplicaSet = ReplicaSetObject.extend({ spec: Templated });
const History = ControllerRevisionObject.extend({ data: z.object({ spec: Templated }).nullish() });
const revisionKey = 'deployment.kubernetes.io/revision';

/**
 * The label of new pods; undefined while the controller has created no revision, and the reason if it cannot be read.
 */
async function revisionOf(
  source: ClusterSource,
  { ref, uid, selector }: Workload,
  { metadata, spec, status }: RolloutObject,
  reading: Reading,
): Promise<Revision> {
  const { kind, namespace } = ref;
  if (kind === 'StatefulSet') return status?.updateRevision == null ? {} : { revision: status.updateRevision };
  if (kind !== 'Deployment' && kind !== 'DaemonSet') return {};
  // Templates are compared as they are.
  const where = { namespace, query: { labelSelector: selector }, whole: true };
  const template = spec?.template ?? undefined;
  const made = (object: Pick<z.infer<typeof ReplicaSet>, 'metadata' | 'spec'>, number: number) =>
    controllerOf(object.metadata.ownerReferences)?.uid === uid
      ? {
          name: object.metadata.name,
          number,
          createdAt: object.metadata.creationTimestamp ?? '',
          template: object.spec?.template ?? undefined,
        }
      : undefined;
  if (kind === 'DaemonSet') {
    const project = (object: z.infer<typeof History>) =>
      made({ metadata: object.metadata, spec: object.data?.spec }, object.revision ?? 0);
    const history = { ...where, resource: controllerRevisions, schema: History, project };
    const fact = await listObjects(source, history, reading);
    return fact.known ? controllerRevisionOf(fact.value, template) : { revisionUnread: fact.why };
  }
  const project = (object: z.infer<typeof ReplicaSet>) =>
    made(object, Number(object.metadata.annotations?.[revisionKey] ?? 0));
  const fact = await listObjects(source, { ...where, resource: replicaSets, schema: ReplicaSet, project }, reading);
  if (!fact.known) return { revisionUnread: fact.why };
  const number = metadata.annotations?.[revisionKey];
  return replicaSetOf(fact.value, { template, number, updated: status?.updatedReplicas ?? 0 });
}
