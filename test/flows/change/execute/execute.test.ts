import { describe, expect, it } from 'vitest';
import { decide } from '../../../../src/flows/change/decide/decide.ts';
import { changeWorld, newImage, oldImage, usualPolicy } from '../../../support/change-world.ts';

describe('execute', () => {
  it('goes from the click to fixed, once', async () => {
    const world = changeWorld(['web', 'api']);
    const { id } = await world.approved();
    await world.settle();
    const done = world.stored(id);
    expect(world.incidents).toEqual([]);
    expect(done).toMatchObject({ state: 'done', results: [{ outcome: 'fixed' }, { outcome: 'fixed' }] });
    expect(done.outcome).toMatch(/^fixed in \d+ s: 2 of 2 pods are running the intended image and are Ready$/);
    expect(done.undoUntil).toBeDefined();
    expect(world.patches).toHaveLength(2);
    expect(world.events.size).toBe(2);
    expect(world.actions(id)).toEqual(['requested', 'shown', 'approved', 'granted', 'started', 'executed', 'verified']);
    const [plan, result] = [world.shown.get(`approval:${id}:plan`), world.shown.get(`approval:${id}:result`)];
    expect(plan?.body).toMatchObject({ view: 'plan', approval: { state: 'done' } });
    expect(result?.body).toMatchObject({ view: 'result', approval: { state: 'done', requester: 'UANA' } });
    expect(JSON.stringify([plan, result])).not.toContain('a very long diff');
  });

  it('leaves who asked and who approved on the object and beside it', async () => {
    const world = changeWorld();
    const pending = await world.pending();
    const [rule, ...others] = usualPolicy.rules;
    if (rule === undefined) throw new Error('there is a rule');
    const policy = { ...usualPolicy, rules: [{ ...rule, votes: 2 }, ...others] };
    for (const user of ['UBEN', 'UCARL']) await decide(world.click(pending, { user }), world.bot({ policy }));
    await world.settle(world.worker({ policy }));
    const by = `approval ${pending.id}`;
    expect(world.things.get('web')?.annotations['kubernetes.io/change-cause']).toBe(
      `imagecheck set-image, ${by}, approved by UBEN, UCARL`,
    );
    expect([...world.events.values()]).toEqual([
      `set-image by ${by}, requested by UANA, approved by UBEN, UCARL: ${newImage}`,
    ]);
  });

  it('does nothing the second time, whoever asks', async () => {
    const world = changeWorld();
    const approval = await world.approved();
    await world.settle();
    await world.run(world.jobOf(approval, 'execute'), world.worker());
    // The approved record is played again, within its time.
    world.records.forge({ ...approval, revision: 99 });
    await world.settle();
    expect(world.patches).toHaveLength(1);
    expect(world.things.get('web')?.image).toBe(newImage);
  });

  it('does not bring back what was undone', async () => {
    const world = changeWorld();
    const approval = await world.approved();
    await world.settle();
    const web = world.things.get('web');
    if (web === undefined) throw new Error('no web');
    web.image = oldImage;
    web.annotations = {
      'imagecheck.dev/last-approval': 'UNDONE00',
      'imagecheck.dev/earlier-approvals': `${approval.id}@${world.now().toISOString()}`,
    };
    const attempts = world.attempts.length;
    world.records.forge({ ...approval, revision: 99 });
    await world.settle();
    expect(web.image).toBe(oldImage);
    expect(world.attempts).toHaveLength(attempts);
  });

  it('does not do it again where its mark was taken away with what it did, as kubectl rollout undo does', async () => {
    const world = changeWorld();
    const approval = await world.approved();
    await world.settle();
    const web = world.things.get('web');
    if (web === undefined) throw new Error('no web');
    Object.assign(web, { image: oldImage, annotations: {} });
    const attempts = world.attempts.length;
    for (const state of ['approved', 'running'] as const) {
      world.records.forge({ ...approval, state, revision: 99 });
      await world.settle();
    }
    expect(web.image).toBe(oldImage);
    expect(world.attempts).toHaveLength(attempts);
  });

  it('shows the plan of today when the world is another one', async () => {
    const world = changeWorld();
    const { id } = await world.approved();
    const web = world.things.get('web');
    if (web !== undefined) web.image = 'ghcr.io/acme/web:somebody-else';
    await world.settle();
    const old = world.stored(id);
    expect(old).toMatchObject({ state: 'superseded', results: [] });
    expect(world.stored(old.supersededBy ?? '')).toMatchObject({ state: 'pending', votes: [] });
    expect(world.attempts).toEqual([]);
  });

  it('ends an approval whose workload is gone', async () => {
    const world = changeWorld();
    const { id } = await world.approved();
    world.things.clear();
    await world.settle();
    const outcome = expect.stringContaining('web is not there');
    expect(world.stored(id)).toMatchObject({ state: 'failed', outcome, kubectl: ['kubectl get deploy'] });
    expect(world.attempts).toEqual([]);
  });

  it('does not begin after its time', async () => {
    const world = changeWorld();
    const { id } = await world.approved();
    world.pass(10 * 60_000);
    await world.settle();
    expect(world.stored(id)).toMatchObject({ state: 'expired', outcome: expect.stringContaining('nothing was done') });
    expect(world.attempts).toEqual([]);
  });

  it('does not say that nothing was done while the cluster cannot be read', async () => {
    const world = changeWorld();
    const { id } = await world.approved();
    world.pass(10 * 60_000);
    const worker = world.worker();
    const blind = {
      ...worker,
      cluster: { ...worker.cluster, workload: async () => ({ kind: 'unknown' as const, why: 'timeout' }) },
    };
    await world.settle(blind);
    expect(world.stored(id).state).toBe('approved');
    world.pass(10 * 60_000);
    await world.settle(blind);
    expect(world.stored(id)).toMatchObject({ state: 'expired', outcome: expect.stringContaining('could not be read') });
    expect(world.attempts).toEqual([]);
  });

  it('goes on with the others when one target refuses', async () => {
    const world = changeWorld(['web', 'api']);
    world.script.answer = (operation) =>
      operation.type === 'edit-template' && operation.target.name === 'api'
        ? { kind: 'refused', message: 'quota exceeded' }
        : undefined;
    const { id } = await world.approved();
    await world.settle();
    expect(world.stored(id)).toMatchObject({
      state: 'done',
      results: [{ outcome: 'fixed' }, { outcome: 'not-done', detail: 'the API server refuses it: quota exceeded' }],
    });
  });

  it('says that nothing was changed when every target refuses', async () => {
    const world = changeWorld();
    world.script.answer = () => ({ kind: 'forbidden', missingRight: 'patch deployments' });
    const { id } = await world.approved();
    await world.settle();
    expect(world.stored(id)).toMatchObject({ state: 'failed', outcome: expect.stringContaining('patch deployments') });
    expect(world.actions(id)).not.toContain('executed');
    expect(world.shown.get(`approval:${id}:result`)).toBeDefined();
  });

  it('asks again after an answer that cannot be trusted', async () => {
    const world = changeWorld();
    let answers = 0;
    world.script.answer = (_, { dryRun }) => {
      answers += 1;
      return !dryRun && answers < 6 ? { kind: 'unknown', why: 'the connection closed', maybeDone: true } : undefined;
    };
    const { id } = await world.approved();
    await world.settle();
    expect(world.stored(id)).toMatchObject({ state: 'done', results: [{ outcome: 'fixed' }] });
    expect(world.patches).toHaveLength(1);
  });

  it('is not fixed while the pods run something else', async () => {
    const world = changeWorld();
    const web = world.things.get('web');
    if (web !== undefined) web.runs = `sha256:${'e'.repeat(64)}`;
    const { id } = await world.approved();
    await world.settle();
    expect(world.stored(id)).toMatchObject({ state: 'done', results: [{ outcome: 'not-fixed' }] });
  });
});
