import { isDeepStrictEqual } from 'node:util';
import {
  controllerOf,
  fields,
  type KubeObject,
  number,
  ownerReference,
  text,
  texts,
  withField,
} from '../objects/object.ts';
import type { Change } from '../store/store.ts';
import { typeOf } from '../write/admission.ts';
import { contentHash } from '../write/random-name.ts';
import {
  type Again,
  type Controller,
  type ControllerContext,
  deleteOwned,
  isActive,
  objectOf,
  ownOrOwned,
  podsOf,
} from './controller.ts';
import { isMadeFor, isScalingEvent, replicasAnnotations, scaleAll, scaled } from './deployment-scaling.ts';
import { reportDeployment } from './deployment-status.ts';
import { allowance, replicasOf } from './deployment-strategy.ts';
import { controllerManager } from './pod-template.ts';

const component = 'deployment-controller';
const hashLabel = 'pod-template-hash';
const revisionAnnotation = 'deployment.kubernetes.io/revision';

/** Creates one ReplicaSet per template and moves the replicas to the newest one, as the strategy allows. */
export function deploymentController(context: ControllerContext): Controller {
  const type = typeOf(context.store, 'deployments', 'apps');
  return {
    concerns: (change) => [...ownOrOwned('Deployment')(change), ...ofDeletedPod(context, change)],
    reconcile: (key) => {
      const deployment = objectOf(context.store, type, key);
      if (deployment === undefined || deployment.metadata.deletionTimestamp !== undefined) return undefined;
      return reconcile(context, deployment);
    },
  };
}

/** The Recreate strategy waits until the last old pod is gone, which no ReplicaSet's status shows. */
function ofDeletedPod({ store }: ControllerContext, { kind, object }: Change): readonly string[] {
  const owner = kind === 'DELETED' && object.kind === 'Pod' ? controllerOf(object) : undefined;
  if (owner?.kind !== 'ReplicaSet') return [];
  const { namespace = '' } = object.metadata;
  const replicaSet = store.get(typeOf(store, 'replicasets', 'apps'), namespace, owner.name);
  const deployment = replicaSet === undefined ? undefined : controllerOf(replicaSet);
  return deployment?.kind === 'Deployment' ? [`${namespace}/${deployment.name}`] : [];
}

/**
 * A pause and a change of `spec.replicas` are settled first, without a ReplicaSet for a new template (`dc.sync`): the
 * status then reports the template as observed, and the next run creates its ReplicaSet.
 */
function reconcile(context: ControllerContext, deployment: KubeObject): Again {
  const paused = fields(deployment, 'spec')['paused'] === true;
  const present = replicaSetsOf(context, deployment);
  const newest = present.find((replicaSet) => sameTemplate(replicaSet, deployment));
  const isScaling = !paused && isScalingEvent(deployment, present);
  const onlyScales = paused || isScaling;
  const current = onlyScales && newest === undefined ? undefined : ensureNewest(context, deployment, present, newest);
  const all = replicaSetsOf(context, deployment);
  const old = all.filter(({ metadata }) => metadata.uid !== current?.metadata.uid);
  if (onlyScales) scaleAll({ context, deployment, scaleTo }, current, old);
  else if (current !== undefined) {
    if (text(deployment, 'spec', 'strategy', 'type') === 'Recreate') recreate(context, deployment, current, old);
    else roll(context, deployment, current, old);
    removeHistory(context, deployment, old);
  }
  return reportDeployment(context, deployment, replicaSetsOf(context, deployment), current, { isScaling });
}

function replicaSetsOf({ store }: ControllerContext, deployment: KubeObject): readonly KubeObject[] {
  const owned = store.dependents(deployment.metadata.uid).filter(({ kind }) => kind === 'ReplicaSet');
  return [...owned].sort((a, b) => revisionOf(a) - revisionOf(b));
}

function revisionOf({ metadata }: KubeObject): number {
  return Number(metadata.annotations?.[revisionAnnotation] ?? 0);
}

function sameTemplate(replicaSet: KubeObject, deployment: KubeObject): boolean {
  const template = withField(fields(replicaSet, 'spec', 'template'), ['metadata', 'labels', hashLabel], undefined);
  return isDeepStrictEqual(template, fields(deployment, 'spec', 'template'));
}

/** The ReplicaSet of the current template, created if needed and given the newest revision number. */
function ensureNewest(
  context: ControllerContext,
  deployment: KubeObject,
  present: readonly KubeObject[],
  newest: KubeObject | undefined,
): KubeObject {
  const { store, writes } = context;
  const type = typeOf(store, 'replicasets', 'apps');
  const highest = Math.max(0, ...present.filter((known) => known !== newest).map(revisionOf));
  const revision = newest !== undefined && revisionOf(newest) > highest ? revisionOf(newest) : highest + 1;
  const annotations = { ...inheritedAnnotations(deployment), [revisionAnnotation]: String(revision) };
  annotate(context, deployment, revision);
  if (newest !== undefined) {
    const merged = { ...newest.metadata.annotations, ...annotations };
    const next = { ...newest, metadata: { ...newest.metadata, annotations: merged } };
    return writes.update(type, newest, next, { manager: controllerManager });
  }
  const template = fields(deployment, 'spec', 'template');
  const hash = contentHash(template, present.length === 0 ? 0 : highest);
  const selector = fields(deployment, 'spec', 'selector');
  const body = {
    metadata: {
      name: `${deployment.metadata.name}-${hash}`,
      labels: { ...texts(template, 'metadata', 'labels'), [hashLabel]: hash },
      annotations: { ...annotations, ...replicasAnnotations(deployment) },
      ownerReferences: [ownerReference(deployment)],
    },
    spec: {
      replicas: 0,
      selector: { ...selector, matchLabels: { ...texts(selector, 'matchLabels'), [hashLabel]: hash } },
      template: withField(template, ['metadata', 'labels', hashLabel], hash),
    },
  };
  return writes.create(type, deployment.metadata.namespace ?? '', body, { manager: controllerManager });
}

