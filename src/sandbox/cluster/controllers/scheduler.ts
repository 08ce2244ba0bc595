import { bindPod } from '../api/subresources.ts';
import { type KubeObject, records, text, timestamp, withField } from '../objects/object.ts';
import type { Change } from '../store/store.ts';
import { typeOf } from '../write/admission.ts';
import { type Controller, type ControllerContext, isActive, objectOf } from './controller.ts';
import { obstacle } from './placement.ts';

const component = 'default-scheduler';

/** Binds each pod to the suitable node with the fewest pods. Waiting pods are retried when a node changes. */
export function scheduler(context: ControllerContext): Controller {
  const { store } = context;
  const pods = typeOf(store, 'pods');
  const load = new Map<string, number>();
  const waiting = new Set<string>();
  const key = ({ metadata }: KubeObject) => `${metadata.namespace ?? ''}/${metadata.name}`;
  return {
    concerns: (change) => {
      count(load, change);
      const { object, kind } = change;
      if (object.kind === 'Node') return [...waiting];
      if (object.kind !== 'Pod') return [];
      if (kind === 'DELETED' || !awaitsNode(object)) {
        waiting.delete(key(object));
        return [];
      }
      return waiting.has(key(object)) && kind === 'MODIFIED' ? [] : [key(object)];
    },
    reconcile: (podKey) => {
      const pod = objectOf(store, pods, podKey);
      if (pod === undefined || !awaitsNode(pod)) return undefined;
      const nodes = store.list(typeOf(store, 'nodes'));
      const fitting = nodes.filter((node) => obstacle(pod, node) === undefined);
      const [best] = [...fitting].sort((a, b) => (load.get(a.metadata.name) ?? 0) - (load.get(b.metadata.name) ?? 0));
      if (best === undefined) {
        waiting.add(podKey);
        refuse(context, pod, nodes);
        return undefined;
      }
      waiting.delete(podKey);
      bindPod(store, pod, { target: { kind: 'Node', name: best.metadata.name } }, context.now());
      const message = `Successfully assigned ${podKey} to ${best.metadata.name}`;
      context.emit(pod, component, { type: 'Normal', reason: 'Scheduled', message });
      return undefined;
    },
  };
}

function awaitsNode(pod: KubeObject): boolean {
  return (
    isActive(pod) && text(pod, 'spec', 'nodeName') === '' && text(pod, 'spec', 'schedulerName') === 'default-scheduler'
  );
}

function count(load: Map<string, number>, { object, previous, kind }: Change): void {
  if (object.kind !== 'Pod') return;
  const before = text(previous, 'spec', 'nodeName');
  const after = kind === 'DELETED' ? '' : text(object, 'spec', 'nodeName');
  if (before === after) return;
  if (before !== '') load.set(before, (load.get(before) ?? 1) - 1);
  if (after !== '') load.set(after, (load.get(after) ?? 0) + 1);
}

/**
 * `0/2 nodes are available: 1 node(s) didn't match …, 1 node(s) had untolerated taint {…}.` and the matching condition.
 */
function refuse({ store, emit, now }: ControllerContext, pod: KubeObject, nodes: readonly KubeObject[]): void {
  const message = refusal(pod, nodes);
  emit(pod, component, { type: 'Warning', reason: 'FailedScheduling', message });
  const present = records(pod, 'status', 'conditions').find(({ type }) => type === 'PodScheduled');
  if (text(present, 'message') === message) return;
  const condition = {
    type: 'PodScheduled',
    status: 'False',
    reason: 'Unschedulable',
    message,
    lastProbeTime: null,
    lastTransitionTime: timestamp(now()),
  };
  store.put(typeOf(store, 'pods'), withField(pod, ['status', 'conditions'], [condition]));
}

function refusal(pod: KubeObject, nodes: readonly KubeObject[]): string {
  if (nodes.length === 0) return 'no nodes available to schedule pods';
  const reasons = new Map<string, number>();
  for (const node of nodes) {
    const reason = obstacle(pod, node) ?? '';
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  const counted = [...reasons].map(([reason, times]) => `${times} ${reason}`).sort();
  const available = `0/${nodes.length} nodes are available`;
  return `${available}: ${counted.join(', ')}. preemption: ${available}: ${nodes.length} Preemption is not helpful for scheduling.`;
}
