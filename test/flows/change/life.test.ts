import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/flows/change/decide/decide.ts';
import { resumeApprovals } from '../../../src/flows/change/execute/resume-approvals.ts';
import { undoTargets } from '../../../src/flows/change/plan/undo.ts';
import { newApprovalId, requestChange } from '../../../src/flows/change/request/request.ts';
import { approvalMessages } from '../../../src/flows/change/show/approval-messages.ts';
import { Approval } from '../../../src/model/approval/approval.ts';
import { sampleApproval } from '../../support/approval-samples.ts';
import { changeWorld, newImage, oldImage } from '../../support/change-world.ts';

describe('newApprovalId', () => {
  it('is the same for a repeated delivery, another for another one, and can be typed', () => {
    const ids = Array.from({ length: 500 }, (_, index) => newApprovalId('T1', `key-${index}`));
    expect(newApprovalId('T1', 'key-0')).toBe(ids[0]);
    expect(newApprovalId('T2', 'key-0')).not.toBe(ids[0]);
    expect(new Set(ids).size).toBe(500);
    for (const id of ids) expect(Approval.shape.id.safeParse(id).success).toBe(true);
  });
});

describe('requestChange', () => {
  it('is one approval for one delivery, and shows that it is prepared', async () => {
    const world = changeWorld();
    const approval = sampleApproval();
    expect(await requestChange(approval, world.bot())).toBe('created');
    expect(await requestChange(approval, world.bot())).toBe('exists');
    expect(world.jobs).toMatchObject([{ name: 'prepare', data: { approval: approval.id } }]);
    expect(world.actions(approval.id)).toEqual(['requested']);
    expect(world.shown.get(`approval:${approval.id}:plan`)?.body).toMatchObject({ approval: { state: 'preparing' } });
  });

  it('says who is missing when nobody works there, and records nothing', async () => {
    const world = changeWorld();
    const { workers, ...rest } = world.bot();
    const deserted = { ...rest, workers: { ...workers, alive: async () => [] } };
    await expect(requestChange(sampleApproval(), deserted)).rejects.toThrow(/No worker for cluster dev-eu/);
    expect(world.records.events()).toEqual([]);
  });

  it('gives up within a second when nothing answers', async () => {
    const world = changeWorld();
    const silent = {
      ...world.bot(),
      approvals: { ...world.records.approvals, create: () => new Promise<never>(() => {}) },
    };
    const begun = performance.now();
    await expect(requestChange(sampleApproval(), silent)).rejects.toThrow(/its queue isn’t responding/);
    expect(performance.now() - begun).toBeLessThan(1500);
  });

  it('survives a queue that fails after the record was made', async () => {
    const world = changeWorld();
    const approval = sampleApproval({ requestedAt: world.now().toISOString() });
    const failing = { ...world.bot(), queue: { enqueue: async () => Promise.reject(new Error('down')) } };
    expect(await requestChange(approval, failing)).toBe('created');
    world.pass(5000);
    await world.resume();
    expect(world.jobs).toMatchObject([{ name: 'prepare', data: { approval: approval.id } }]);
  });
});

