import { describe, expect, it } from 'vitest';
import { historyOf } from '../../../src/flows/audit/history.ts';
import { undoTargets } from '../../../src/flows/change/plan/undo.ts';
import type { Approval } from '../../../src/model/approval/approval.ts';
import { undone } from '../../../src/model/approval/approval-step.ts';
import { drawHistory } from '../../../src/slack/views/change-lists.ts';
import { drawResult } from '../../../src/slack/views/result.ts';
import { type ChangeWorld, changeWorld, oldImage } from '../../support/change-world.ts';

const third = 'ghcr.io/acme/web:third';

/** Asks for another change of the one workload, and lets UCARL approve and a worker execute it. */
async function alsoDone(world: ChangeWorld, id: string, request: Partial<Approval['request']>): Promise<void> {
  const at = world.now().toISOString();
  const targets = [{ subject: { kind: 'Deployment' as const, namespace: 'prod', name: 'web' }, params: {} }];
  const whole = { version: 1 as const, cluster: 'dev-eu', remedy: 'set-image' as const, targets, at, ...request };
  await world.approved({ id, request: whole });
  const job = world.jobs.find(({ name, data }) => name === 'execute' && data.approval === id);
  if (job === undefined) throw new Error('nothing to execute');
  await world.run(job, world.worker());
  world.jobs.splice(0);
}

/** The first change, executed and not looked at yet. */
async function beingWatched(world: ChangeWorld): Promise<Approval> {
  const first = await world.approved({ id: 'F1RSTAAA' });
  const job = world.jobs.shift();
  if (job === undefined) throw new Error('nothing to execute');
  await world.run(job, world.worker());
  world.jobs.splice(0);
  world.pass(2000);
  return world.stored(first.id);
}

const targetsOf = (image: string) => [
  { subject: { kind: 'Deployment' as const, namespace: 'prod', name: 'web' }, params: { image } },
];

describe('a change that another one replaced while it was watched', () => {
  it('names it and who approved it, and blames nobody', async () => {
    const world = changeWorld();
    const { id } = await beingWatched(world);
    await alsoDone(world, 'SEC0ND11', { targets: targetsOf(third) });
    const diagnosed: unknown[] = [];
    const worker = world.worker({
      diagnose: async (target) => {
        diagnosed.push(target);
        return { kind: 'absent', certain: true, message: 'not here', near: [] };
      },
    });
    await world.run(world.jobOf(world.stored(id), 'verify'), worker);
    const words = `replaced by plan SEC0ND11 (set-image, approved by @UBEN) before it was known whether it helped: web is set to ${third}`;
    expect(world.stored(id)).toMatchObject({
      state: 'done',
      results: [{ outcome: 'unknown', detail: words, replacedBy: { approval: 'SEC0ND11', approvers: ['UBEN'] } }],
      outcome: expect.stringContaining(words),
    });
    expect(diagnosed).toEqual([]);
    expect(world.stored(id).results[0]?.reportId).toBeUndefined();

    const drawn = JSON.stringify(drawResult(world.stored(id)).blocks);
    expect(drawn).toContain('REPLACED BY PLAN SEC0ND11');
    expect(drawn).toContain('approved by <@UBEN>');
    expect(drawn).toContain('undo that one first');
    expect(drawn).not.toContain('Show what’s wrong');
    expect(drawn).not.toContain('Undo…');

    const noted = world.stored(id).results.map((result) => ({ ...result, note: 'no Kubernetes Event was written' }));
    const withNote = JSON.stringify(drawResult({ ...world.stored(id), results: noted }).blocks);
    expect(withNote).toContain('_no Kubernetes Event was written_');

    const verified = world.records.events().find((event) => event.approval === id && event.action === 'verified');
    expect(verified?.detail).toContain(words);
    const history = await historyOf('T1', { limit: 50 }, world.records.audit);
    expect(JSON.stringify(drawHistory(history, 'prod').blocks)).toContain('replaced by plan SEC0ND11');

    await world.settle();
    expect(world.stored('SEC0ND11')).toMatchObject({ state: 'done', results: [{ outcome: 'fixed' }] });
  });

  it('says so of an undo, which need not wait for the end of a rollout that goes wrong', async () => {
    const world = changeWorld();
    const first = await beingWatched(world);
    const at = world.now().toISOString();
    const back = { remedy: 'undo' as const, undoes: first.id, at };
    expect(undoTargets({ cluster: 'dev-eu', ...back }, first, 'VND0AAAA')).toMatchObject({
      kind: 'targets',
      targets: [{ workload: { name: 'web' } }],
    });
    await alsoDone(world, 'VND0AAAA', { ...back, targets: targetsOf(oldImage) });
    await world.settle();
    expect(world.stored(first.id)).toMatchObject({
      state: 'done',
      undoneBy: 'VND0AAAA',
      results: [{ outcome: 'unknown', undoneBy: 'VND0AAAA', replacedBy: { isUndo: true } }],
      outcome: expect.stringMatching(/^undone by plan VND0AAAA \(undo, approved by @UBEN\) before it was known/),
    });
    const drawn = JSON.stringify(drawResult(world.stored(first.id)).blocks);
    expect(drawn).toContain('UNDONE BY PLAN VND0AAAA');
    expect(drawn).not.toContain('Undo…');
    expect(world.stored('VND0AAAA')).toMatchObject({ results: [{ outcome: 'fixed' }] });
  });

  it('is told and recorded once where the undo comes between the last look and its record', async () => {
    const world = changeWorld();
    const { id } = await beingWatched(world);
    const web = world.things.get('web');
    if (web !== undefined) web.image = third;
    const { approvals } = world.records;
    const change: typeof approvals.change = async (next, how) => {
      const now = world.stored(id);
      const workloads = now.results.map(({ subject: workload }) => workload);
      const step = undone(now, 'VND0AAAA', workloads, { actor: 'worker:two', at: world.now().toISOString() });
      if (step.ok) await approvals.change(step.next, { audit: step.audit });
      return await approvals.change(next, how);
    };
    await world.run(world.jobOf(world.stored(id), 'verify'), world.worker({ approvals: { ...approvals, change } }));
    expect(world.stored(id)).toMatchObject({ state: 'verifying', results: [{ undoneBy: 'VND0AAAA' }] });
    await world.settle();
    expect(world.stored(id)).toMatchObject({
      state: 'done',
      outcome: expect.stringMatching(/^undone by plan VND0AAAA/),
    });
    expect(world.shown.get(`approval:${id}:result`)?.body).toMatchObject({
      approval: { results: [{ outcome: 'unknown', replacedBy: { approval: 'VND0AAAA' } }] },
    });
    expect(world.actions(id).slice(-2)).toEqual(['undone', 'verified']);
    expect(world.actions(id).filter((action) => action === 'verified')).toHaveLength(1);
  });

  it('stays as it is told where no approved change was it', async () => {
    const world = changeWorld();
    const { id } = await beingWatched(world);
    const web = world.things.get('web');
    if (web !== undefined) web.image = third;
    await world.run(world.jobOf(world.stored(id), 'verify'), world.worker());
    expect(world.stored(id).results).toMatchObject([
      { outcome: 'not-fixed', detail: `changed afterwards: web is set to ${third}` },
    ]);
    expect(world.stored(id).results[0]).not.toHaveProperty('replacedBy');
  });
});
