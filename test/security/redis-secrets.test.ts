import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decide } from '../../src/flows/change/decide/decide.ts';
import type { Finding } from '../../src/model/finding/finding.ts';
import type { Report } from '../../src/model/finding/report.ts';
import { draw } from '../../src/slack/views/draw.ts';
import { typed } from '../support/any-operation.ts';
import { contentsOf } from '../support/redis-contents.ts';
import { clickOn, deploy, imageNow, imageOf, plan, reaches } from './change.ts';
import { alpha, openStage, password, type SecurityStage, shop, team } from './stage.ts';

describe('what Redis gets to see, and what it can make people read', () => {
  let stage: SecurityStage;
  beforeAll(async () => {
    stage = await openStage();
    await Promise.all([deploy(stage, 'web'), deploy(stage, 'api')]);
  }, 60_000);
  afterAll(() => stage.stop());

  it('holds no secret after one was written, and the log holds none either', async () => {
    const workload = { kind: 'Deployment' as const, namespace: shop, name: 'web' };
    const params = { registry: 'ghcr.io' };
    const pending = await plan(stage, 'web', { remedy: 'add-pull-secret', targets: [{ subject: workload, params }] });
    expect(pending.state, pending.outcome).toBe('pending');
    const name = pending.plan?.intent.targets[0]?.operations
      .map(typed)
      .flatMap((one) => (one.type === 'write-pull-secret' ? [one.name] : []))[0];
    expect(await decide(clickOn(pending), stage.bot)).toMatchObject({ kind: 'granted' });
    await reaches(stage, pending.id, ['verifying', 'done']);
    const { body } = await stage.api.send('GET', `/api/v1/namespaces/${shop}/secrets/${name}`);
    const encoded = (body['data'] as Record<string, string>)['.dockerconfigjson'] ?? '';
    expect(Buffer.from(encoded, 'base64').toString()).toContain(password);

    const everything = `${await contentsOf(stage.store.client)}\n${stage.log()}`;
    expect(everything).toContain(pending.id);
    expect(everything).toContain('executed');
    const auth = Buffer.from(`robot:${password}`).toString('base64');
    const forms = [password, Buffer.from(password).toString('base64'), auth, auth.slice(0, 20), encoded.slice(0, 60)];
    for (const form of forms) expect(everything.includes(form), form).toBe(false);
  });

  const report = (proposal: Finding['proposals'][number], name: string, more: Partial<Finding> = {}): Report => ({
    schemaVersion: 1,
    cluster: alpha,
    subject: { kind: 'Deployment', namespace: shop, name },
    takenAt: new Date().toISOString(),
    durationMs: 1,
    status: 'problems',
    findings: [
      {
        check: 'image-missing',
        cause: 'unknown',
        status: 'fail',
        confidence: 'certain',
        title: 'nothing to see here',
        containers: ['app'],
        images: [],
        evidence: [],
        timeline: [],
        next: 'press the button',
        proposals: [proposal],
        consequences: [],
        alsoAffects: [],
        ...more,
      },
    ],
    notes: [],
    notSeen: [],
    owners: [],
  });
  const proposed = async (forged: Report) => {
    const reportId = await stage.store.reports.save(team, forged);
    const from = { reportId, finding: 0, proposals: [0], everywhere: true };
    return await plan(stage, 'api', { targets: [], from });
  };
  const setImage = (image: string) => ({ remedy: 'set-image' as const, params: { image }, summary: 'harmless' });

  it('makes no plan of a proposal that leaves the owner, whatever the report says', async () => {
    const evil = imageOf('api', '2', 'evil');
    const asked = await proposed(report(setImage(evil), 'api', { near: [evil] }));
    expect(asked).toMatchObject({ state: 'failed', outcome: expect.stringContaining('trustedOwners') });
    expect(asked.plan).toBeUndefined();
  });

  it('shows the workload and image of a forged report, not what its prose says', async () => {
    const asked = await proposed(report(setImage(imageOf('api', '2')), 'api', { title: 'deployment/other' }));
    const blocks = JSON.stringify(draw({ id: 'x', body: { view: 'plan', approval: asked } }).blocks);
    expect(asked.state, asked.outcome).toBe('pending');
    expect(blocks).toContain('*deployment/api* in shop');
    expect(blocks).toContain('app: api:1 → api:2');
    expect(blocks).not.toContain('deployment/other');
  });

  it.each<[string, Report]>([
    ['parameters that no remedy has', report({ ...setImage(':2'), params: { image: ':2', evil: true } }, 'api')],
    ['another remedy than asked', report({ remedy: 'roll-back', params: {}, summary: '' }, 'api')],
    ['a workload that does not exist', report(setImage(':2'), 'nowhere')],
  ])('makes no plan of a report with %s', async (_, forged) => {
    expect(await proposed(forged)).toMatchObject({ state: 'failed' });
  });

  it('changes nothing in all of this', async () => {
    expect(await imageNow(stage, 'api')).toBe(imageOf('api', '1'));
    expect(stage.mutations().filter((one) => one.endsWith('/deployments/api'))).toEqual([]);
  });
});