describe('prepare', () => {
  it('shows the plan with who may decide until when; diffs stay in the record', async () => {
    const world = changeWorld();
    const pending = await world.pending();
    expect(pending).toMatchObject({ state: 'pending', requirement: { nobody: false, votes: 1 } });
    expect(Date.parse(pending.expiresAt ?? '') - world.now().getTime()).toBe(3_600_000);
    expect(JSON.stringify(pending)).toContain('a very long diff');
    expect(JSON.stringify(approvalMessages(pending))).not.toContain('a very long diff');
  });

  it.each([
    [
      { kind: 'refused' as const, why: 'The tag is not there.', remedy: 'Push it.', kubectl: ['kubectl get x'] },
      { outcome: 'The tag is not there.', remedy: 'Push it.', kubectl: ['kubectl get x'] },
    ],
    [
      { kind: 'ambiguous' as const, candidates: [{ kind: 'Deployment' as const, namespace: 'a', name: 'web' }] },
      { outcome: expect.stringContaining('deployment/web -n a'), candidates: [{ namespace: 'a' }] },
    ],
  ])('ends where there is no plan: %o', async (outcome, expected) => {
    const world = changeWorld();
    const approval = sampleApproval();
    await requestChange(approval, world.bot());
    await world.run(world.jobOf(approval, 'prepare'), world.worker({ plan: async () => outcome }));
    expect(world.stored(approval.id)).toMatchObject({ state: 'failed', ...expected });
    expect(world.actions(approval.id)).toEqual(['requested', 'failed']);
  });

  it('tells a bug by its incident, and no more', async () => {
    const world = changeWorld();
    const approval = sampleApproval();
    await requestChange(approval, world.bot());
    const broken = async (): Promise<never> => Promise.reject(new Error('secret detail'));
    await world.run(world.jobOf(approval, 'prepare'), world.worker({ plan: broken }));
    expect(world.stored(approval.id).outcome).toMatch(/incident [0-9a-f]{8}/);
    expect(JSON.stringify(world.stored(approval.id))).not.toContain('secret detail');
    expect(world.incidents).toHaveLength(1);
  });

  it('says that nobody may decide where the worker could verify nothing', async () => {
    const world = changeWorld();
    const approval = sampleApproval({ request: (await world.pending()).request });
    await requestChange(approval, world.bot());
    await world.run(world.jobOf(approval, 'prepare'), world.worker({ publicKeys: [] }));
    expect(world.stored(approval.id).requirement).toMatchObject({ nobody: true });
  });
});

describe('resumeApprovals', () => {
  const deserted = { alive: async () => [] };
  const options = { lostAfterMs: 3000, planWithinMs: 600_000, onTrouble: () => {} };

  it('takes the buttons of an expired plan away, once', async () => {
    const world = changeWorld();
    const { id } = await world.pending();
    world.pass(3_600_000);
    await Promise.all([world.resume(), world.resume()]);
    expect(world.stored(id)).toMatchObject({ state: 'expired', outcome: expect.stringContaining('nothing was done') });
    expect(world.actions(id)).toEqual(['requested', 'shown', 'expired']);
    expect(world.shown.get(`approval:${id}:plan`)?.body).toMatchObject({ approval: { state: 'expired' } });
  });

  it('ends what no worker was there for', async () => {
    const world = changeWorld();
    const { id } = await world.approved();
    world.pass(10 * 60_000);
    await resumeApprovals({ ...world.bot(), workers: deserted }, options);
    expect(world.stored(id)).toMatchObject({ state: 'expired', outcome: expect.stringContaining('No worker') });
  });

  it('ends what nobody planned in time', async () => {
    const world = changeWorld();
    const approval = sampleApproval({ requestedAt: world.now().toISOString() });
    await requestChange(approval, world.bot());
    world.pass(601_000);
    await resumeApprovals({ ...world.bot(), workers: deserted }, options);
    expect(world.stored(approval.id)).toMatchObject({ state: 'failed', outcome: expect.stringContaining('No plan') });
  });

  it('queues the job again after a crash between the grant and its job, within 15 s', async () => {
    const world = changeWorld();
    const pending = await world.pending();
    await decide(world.click(pending), {
      ...world.bot(),
      queue: { enqueue: async () => Promise.reject(new Error('killed')) },
    });
    const grantedMs = world.now().getTime();
    while (world.jobs.length === 0) {
      world.pass(1000);
      await world.resume();
    }
    expect(world.now().getTime() - grantedMs).toBeLessThanOrEqual(15_000);
    await world.settle();
    expect(world.stored(pending.id)).toMatchObject({ state: 'done' });
  });
});

