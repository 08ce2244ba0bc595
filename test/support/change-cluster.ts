import type { PlanOutcome } from '../../src/flows/change/plan/plan.ts';
import type { ChangeRequest } from '../../src/model/change/change.ts';
import type { Operation } from '../../src/model/change/operation.ts';
import type { Plan } from '../../src/model/change/plan.ts';
import { isWorkload } from '../../src/model/subject/subject.ts';
import type { Applied, Applying } from '../../src/ports/changes.ts';
import type { AnyOperation } from './any-operation.ts';
import { aWorkload } from './in-memory.ts';
import { digestOf } from './probes.ts';
import { aContainer } from './snapshot.ts';

/** A Deployment of the simulated cluster; its pods follow its template at once. */
export interface Thing {
  name: string;
  uid: string;
  image: string;
  annotations: Record<string, string>;
  /** Digest that its pods run regardless of the template. */
  runs?: string;
}

export const oldImage = 'ghcr.io/acme/web:old';
export const newImage = 'ghcr.io/acme/web:new';

/** Overrides the API server's answer; undefined leaves it to the world. */
export interface ClusterScript {
  answer?: (operation: AnyOperation, how: Applying) => Applied | undefined;
}

/** The writer and the planner of a simulated cluster, whose marks work like the real ones. */
export function changeCluster({
  things,
  patches,
  attempts,
  script,
  now,
}: {
  readonly things: Map<string, Thing>;
  readonly patches: { readonly approval: string; readonly operation: Operation }[];
  readonly attempts: Operation[];
  readonly script: ClusterScript;
  readonly now: () => Date;
}) {
  const apply = async (operation: AnyOperation, how: Applying): Promise<Applied> => {
    if (!how.dryRun) attempts.push(operation);
    const scripted = script.answer?.(operation, how);
    if (scripted !== undefined) return scripted;
    if (operation.type !== 'edit-template') return { kind: 'refused', message: 'not in this world' };
    const thing = things.get(operation.target.name);
    if (thing === undefined) return { kind: 'absent', what: `${operation.target.name} is not there` };
    const { approval } = how.mark;
    const last = thing.annotations['imagecheck.dev/last-approval'];
    const earlier = thing.annotations['imagecheck.dev/earlier-approvals'] ?? '';
    if (last === approval || earlier.includes(`${approval}@`)) return { kind: 'already', marked: true };
    const [edit] = operation.edits;
    if (edit?.field !== 'image' || edit.from !== thing.image) return { kind: 'conflict', what: `it is ${thing.image}` };
    const before = thing.image;
    if (!how.dryRun) {
      thing.image = edit.to;
      thing.annotations = {
        'imagecheck.dev/last-approval': approval,
        ...(how.mark.plan === undefined ? {} : { 'imagecheck.dev/last-plan': how.mark.plan }),
        'kubernetes.io/change-cause': how.mark.changeCause,
        ...(last === undefined ? {} : { 'imagecheck.dev/earlier-approvals': `${last}@${now().toISOString()}` }),
      };
      patches.push({ approval, operation });
    }
    return { kind: 'applied', diff: `-${before}\n+${edit.to}`, before, after: edit.to };
  };

  const operationFor = (thing: Thing, to: string): AnyOperation => ({
    type: 'edit-template',
    target: { kind: 'Deployment', namespace: 'prod', name: thing.name, uid: thing.uid },
    edits: [{ field: 'image', container: { type: 'main', name: 'web' }, from: thing.image, to }],
  });

  /** Like `makePlan`: from the request and the world as it is. */
  const plan = async (request: ChangeRequest): Promise<PlanOutcome> => {
    const targets: Plan['intent']['targets'] = [];
    for (const { subject: workload, params } of request.targets) {
      if (!isWorkload(workload)) throw new Error('only workloads are changed here');
      const thing = things.get(workload.name);
      const to = typeof params.image === 'string' ? params.image : newImage;
      if (thing === undefined)
        return { kind: 'refused', why: `${workload.name} is not there.`, kubectl: ['kubectl get deploy'] };
      targets.push({
        subject: { ...workload, uid: thing.uid },
        params,
        operations: [operationFor(thing, to)],
        expects: [{ container: { type: 'main', name: 'web' }, image: to, digests: [digestOf(to)] }],
      });
    }
    const made: Plan = {
      version: 1,
      intent: { version: 1, remedy: request.remedy, remedyVersion: 1, cluster: request.cluster, risk: 'low', targets },
      targets: targets.map(() => ({
        changes: ['web:old → web:new'],
        dryRuns: [{ outcome: 'accepted', diff: `a very long diff` }],
        provenance: [],
      })),
      effects: [],
      warnings: [],
      kubectl: [],
      undo: {
        cannot: [],
        targets: targets.map(({ subject }) => ({
          operations: isWorkload(subject)
            ? [operationFor({ name: subject.name, uid: subject.uid, image: newImage, annotations: {} }, oldImage)]
            : [],
          expects: [],
        })),
      },
      leftOut: [],
      madeAt: now().toISOString(),
    };
    return { kind: 'plan', plan: made, request };
  };

  const workloadOf = (thing: Thing) =>
    aWorkload({
      workload: {
        ref: { kind: 'Deployment', namespace: 'prod', name: thing.name },
        uid: thing.uid,
        annotations: thing.annotations,
      },
      template: { containers: [aContainer({ image: thing.image })] },
    });

  return { apply, plan, workloadOf };
}
