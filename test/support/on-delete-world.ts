import type { PlanOutcome } from '../../src/flows/change/plan/plan.ts';
import { requestChange } from '../../src/flows/change/request/request.ts';
import type { ChangeWorkDeps } from '../../src/flows/change/work/work.ts';
import type { Approval } from '../../src/model/approval/approval.ts';
import type { ChangeRequest } from '../../src/model/change/change.ts';
import type { Pod } from '../../src/model/snapshot/snapshot.ts';
import { known } from '../../src/model/values/fact.ts';
import type { Applied, Applying } from '../../src/ports/changes.ts';
import type { AnyOperation } from './any-operation.ts';
import { sampleApproval } from './approval-samples.ts';
import { changeWorld } from './change-world.ts';
import { aWorkload } from './in-memory.ts';
import { digestOf } from './probes.ts';
import { aWorld, planOf } from './remedy-world.ts';
import { aRollout } from './rollout.ts';
import { aContainer, aPod, aState } from './snapshot.ts';

const image = 'ghcr.io/acme/web:latest';
const container = aContainer({ image, pullPolicy: 'Always' });
const ref = { kind: 'StatefulSet' as const, namespace: 'prod', name: 'web' };
const uid = 'uid-web';
const desired = 3;

/**
 * A StatefulSet with the strategy OnDelete and policy Always, of three pods that run its tag's previous image; the plan
 * is the one that force-repull makes. `mayDelete` says how many more pods are deleted before the process dies.
 */
export function onDeleteWorld() {
  const world = changeWorld(['web']);
  const bornBefore = new Date(world.now().getTime() - 86_400_000).toISOString();
  const first = { revision: 'web-1', annotations: {} as Record<string, string> };
  const state = { ...first, pods: [] as Pod[], deleted: [] as string[], mayDelete: Number.POSITIVE_INFINITY };
  const podOf = (name: string, word: string, createdAt: string): Pod =>
    aPod([aState(container, { imageId: `ghcr.io/acme/web@${digestOf(word)}` })], {
      name,
      uid: `${name}-${createdAt}`,
      revision: state.revision,
      createdAt,
    });
  state.pods = Array.from({ length: desired }, (_, index) => podOf(`web-${index}`, 'old', bornBefore));

  const template = { containers: [container] };
  const workload = () => aWorkload({ workload: { ref, uid, annotations: state.annotations, desired }, template });
  const rollout = () => aRollout({ uid, strategy: 'OnDelete', desired, revision: state.revision });

  const deletePods = (createdBefore: string, dryRun: boolean): Applied => {
    const old = state.pods.filter(({ createdAt }) => createdAt < createdBefore);
    if (old.length === 0) return { kind: 'already', marked: false };
    for (const pod of dryRun ? [] : old) {
      if (state.mayDelete === 0) throw new Error('killed');
      state.mayDelete -= 1;
      state.deleted.push(pod.uid);
      const next = podOf(pod.name, 'new', world.now().toISOString());
      state.pods = state.pods.map((one) => (one === pod ? next : one));
    }
    const before = `pods: ${old.map(({ name }) => name).join(', ')}`;
    return { kind: 'applied', diff: '', before, after: 'pods: recreated' };
  };
  const restart = (to: string, { mark, dryRun }: Applying): Applied => {
    if (state.annotations['imagecheck.dev/last-approval'] === mark.approval) return { kind: 'already', marked: true };
    if (!dryRun) {
      state.annotations = { 'imagecheck.dev/last-approval': mark.approval };
      state.revision = 'web-2';
    }
    return { kind: 'applied', diff: '', before: 'restartedAt: (none)', after: `restartedAt: ${to}` };
  };
  world.script.answer = (operation: AnyOperation, how: Applying) => {
    if (operation.type === 'delete-pods') return deletePods(operation.createdBefore, how.dryRun);
    const edit = operation.type === 'edit-template' ? operation.edits[0] : undefined;
    return edit?.field === 'restartedAt' ? restart(edit.to, how) : undefined;
  };

  const plan = async (request: ChangeRequest): Promise<PlanOutcome> => {
    const story = {
      workload: { ref, uid },
      containers: [container],
      pods: known(state.pods),
    };
    const made = planOf(
      'force-repull',
      {},
      aWorld({ story, images: { [image]: 'new' }, rollout: rollout(), at: request.at }),
    );
    if (made.kind === 'refused') return made;
    const target = {
      subject: { ...ref, uid },
      params: {},
      operations: [...made.operations],
      expects: [...made.expects],
    };
    const { cluster, remedy } = request;
    const intent = { version: 1 as const, remedy, remedyVersion: 1, cluster, risk: made.risk, targets: [target] };
    const rest = { effects: [], warnings: [], kubectl: [], leftOut: [], madeAt: world.now().toISOString() };
    const undo = { cannot: [], targets: [{ operations: [], expects: [] }] };
    const targets = [{ changes: [], dryRuns: [], provenance: [] }];
    return { kind: 'plan', request, plan: { version: 1, intent, targets, undo, ...rest } };
  };

  const worker = (over: Partial<ChangeWorkDeps> = {}): ChangeWorkDeps => {
    const usual = world.worker(over);
    return {
      ...usual,
      plan,
      remediation: { remedies: ['force-repull'], namespaces: ['*'], images: ['*'] },
      cluster: {
        workload: async () => ({ kind: 'found', value: workload() }),
        pods: async () => known(state.pods),
      },
      changes: { ...usual.changes, rollout: async () => ({ kind: 'found', value: rollout() }) },
    };
  };

  /** As far as `approved`. */
  const approved = async (): Promise<Approval> => {
    const at = world.now().toISOString();
    const targets = [{ subject: ref, params: {} }];
    const request = { version: 1 as const, cluster: 'dev-eu', remedy: 'force-repull' as const, targets, at };
    const asked = sampleApproval({ requester: 'UANA', requestedAt: at, request });
    await requestChange(asked, world.bot());
    const job = world.jobs.shift();
    if (job === undefined) throw new Error('nothing was queued');
    await world.run(job, worker());
    return world.granted(asked.id);
  };
  return { world, state, worker, approved };
}
