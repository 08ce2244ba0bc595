import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decide } from '../../src/flows/change/decide/decide.ts';
import type { Approval } from '../../src/model/approval/approval.ts';
import type { Operation } from '../../src/model/change/operation.ts';
import { draw } from '../../src/slack/views/draw.ts';
import { clickOn, deploy, forge, imageNow, imageOf, plan, reaches, stored } from './change.ts';
import { alpha, openStage, type SecurityStage, shop } from './stage.ts';

describe('an undo whose record is the attacker’s', () => {
  let stage: SecurityStage;
  let done: Approval;
  beforeAll(async () => {
    stage = await openStage();
    await Promise.all([deploy(stage, 'web'), deploy(stage, 'api')]);
    const pending = await plan(stage, 'web');
    expect(await decide(clickOn(pending), stage.bot)).toMatchObject({ kind: 'granted' });
    done = await reaches(stage, pending.id, ['done']);
  }, 60_000);
  afterAll(() => stage.stop());

  const undo = (requester?: string) => plan(stage, 'web', { remedy: 'undo', targets: [], undoes: done.id }, requester);

  const withBack = (change: (operations: readonly Operation[]) => Operation[]): Approval => {
    if (done.plan === undefined) throw new Error('no plan');
    const [back] = done.plan.undo.targets;
    const targets = [{ expects: [], operations: change(back?.operations ?? []) }];
    return { ...done, plan: { ...done.plan, undo: { ...done.plan.undo, targets } } };
  };
  const inside = (from: string, to: string) => (operations: readonly Operation[]) =>
    JSON.parse(JSON.stringify(operations).replaceAll(from, to)) as Operation[];
  const secret = { namespace: shop, name: 'stolen', uid: null };

  it.each<[string, () => Approval]>([
    ['goes to another image', () => withBack(inside('acme/web:1', 'evil/web:2'))],
    ['goes to another tag', () => withBack(inside('acme/web:1', 'acme/web:0'))],
    ['is of another workload', () => withBack(inside('"web"', '"api"'))],
    ['is of another namespace', () => withBack(inside('"shop"', '"default"'))],
    [
      'hands out our credential',
      () => withBack(() => [{ type: 'write-pull-secret', ...secret, key: 'evil.example', registry: 'ghcr.io' }]),
    ],
    [
      'hands it out beside the true way back',
      () =>
        withBack((back) => [
          ...back,
          { type: 'write-pull-secret', ...secret, key: 'evil.example', registry: 'ghcr.io' },
        ]),
    ],
    [
      'deletes pods of others',
      () =>
        withBack(() => {
          const workload = { kind: 'Deployment' as const, namespace: shop, name: 'api', uid: 'u' };
          return [{ type: 'delete-pods', workload, createdBefore: '2099-01-01T00:00:00.000Z' }];
        }),
    ],
    ['was done by nobody', () => JSON.parse(JSON.stringify({ ...done, grant: undefined })) as Approval],
    [
      'was another remedy, with milder rules',
      () => JSON.parse(JSON.stringify(done).replaceAll('"remedy":"set-image"', '"remedy":"force-repull"')) as Approval,
    ],
    ['was of another workload, done and undone', () => JSON.parse(JSON.stringify(done).replaceAll('"web"', '"api"'))],
    ['was done in another cluster', () => ({ ...done, cluster: 'beta' })],
  ])('has no plan when it %s', async (_, forged) => {
    await forge(stage, forged());
    const refused = await undo();
    expect(refused.state).toBe('failed');
    expect(refused.plan).toBeUndefined();
    expect(refused.outcome).toMatch(/cannot be undone|Nothing of .* can be undone|not here/);
  });

  it('is approved by those who approve what it takes back, and by nobody else', async () => {
    await forge(stage, done);
    // Eve may approve every re-pull; there is no rule for undo itself.
    const pending = await undo();
    expect(pending.plan?.intent).toMatchObject({
      remedy: 'undo',
      targets: [{ params: { approval: done.id, remedy: 'set-image' } }],
    });
    expect(pending.requirement?.text).toMatch(/UBEN/);
    expect(await decide(clickOn(pending, { user: 'UEVE' }), stage.bot)).toMatchObject({ kind: 'refused' });
    const own = await undo('UBEN');
    expect(await decide(clickOn(own), stage.bot)).toMatchObject({
      kind: 'refused',
      why: expect.stringContaining('You requested this change'),
    });
    expect((await stored(stage, own.id)).votes).toEqual([]);
  });

  it('is done as it is shown, or not at all: a record that is changed after the approval is not followed', async () => {
    await forge(stage, done);
    const pending = await undo();
    const blocks = JSON.stringify(draw({ id: 'x', body: { view: 'plan', approval: pending } }).blocks);
    expect(blocks).toContain('app: web:2 → web:1');
    await forge(stage, withBack(inside('acme/web:1', 'acme/web:0')));
    await decide(clickOn(pending), stage.bot);
    expect(await reaches(stage, pending.id, ['failed', 'superseded'])).toMatchObject({ state: 'failed' });
    expect(await imageNow(stage, 'web')).toBe(imageOf('web', '2'));
    expect(stage.mutations()).toHaveLength(1);
  });

  it('is done once when nobody touches it', async () => {
    await forge(stage, done);
    const pending = await undo();
    await decide(clickOn(pending), stage.bot);
    await reaches(stage, pending.id, ['done']);
    expect(await imageNow(stage, 'web')).toBe(imageOf('web', '1'));
    expect(stage.mutations()).toEqual(
      Array.from({ length: 2 }, () => `PATCH /apis/apps/v1/namespaces/${shop}/deployments/web`),
    );
    expect(done.cluster).toBe(alpha);
  });
});