describe('undo', () => {
  it('is approved like everything else, and leaves its mark on what it took back', async () => {
    const world = changeWorld();
    const first = await world.approved();
    await world.settle();
    const { request } = world.stored(first.id);
    const back = { ...request, remedy: 'undo' as const, undoes: first.id, at: world.now().toISOString() };
    const targets = back.targets.map((target) => ({ ...target, params: { image: oldImage } }));
    expect(world.things.get('web')?.image).toBe(newImage);
    const undo = await world.approved({ request: { ...back, targets } });
    await world.settle();
    expect(world.things.get('web')?.image).toBe(oldImage);
    expect(world.stored(first.id)).toMatchObject({ state: 'done', undoneBy: undo.id });
    expect(world.actions(first.id).filter((action) => action === 'undone')).toHaveLength(1);
    expect(world.shown.get(`approval:${first.id}:plan`)?.body).toMatchObject({ approval: { undoneBy: undo.id } });
  });

  it('that takes back one of two leaves the other to the next undo', async () => {
    const world = changeWorld(['web', 'api']);
    const first = await world.approved();
    await world.settle();
    const { request } = world.stored(first.id);
    const backOf = (names: readonly string[]): Approval['request'] => ({
      ...request,
      remedy: 'undo',
      undoes: first.id,
      at: world.now().toISOString(),
      targets: names.map((name) => ({
        subject: { kind: 'Deployment', namespace: 'prod', name },
        params: { image: oldImage },
      })),
    });
    const targetsLeft = (): readonly string[] => {
      const left = undoTargets(backOf([]), world.stored(first.id), 'ZZZZZZZZ');
      return left.kind === 'targets' ? left.targets.map(({ workload }) => workload.name) : [left.why];
    };
    world.script.answer = (operation) =>
      operation.type === 'edit-template' && operation.target.name === 'api'
        ? { kind: 'forbidden', missingRight: 'patch deployments in prod' }
        : undefined;
    const undo = await world.approved({ id: 'VND0AAAA', request: backOf(['web', 'api']) });
    await world.settle();
    expect(world.stored(undo.id)).toMatchObject({ results: [{ outcome: 'fixed' }, { outcome: 'not-done' }] });
    expect(world.stored(first.id)).toMatchObject({ results: [{ undoneBy: undo.id }, { outcome: 'fixed' }] });
    expect(world.stored(first.id).undoneBy).toBeUndefined();
    expect(targetsLeft()).toEqual(['api']);
    delete world.script.answer;
    const rest = await world.approved({ id: 'VND0BBBB', request: backOf(['api']) });
    await world.settle();
    expect([...world.things.values()].map(({ image }) => image)).toEqual([oldImage, oldImage]);
    expect(world.stored(first.id)).toMatchObject({ undoneBy: rest.id });
    expect(targetsLeft()).toEqual([expect.stringContaining('undone already')]);
  });
});

describe('resumeApprovals', () => {
  it('shows once more what came to rest and whose message says something else', async () => {
    const world = changeWorld();
    const { id, team, cluster } = await world.pending();
    const place = `approval:${id}:plan`;
    const shown = world.shown.get(place);
    if (shown?.body.view !== 'plan') throw new Error('no plan is shown');
    const stale = { ...shown.body, approval: { ...shown.body.approval, state: 'preparing' as const } };
    world.shown.set(place, { ...shown, body: stale });
    const { approvals, ...bot } = world.bot();
    const due = async () => [{ team, id, cluster, state: 'pending' as const }];
    const deps = { ...bot, approvals: { ...approvals, due, expired: async () => [] } };
    const onTrouble = (_: string, error: unknown) => {
      throw error;
    };
    await resumeApprovals(deps, { lostAfterMs: 3000, planWithinMs: 600_000, onTrouble });
    expect(world.shown.get(place)?.body).toMatchObject({ approval: { state: 'pending' } });
    expect(world.jobs.filter(({ name }) => name === 'execute')).toEqual([]);
  });
});
