import { describe, expect, test } from 'vitest';
import { decide } from '../../../../src/flows/change/decide/decide.ts';
import { makePlan } from '../../../../src/flows/change/plan/plan.ts';
import { requestChange } from '../../../../src/flows/change/request/request.ts';
import type { ChangeWorkDeps } from '../../../../src/flows/change/work/work.ts';
import type { RemedyId } from '../../../../src/model/change/change.ts';
import { applyOperation } from '../../../../src/operations/index.ts';
import { writerThat } from '../../../support/any-operation.ts';
import { sampleApproval } from '../../../support/approval-samples.ts';
import { changeWorld } from '../../../support/change-world.ts';
import { inRounds, memoryCluster, memoryRegistry, recorder } from '../../../support/in-memory.ts';
import { allowAll, memoryChanges, planReach } from '../../../support/planning.ts';
import { aContainer } from '../../../support/snapshot.ts';

const image = 'ghcr.io/acme/web:1';
const next = 'ghcr.io/acme/web:2';

/** An approved change of `shop/web` is executed round by round; what was asked, until the patch was. */
async function executed(remedy: RemedyId, params: Readonly<Record<string, unknown>>) {
  const world = changeWorld([]);
  const record = recorder();
  const container = aContainer({ image, pullPolicy: 'Always' });
  const cluster = memoryCluster({ template: { containers: [container] } }, record);
  const { changes } = memoryChanges();
  const asked = async <T>(what: string, answer: Promise<T>): Promise<T> => {
    record.asked.push(what);
    await record.pass();
    return answer;
  };
  const recorded: ChangeWorkDeps['changes'] & typeof changes = {
    ...changes,
    rollout: (workload, reading) => asked('rollout', changes.rollout(workload, reading)),
    budgets: (workload, reading) => asked('budgets', changes.budgets(workload, reading)),
    earlierTemplates: (workload, reading) => asked('earlier templates', changes.earlierTemplates(workload, reading)),
    identity: (ref, reading) => asked(`${ref.kind} ${ref.name}`, changes.identity(ref, reading)),
    ...writerThat((operation, how) =>
      asked(how.dryRun ? 'dry run' : 'patch', applyOperation(operation, { changes }, how)),
    ),
    event: () => asked('event', Promise.resolve({ kind: 'found', value: undefined } as const)),
  };
  const registry = memoryRegistry({ references: { [image]: image, [next]: next } }, record);
  const { reach } = planReach(cluster, {}, { registry, changes: recorded });
  const worker = world.worker({
    cluster,
    changes: recorded,
    remediation: allowAll,
    plan: (request, how) => makePlan(request, reach, how),
  });
  const at = world.now().toISOString();
  const workload = { kind: 'Deployment', namespace: 'shop', name: 'web' } as const;
  const targets = [{ subject: workload, params }];
  const wanted = sampleApproval({
    requester: 'UANA',
    requestedAt: at,
    request: { version: 1, cluster: 'dev-eu', remedy, targets, at },
  });
  await requestChange(wanted, world.bot());
  await world.run(world.jobOf(wanted, 'prepare'), worker);
  const decision = await decide(world.click(world.stored(wanted.id)), world.bot());
  if (decision.kind !== 'granted') throw new Error(JSON.stringify(decision));
  record.asked.length = 0;
  const { rounds } = await inRounds(record, () => world.run(world.jobOf(wanted, 'execute'), worker));
  expect(world.incidents).toEqual([]);
  expect(world.stored(wanted.id).state).toBe('verifying');
  const patched = rounds.findIndex((round) => round.includes('patch'));
  return { toPatch: rounds.slice(0, patched + 1), after: rounds.slice(patched + 1) };
}

const isRegistry = (what: string): boolean => /^(HEAD|GET|tags|referrers) /.test(what);

/** Of the writer, which reads before each, a dry run and a patch are two requests; here they are one. */
describe('what an execution waits for', () => {
  test.each([
    ['set-pull-policy', { policy: 'IfNotPresent' }, { cluster: 5, registry: 4 }],
    ['set-image', { image: next }, { cluster: 5, registry: 4 }],
  ] as const)('%s: from the job to the patch', async (remedy, params, longest) => {
    const { toPatch } = await executed(remedy, params);
    const registry = toPatch.filter((round) => round.some(isRegistry)).length;
    expect(toPatch.at(-1)).toEqual(['patch']);
    expect({ cluster: toPatch.length - registry, registry }).toEqual(longest);
  });

  test('the marks are read beside the plan of today', async () => {
    const { toPatch } = await executed('set-image', { image: next });
    expect(toPatch[0]).toEqual(['workload Deployment/web', 'workload Deployment/web', 'nodes']);
  });

  test('after the patch the Event, and until when it is watched', async () => {
    const { after } = await executed('set-image', { image: next });
    expect(after).toEqual([['event'], ['workload Deployment/web'], ['rollout']]);
  });
});
