import { afterEach, describe, expect, it } from 'vitest';
import { decide } from '../../../../src/flows/change/decide/decide.ts';
import type { ChangeWorkDeps } from '../../../../src/flows/change/work/work.ts';
import type { LaterMember } from '../../../../src/model/values/open-enum.ts';
import type { WorkloadRef } from '../../../../src/model/workload/workload.ts';
import { operations } from '../../../../src/operations/index.ts';
import type { OperationStanding } from '../../../../src/operations/parts/operation-kind.ts';
import { changeWorld } from '../../../support/change-world.ts';
import { scaleKind } from '../../../support/test-operation.ts';

let remove = (): void => {};
afterEach(() => remove());

/** A world whose plans scale the Deployment, which is at work until the last of these was said. */
function scaling(...said: readonly OperationStanding[]) {
  const world = changeWorld();
  const standings = [...said];
  let last: OperationStanding = { kind: 'running', detail: 'nothing was looked at' };
  remove = operations.add(
    scaleKind(() => {
      last = standings.shift() ?? last;
      return last;
    }),
  );
  world.script.answer = (_, { dryRun, mark }) => {
    const web = world.things.get('web');
    if (web?.annotations['imagecheck.dev/last-approval'] === mark.approval) return { kind: 'already', marked: true };
    if (!dryRun && web !== undefined) web.annotations = { 'imagecheck.dev/last-approval': mark.approval };
    return { kind: 'applied', diff: '', before: 'spec.replicas: 1', after: 'spec.replicas: 3' };
  };
  const plan: ChangeWorkDeps['plan'] = async (request, how) => {
    const made = await world.worker().plan(request, how);
    if (made.kind !== 'plan') return made;
    const targets = made.plan.intent.targets.map((target) => ({
      ...target,
      operations: [{ type: 'scale', target: target.subject, to: 3 }],
    }));
    return { ...made, plan: { ...made.plan, intent: { ...made.plan.intent, targets } } };
  };
  return { world, worker: world.worker({ plan }) };
}

describe('an operation that takes time', () => {
  it('is followed from its start to its end', async () => {
    const running: OperationStanding = { kind: 'running', detail: '1 of 3' };
    const { world, worker } = scaling(running, { kind: 'unknown', why: 'timeout' }, running, {
      kind: 'done',
      detail: '3 of 3',
    });
    const { id } = await world.approved({}, worker);
    const seen = new Set<string>();
    const shown = world.shown.set.bind(world.shown);
    world.shown.set = (key, message) => {
      const { body } = message;
      if ('approval' in body) for (const { outcome } of body.approval.results) seen.add(outcome);
      return shown(key, message);
    };
    await world.settle(worker);
    expect(world.incidents).toEqual([]);
    expect(world.stored(id)).toMatchObject({
      state: 'done',
      outcome: expect.stringMatching(/^fixed in \d+ s: 3 of 3$/),
      results: [{ outcome: 'fixed', detail: '3 of 3' }],
    });
    expect([...seen]).toEqual(expect.arrayContaining(['waiting', 'started', 'fixed']));
    expect(world.attempts).toHaveLength(1);
    expect(world.actions(id)).toEqual(['requested', 'shown', 'approved', 'granted', 'started', 'executed', 'verified']);
  });

  it('tells how it failed', async () => {
    const { world, worker } = scaling({ kind: 'failed', detail: 'no quota' });
    const { id } = await world.approved({}, worker);
    await world.settle(worker);
    expect(world.stored(id)).toMatchObject({ state: 'done', results: [{ outcome: 'not-fixed', detail: 'no quota' }] });
  });
});

describe('a plan of a newer version', () => {
  it('is not executed by an older worker, which says so', async () => {
    const { world, worker } = scaling();
    const { id } = await world.approved({}, worker);
    remove();
    await world.settle(worker);
    expect(world.stored(id)).toMatchObject({
      state: 'failed',
      outcome:
        'Not executed: this version of imagecheck does not know its step "scale". A newer version made this plan.',
      remedy: expect.stringContaining('Update the worker of cluster dev-eu'),
    });
    expect(world.attempts).toEqual([]);
    expect(world.actions(id).at(-1)).toBe('failed');
  });

  it('cannot be approved at an older bot, which could not show it', async () => {
    const { world, worker } = scaling();
    const pending = await world.pending({}, worker);
    remove();
    expect(await decide(world.click(pending), world.bot())).toEqual({
      kind: 'refused',
      why: 'This plan cannot be approved here: this version of imagecheck does not know its step "scale". A newer version made it.',
      remedy: 'Update imagecheck, then ask again.',
    });
    expect(world.stored(pending.id).state).toBe('pending');
  });

  it('of a risk that is not known is approved by nobody', async () => {
    const world = changeWorld();
    const plan: ChangeWorkDeps['plan'] = async (request, how) => {
      const made = await world.worker().plan(request, how);
      if (made.kind !== 'plan') return made;
      return { ...made, plan: { ...made.plan, intent: { ...made.plan.intent, risk: 'dire' as LaterMember } } };
    };
    const pending = await world.pending({}, world.worker({ plan }));
    expect(await decide(world.click(pending), world.bot())).toMatchObject({
      kind: 'refused',
      why: 'This plan cannot be approved here: this version of imagecheck does not know its risk "dire". A newer version made it.',
    });
    expect(world.stored(pending.id).state).toBe('pending');
  });

  it('with an outcome that is not known is left to a newer worker, as long as there is time', async () => {
    const world = changeWorld();
    const { id } = await world.approved();
    const [first] = world.stored(id).plan?.intent.targets ?? [];
    if (first === undefined) throw new Error('there is no target');
    const { kind, namespace, name } = first.subject as WorkloadRef;
    const results = [{ subject: { kind, namespace, name }, outcome: 'paused' as LaterMember }];
    const running = { ...world.stored(id), state: 'running' as const, results };
    await world.records.approvals.change(running, { audit: [] });
    await world.run(world.jobOf(running, 'execute'), world.worker());
    expect(world.stored(id)).toMatchObject({ state: 'running', results });
    world.pass(60 * 60_000);
    await world.run(world.jobOf(running, 'execute'), world.worker());
    expect(world.stored(id)).toMatchObject({
      state: 'failed',
      outcome: expect.stringContaining('an outcome this version does not know: paused'),
    });
    expect(world.attempts).toEqual([]);
  });

  it('is watched for the same reason by a newer worker only, and keeps what that one said', async () => {
    const world = changeWorld();
    const { id } = await world.approved();
    const [first] = world.stored(id).plan?.intent.targets ?? [];
    if (first === undefined) throw new Error('there is no target');
    const { kind, namespace, name } = first.subject as WorkloadRef;
    const results = [{ subject: { kind, namespace, name }, outcome: 'paused' as LaterMember }];
    const verifying = {
      ...world.stored(id),
      state: 'verifying' as const,
      startedAt: world.now().toISOString(),
      results,
    };
    await world.records.approvals.change(verifying, { audit: [] });
    await world.run(world.jobOf(verifying, 'verify'), world.worker());
    expect(world.stored(id)).toMatchObject({ state: 'verifying', results });
    world.pass(48 * 60 * 60_000);
    await world.run(world.jobOf(verifying, 'verify'), world.worker());
    expect(world.stored(id)).toMatchObject({ state: 'done', results });
    expect(world.stored(id).outcome).not.toContain('fixed');
  });
});
