import { expect, test } from 'vitest';
import { historyOf } from '../../../src/flows/audit/history.ts';
import { terminalTeam } from '../../../src/model/audit/audit.ts';
import { sampleEvent } from '../../support/approval-samples.ts';
import { memoryChanges } from '../../support/approvals.ts';

test('a workspace sees what was done in a terminal between its own changes, and nothing of another one', async () => {
  const { audit } = memoryChanges();
  const events = [
    sampleEvent({ detail: 'before' }),
    sampleEvent({ detail: 'outage', team: terminalTeam }),
    sampleEvent({ detail: 'elsewhere', team: terminalTeam, workloads: ['prod/deployment/api'] }),
    sampleEvent({ detail: 'stranger', team: 'T2' }),
    sampleEvent({ detail: 'after' }),
  ];
  for (const event of events) await audit.append([event]);
  const details = async (limit: number, workload?: string) =>
    (await historyOf('T1', { limit, ...(workload === undefined ? {} : { workload }) }, audit)).map(
      ({ event }) => event.detail,
    );
  expect(await details(9)).toEqual(['after', 'elsewhere', 'outage', 'before']);
  expect(await details(2, 'prod/deployment/web')).toEqual(['after', 'outage']);
});