function inheritedAnnotations(deployment: KubeObject): Readonly<Record<string, string>> {
  const own = [revisionAnnotation, ...Object.keys(replicasAnnotations(deployment))];
  const skipped = new Set(['kubectl.kubernetes.io/last-applied-configuration', ...own]);
  return Object.fromEntries(Object.entries(deployment.metadata.annotations ?? {}).filter(([key]) => !skipped.has(key)));
}

function annotate({ store, writes }: ControllerContext, deployment: KubeObject, revision: number): void {
  if (revisionOf(deployment) === revision) return;
  const annotations = { ...deployment.metadata.annotations, [revisionAnnotation]: String(revision) };
  const next = { ...deployment, metadata: { ...deployment.metadata, annotations } };
  writes.update(typeOf(store, 'deployments', 'apps'), deployment, next, { manager: controllerManager });
}

function sum(objects: readonly KubeObject[], value: (object: KubeObject) => number): number {
  return objects.reduce((total, object) => total + value(object), 0);
}

function availableOf(replicaSet: KubeObject): number {
  return number(replicaSet, 'status', 'availableReplicas') ?? 0;
}

function roll(
  context: ControllerContext,
  deployment: KubeObject,
  current: KubeObject,
  old: readonly KubeObject[],
): void {
  const wanted = replicasOf(deployment);
  const surge = allowance(deployment, 'maxSurge', Math.ceil);
  const unavailable = allowance(deployment, 'maxUnavailable', Math.floor) || (surge === 0 ? 1 : 0);
  const room = wanted + surge - sum(old, replicasOf) - replicasOf(current);
  const target = replicasOf(current) > wanted ? wanted : Math.min(wanted, replicasOf(current) + Math.max(0, room));
  const grown = scaleTo(context, deployment, current, target);

  const total = sum(old, replicasOf) + replicasOf(grown);
  const starting = Math.max(0, replicasOf(grown) - availableOf(grown));
  let removable = total - (wanted - unavailable) - starting;
  // Pods of old templates that aren't running anyway go first; removing them costs nothing.
  const unhealthyFirst = [...old].sort((a, b) => availableOf(a) / replicasOf(a) - availableOf(b) / replicasOf(b));
  for (const replicaSet of unhealthyFirst) {
    const removed = Math.min(Math.max(0, removable), replicasOf(replicaSet));
    if (removed > 0) scaleTo(context, deployment, replicaSet, replicasOf(replicaSet) - removed);
    removable -= removed;
  }
}

function recreate(
  context: ControllerContext,
  deployment: KubeObject,
  current: KubeObject,
  old: readonly KubeObject[],
): void {
  for (const replicaSet of old) scaleTo(context, deployment, replicaSet, 0);
  const running = old
    .flatMap((replicaSet) => podsOf(context.store, replicaSet))
    .filter((pod) => isActive(pod) || pod.metadata.deletionTimestamp !== undefined);
  if (running.length === 0) scaleTo(context, deployment, current, replicasOf(deployment));
}

function scaleTo(
  { store, writes, emit }: ControllerContext,
  deployment: KubeObject,
  replicaSet: KubeObject,
  replicas: number,
): KubeObject {
  const before = replicasOf(replicaSet);
  if (replicas < 0 || (before === replicas && isMadeFor(replicaSet, deployment))) return replicaSet;
  const type = typeOf(store, 'replicasets', 'apps');
  const written = writes.update(type, replicaSet, scaled(replicaSet, deployment, replicas), {
    manager: controllerManager,
  });
  if (before === replicas) return written;
  const direction = replicas > before ? 'up' : 'down';
  const message = `Scaled ${direction} replica set ${replicaSet.metadata.name} from ${before} to ${replicas}`;
  emit(deployment, component, { type: 'Normal', reason: 'ScalingReplicaSet', message });
  return written;
}

function removeHistory(context: ControllerContext, deployment: KubeObject, old: readonly KubeObject[]): void {
  const limit = number(deployment, 'spec', 'revisionHistoryLimit') ?? 10;
  const idle = old.filter(
    (replicaSet) => replicasOf(replicaSet) === 0 && (number(replicaSet, 'status', 'replicas') ?? 0) === 0,
  );
  for (const replicaSet of idle.slice(0, Math.max(0, idle.length - limit))) deleteOwned(context, replicaSet);
}
