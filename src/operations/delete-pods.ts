import { z } from 'zod';
import { WorkloadTarget } from '../model/change/operation.ts';
import { isPodReady, isStaying } from '../model/snapshot/pods.ts';
import type { Snapshot } from '../model/snapshot/snapshot.ts';
import { cut } from '../model/text/words.ts';
import { canonicalJson } from '../model/values/canonical.ts';
import { annotationsOfWorkload } from './parts/annotations.ts';
import { kubectl } from './parts/kubectl.ts';
import type { OperationKind } from './parts/operation-kind.ts';
import { allAtOnce } from './parts/risk.ts';

const DeletePods = z.strictObject({
  type: z.literal('delete-pods'),
  workload: WorkloadTarget.strict(),
  createdBefore: z.string(),
  /**
   * For a StatefulSet that replaces pods in order: only pods that are not Ready, do not have the current template and
   * would get it, whenever they were created. Its controller waits for them to become Ready before it replaces any.
   */
  onlyNotReady: z.literal(true).optional(),
});
export type DeletePods = z.infer<typeof DeletePods>;

/**
 * Deletes the pods of a workload that were created before a given time, so that its controller creates new ones; each
 * by its uid. Never pods without a controller: a bare pod would not come back.
 */
export const deletePods: OperationKind<DeletePods> = {
  type: 'delete-pods',
  schema: DeletePods,
  needs: 'cluster',
  judge: 'rollout',
  followsUp: true,
  touches: ({ workload }) => ({ scope: 'workload', ...workload }),
  lines: ({ createdBefore, onlyNotReady }) => [
    onlyNotReady === true
      ? 'pods of the previous template that are not Ready by then are deleted and recreated'
      : `pods created before ${cut(createdBefore, 40)} are deleted and recreated`,
  ],
  describe({ workload: { name }, createdBefore, onlyNotReady }) {
    if (onlyNotReady === true) {
      const what = `pods of ${name} that were not Ready`;
      return { before: `${what}: of the previous template`, after: `${what}: recreated` };
    }
    return { before: `pods of ${name} created before ${createdBefore}`, after: `pods of ${name}: recreated` };
  },
  commands({ onlyNotReady }, snapshot) {
    const { ref, selector } = snapshot.workload;
    if (onlyNotReady !== true) {
      const which = selector === '' ? ['pods', 'POD'] : ['pods', '-l', selector];
      return [kubectl(ref.namespace, 'delete', ...which)];
    }
    // By name: a selector cannot express which pods are not Ready.
    const names = notReadyPods(snapshot).filter((pod) => isOrdinalOf(ref.name, pod));
    return names.length === 0 ? [] : [kubectl(ref.namespace, 'delete', 'pods', ...names)];
  },
  /** Everything is known except the labels of the pods, or their ordinals. */
  isCommand({ workload: { namespace, name }, onlyNotReady }, line) {
    const start = `${kubectl(namespace, 'delete', 'pods')} `;
    if (!line.startsWith(start)) return false;
    const which = line.slice(start.length);
    if (onlyNotReady === true) return which.split(' ').every((pod) => isOrdinalOf(name, pod));
    return /^(?:POD|-l (?:[\w./-]+=[\w./=,-]*|'[\w./-]+(?:=| in )[\w./=,() -]*'))$/.test(which);
  },
  reasons: ({ onlyNotReady }) => (onlyNotReady === true ? [] : [allAtOnce]),
  isLowRiskInUndo: true,
  reverse: (operation) => ({ operations: [operation], cannot: [] }),
  isReverseOf: ({ workload }, done) => canonicalJson(workload) === canonicalJson(done.subject),
  asUndo: (operation, { at }) => ({ ...operation, createdBefore: at }),
  /** Pods remember nothing; and only the real run finds out which pods block an ordered StatefulSet. */
  trace: ({ onlyNotReady }) => (onlyNotReady === true ? 'unclear' : 'none'),
  annotations: ({ workload }, reach, reading) => annotationsOfWorkload(workload, reach, reading),
  apply: (operation, writer, how) => writer.deletePods(operation, how),
};

/** Names of the pods that are not being deleted and not Ready, as far as they could be read. */
export function notReadyPods({ pods }: Pick<Snapshot, 'pods'>): readonly string[] {
  return pods.known ? pods.value.filter((pod) => isStaying(pod) && !isPodReady(pod)).map(({ name }) => name) : [];
}

/** Whether a pod is named like those of the StatefulSet: `db-0`. */
function isOrdinalOf(statefulSet: string, pod: string): boolean {
  return pod.startsWith(`${statefulSet}-`) && /^\d+$/.test(pod.slice(statefulSet.length + 1));
}
