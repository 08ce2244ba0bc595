import { fields, type KubeObject, number, records, text } from '../objects/object.ts';
import type { Change } from '../store/store.ts';
import { typeOf } from '../write/admission.ts';
import {
  type Controller,
  type ControllerContext,
  deleteOwned,
  isActive,
  isReady,
  objectOf,
  ownOrOwned,
  podsOf,
  writeStatus,
} from './controller.ts';
import { obstacle } from './placement.ts';
import { controllerManager, createPod } from './pod-template.ts';
import { ensureRevision, revisionHash, revisionLabel } from './revisions.ts';

const component = 'daemonset-controller';
const tolerated = ['not-ready', 'unreachable', 'disk-pressure', 'memory-pressure', 'pid-pressure', 'unschedulable'];

/** Runs one pod on every suitable node. */
export function daemonSetController(context: ControllerContext): Controller {
  const { store } = context;
  const type = typeOf(store, 'daemonsets', 'apps');
  const own = ownOrOwned('DaemonSet');
  return {
    concerns: (change: Change) => {
      if (change.object.kind !== 'Node' || (change.kind === 'MODIFIED' && sameTaints(change))) return own(change);
      return store.list(type).map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`);
    },
    reconcile: (key) => {
      const daemonSet = objectOf(store, type, key);
      if (daemonSet === undefined || daemonSet.metadata.deletionTimestamp !== undefined) return undefined;
      reconcile(context, daemonSet);
      return undefined;
    },
  };
}

function sameTaints({ object, previous }: Change): boolean {
  const placing = (node: unknown) => JSON.stringify([fields(node, 'spec'), fields(node, 'metadata', 'labels')]);
  return placing(object) === placing(previous);
}

function reconcile(context: ControllerContext, daemonSet: KubeObject): void {
  const hash = revisionHash(ensureRevision(context, daemonSet));
  const template = fields(daemonSet, 'spec', 'template');
  const spec = { ...fields(template, 'spec'), tolerations: tolerations(daemonSet) };
  const nodes = context.store
    .list(typeOf(context.store, 'nodes'))
    .filter((node) => obstacle({ spec }, node) === undefined);
  const names = new Set(nodes.map(({ metadata }) => metadata.name));
  const pods = podsOf(context.store, daemonSet);
  const active = pods.filter(isActive);
  for (const pod of active) if (!names.has(nodeOf(pod))) deleteOwned(context, pod);
  replaceOld(context, daemonSet, active, hash);
  const covered = new Set(podsOf(context.store, daemonSet).filter(isActive).map(nodeOf));
  for (const name of names) {
    if (!covered.has(name))
      createPod(context, daemonSet, component, {
        labels: { [revisionLabel]: hash },
        spec: { ...spec, affinity: onNode(name) },
      });
  }
  report(context, daemonSet, names.size, hash);
}

/** The node a pod is on, or is intended for before the scheduler has bound it. */
function nodeOf(pod: KubeObject): string {
  const required = fields(pod, 'spec', 'affinity', 'nodeAffinity', 'requiredDuringSchedulingIgnoredDuringExecution');
  const [term] = records(required, 'nodeSelectorTerms');
  const meant = records(term, 'matchFields')[0]?.['values'];
  return text(pod, 'spec', 'nodeName') || (Array.isArray(meant) ? String(meant[0]) : '');
}

function onNode(name: string) {
  const matchFields = [{ key: 'metadata.name', operator: 'In', values: [name] }];
  return { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields }] } } };
}

function tolerations(daemonSet: KubeObject) {
  const own = records(daemonSet, 'spec', 'template', 'spec', 'tolerations');
  const added = tolerated.map((name) => ({
    key: `node.kubernetes.io/${name}`,
    operator: 'Exists',
    effect: name === 'not-ready' || name === 'unreachable' ? 'NoExecute' : 'NoSchedule',
  }));
  return [...own, ...added];
}

function replaceOld(
  context: ControllerContext,
  daemonSet: KubeObject,
  active: readonly KubeObject[],
  hash: string,
): void {
  const strategy = fields(daemonSet, 'spec', 'updateStrategy');
  if (text(strategy, 'type') === 'OnDelete') return;
  const old = active.filter(({ metadata }) => metadata.labels?.[revisionLabel] !== hash);
  const unavailable = active.filter((pod) => !isReady(pod) && !old.includes(pod)).length;
  const allowed = Math.max(1, number(strategy, 'rollingUpdate', 'maxUnavailable') ?? 1) - unavailable;
  const broken = old.filter((pod) => !isReady(pod));
  const healthy = old.filter(isReady).slice(0, Math.max(0, allowed - broken.length));
  for (const pod of [...broken, ...healthy]) deleteOwned(context, pod);
}

function report(context: ControllerContext, daemonSet: KubeObject, desired: number, hash: string): void {
  const active = podsOf(context.store, daemonSet).filter(isActive);
  const ready = active.filter(isReady).length;
  writeStatus(context, controllerManager, daemonSet, {
    currentNumberScheduled: active.length,
    numberMisscheduled: 0,
    desiredNumberScheduled: desired,
    numberReady: ready,
    numberAvailable: ready,
    numberUnavailable: desired - ready,
    updatedNumberScheduled: active.filter(({ metadata }) => metadata.labels?.[revisionLabel] === hash).length,
    observedGeneration: daemonSet.metadata.generation ?? 1,
  });
}
