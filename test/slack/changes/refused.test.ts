import { describe, expect, test } from 'vitest';
import { sampleApproval } from '../../support/plan-samples.ts';
import { useSlackApp } from '../../support/slack-app.ts';
import { team } from '../../support/slack-fake.ts';
import { sampleReport } from '../../support/slack-samples.ts';

const t = useSlackApp();
const onlyChecks = {
  rules: [{ users: [], groups: [], channels: ['C1'], clusters: ['*'], namespaces: ['*'], commands: ['check'] }],
};
const web = { kind: 'Deployment', namespace: 'prod', name: 'web' };
const workers = { kind: 'Deployment', namespace: 'modelops-dask-dev', name: 'dask-workers' };
const ofReport = { messageId: 'ask:T/q:report', reportId: 'r1', finding: 0 };

describe('what policy.ask refuses is in the audit stream, once per delivery', () => {
  const done = sampleApproval({ state: 'done', undoUntil: new Date(Date.now() + 60_000).toISOString() });
  const press = (actionId: string, value: object) => async () => await t.click(actionId, JSON.stringify(value));
  test.each<[string, () => Promise<unknown>, object]>([
    [
      'a remedy by name',
      async () => await t.slash('repull deployment/web -n prod'),
      { remedy: 'force-repull', subjects: [web] },
    ],
    [
      'without a cluster that is known',
      async () => await t.slash('repull deployment/web -n prod -c elsewhere'),
      { remedy: 'force-repull', cluster: 'elsewhere', subjects: [web] },
    ],
    [
      'a proposal',
      press('fix.0', { ...ofReport, proposals: [0], everywhere: true }),
      { remedy: 'set-image', subjects: [workers] },
    ],
    [
      'a form',
      press('fix_choose.0', { ...ofReport, remedy: 'set-image' }),
      { remedy: 'set-image', subjects: [workers] },
    ],
    ['an undo', press('change_undo', { approval: done.id }), { remedy: 'undo', subjects: [workers, {}] }],
  ])('%s', async (_, act, refused) => {
    t.memory.reports.set('r1', sampleReport());
    t.changes.approvals.set(done.id, done);
    await t.start(onlyChecks);
    await act();
    expect(t.changes.requested).toEqual([]);
    expect(t.changes.refused).toMatchObject([
      { cluster: 'dev-eu', team, user: 'U0ANA', channel: 'C1', rule: 'policy.ask', ...refused },
    ]);
    expect(t.changes.refused[0]?.why).toMatch(/can’t use/);
  });

  test('and what is not recorded is not answered either', async () => {
    await t.start(onlyChecks);
    t.changes.door.refused = () => Promise.reject(new Error('Redis is gone'));
    const answer = await t.slash('repull deployment/web -n prod');
    expect(answer.text).not.toMatch(/can’t use/);
    expect(t.changes.requested).toEqual([]);
  });
});
