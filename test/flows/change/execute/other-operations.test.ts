import { afterEach, describe, expect, it } from 'vitest';
import { decide } from '../../../../src/flows/change/decide/decide.ts';
import type { ChangeWorkDeps } from '../../../../src/flows/change/work/work.ts';
import type { ApprovalState } from '../../../../src/model/approval/approval.ts';
import type { LaterMember } from '../../../../src/model/values/open-enum.ts';
import type { WorkloadRef } from '../../../../src/model/workload/workload.ts';
import { operations } from '../../../../src/operations/index.ts';
import type { OperationStanding } from '../../../../src/operations/parts/operation-kind.ts';
import { changeWorld, newImage } from '../../../support/change-world.ts';
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

describe('a step after one that takes time', () => {
  /** The Deployment is scaled, and then gets its new image. */
  function scalingFirst(...said: readonly OperationStanding[]) {
    const { world, worker } = scaling(...said);
    const made = new Set<string>();
    world.script.answer = ({ type }, { dryRun, mark }) => {
      const web = world.things.get('web');
      if (made.has(type)) return { kind: 'already', marked: true };
      if (!dryRun && web !== undefined) {
        made.add(type);
        web.annotations = { 'imagecheck.dev/last-approval': mark.approval };
        if (type === 'edit-template') web.image = newImage;
      }
      return { kind: 'applied', diff: '', before: `${type} before`, after: `${type} after` };
    };
    const plan: ChangeWorkDeps['plan'] = async (request, how) => {
      const [image, scaled] = [await world.worker().plan(request, how), await worker.plan(request, how)];
      if (image.kind !== 'plan' || scaled.kind !== 'plan') return image;
      const targets = image.plan.intent.targets.map((target, index) => ({
        ...target,
        operations: [...(scaled.plan.intent.targets[index]?.operations ?? []), ...target.operations],
      }));
      return { ...image, plan: { ...image.plan, intent: { ...image.plan.intent, targets } } };
    };
    const types = () => world.attempts.map(({ type }) => type);
    return { world, worker: world.worker({ plan }), types };
  }
  const running: OperationStanding = { kind: 'running', detail: '1 of 3' };

  it('waits for its end', async () => {
    const done: OperationStanding = { kind: 'done', detail: '3 of 3' };
    const { world, worker, types } = scalingFirst(running, { kind: 'unknown', why: 'timeout' }, running, done);
    const approved = await world.approved({}, worker);
    await world.run(world.jobOf(approved, 'execute'), worker);
    expect(types()).toEqual(['scale']);
    expect(world.stored(approved.id)).toMatchObject({
      state: 'running',
      results: [{ outcome: 'started', detail: '1 of 3' }],
    });
    await world.settle(worker);
    expect([...new Set(types())]).toEqual(['scale', 'edit-template']);
    expect(world.stored(approved.id)).toMatchObject({ state: 'done', results: [{ outcome: 'fixed' }] });
    expect(world.actions(approved.id).filter((action) => action === 'executed')).toHaveLength(1);
    expect(world.incidents).toEqual([]);
  });

  it.each<[string, OperationStanding, number, ApprovalState, RegExp]>([
    ['fails', { kind: 'failed', detail: 'no quota' }, 0, 'done', /^done: scale after; then not: no quota$/],
    ['does not end in time', running, 25 * 60_000, 'verifying', /^not continued, because the time for it was over: /],
  ])('is not done where that one %s', async (_, said, passMs, ended, told) => {
    const { world, worker, types } = scalingFirst(said);
    const approved = await world.approved({}, worker);
    await world.run(world.jobOf(approved, 'execute'), worker);
    world.pass(passMs);
    await world.settle(worker);
    expect(types()).not.toContain('edit-template');
    const { state, results } = world.stored(approved.id);
    expect({ state, said: results[0]?.note ?? results[0]?.detail }).toEqual({
      state: ended,
      said: expect.stringMatching(told),
    });
  });
});

describe('an undo that takes time', () => {
  it('is followed to its end, and what it takes back is undone', async () => {
    const done: OperationStanding = { kind: 'done', detail: '1 of 1' };
    const { world, worker } = scaling({ kind: 'running', detail: '2 of 1' }, done);
    const first = await world.approved({}, world.worker());
    await world.settle(world.worker());
    const request = { ...first.request, remedy: 'undo' as const, undoes: first.id };
    const undo = await world.approved({ id: 'VND0AAAA', request }, worker);
    await world.settle(worker);
    expect(world.stored(undo.id)).toMatchObject({
      state: 'done',
      outcome: expect.stringMatching(/^fixed in \d+ s: 1 of 1$/),
    });
    expect(world.stored(first.id).undoneBy).toBe(undo.id);
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

  it('is judged by a newer worker only: pods that are well say nothing about a step that is not known', async () => {
    const { world, worker } = scaling({ kind: 'running', detail: '1 of 3' });
    const { id } = await world.approved({}, worker);
    await world.run(world.jobOf(world.stored(id), 'execute'), worker);
    const { results } = world.stored(id);
    expect(results).toMatchObject([{ outcome: 'started' }]);
    remove();
    await world.run(world.jobOf(world.stored(id), 'verify'), world.worker());
    expect(world.stored(id)).toMatchObject({ state: 'verifying', results });
    world.pass(48 * 60 * 60_000);
    await world.run(world.jobOf(world.stored(id), 'verify'), world.worker());
    const detail = 'this version of imagecheck does not know its step "scale"';
    expect(world.stored(id)).toMatchObject({
      state: 'done',
      results: [{ outcome: 'unknown', detail }],
      outcome: expect.stringContaining(`inconclusive: ${detail}`),
    });
  });
});
