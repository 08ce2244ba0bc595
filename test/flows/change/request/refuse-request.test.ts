import { expect, test } from 'vitest';
import { refuseRequest } from '../../../../src/flows/change/request/refuse-request.ts';
import { memoryChanges } from '../../../support/approvals.ts';

test('a refused request is one record, of the workload, however often its delivery comes', async () => {
  const { audit, events } = memoryChanges();
  const now = () => new Date('2026-11-20T14:10:29.000Z');
  const refused = {
    team: 'T1',
    id: '7F3K2QXD',
    cluster: 'dev-eu',
    remedy: 'set-image' as const,
    subjects: [{ kind: 'Deployment' as const, namespace: 'prod', name: 'web' }],
    user: 'U0ANA',
    channel: 'C1',
    rule: 'policy.ask',
    why: 'Nobody may.',
  };
  await Promise.all([refuseRequest(refused, { audit, now }), refuseRequest(refused, { audit, now })]);
  expect(events()).toEqual([
    {
      version: 1,
      action: 'refused',
      at: '2026-11-20T14:10:29.000Z',
      team: 'T1',
      cluster: 'dev-eu',
      approval: '7F3K2QXD',
      actor: 'U0ANA',
      channel: 'C1',
      remedy: 'set-image',
      workloads: ['prod/deployment/web'],
      detail: 'policy.ask: Nobody may.',
    },
  ]);
  expect(await audit.history('T1', { workload: 'prod/deployment/web', limit: 9 })).toHaveLength(1);
});
