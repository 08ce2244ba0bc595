import { expect, test } from 'vitest';
import type { ApprovalState } from '../../../src/model/approval/approval.ts';
import { terminalApprovals } from '../../../src/store/approvals/terminal-approvals.ts';
import { sampleApproval, sampleEvent } from '../../support/approval-samples.ts';
import { memoryChanges } from '../../support/approvals.ts';

test.each<[string, readonly ApprovalState[], ApprovalState | undefined]>([
  ['nobody while it is asked for and carried out', ['approved', 'running', 'running'], undefined],
  ['others as done while it is watched', ['approved', 'running', 'verifying', 'verifying'], 'done'],
  ['others once it has ended', ['approved', 'running', 'verifying', 'done'], 'done'],
  ['others when nothing was changed', ['approved', 'running', 'failed'], 'failed'],
])('a change at a terminal is seen by %s', async (_, states, seen) => {
  const { approvals: kept, audit, events } = memoryChanges();
  const own = terminalApprovals(kept, audit);
  const [first = 'approved', ...others] = states;
  const asked = sampleApproval({ team: 'terminal', state: first });
  await own.create(asked, { audit: [sampleEvent()] });
  let approval = asked;
  for (const state of others) {
    const stored = await own.change({ ...approval, state }, { audit: [sampleEvent()] });
    expect(stored).toMatchObject({ state });
    approval = stored ?? asked;
    expect(await own.change({ ...approval, revision: 99 }, { audit: [] })).toBeUndefined();
  }
  expect(await own.get('terminal', asked.id)).toMatchObject({ state: states.at(-1) });
  expect((await kept.get('terminal', asked.id))?.state).toBe(seen);
  expect(events()).toHaveLength(states.length);
});

test('what another process recorded goes by this one unchanged', async () => {
  const { approvals: kept, audit } = memoryChanges();
  const theirs = sampleApproval({ state: 'pending' });
  await kept.create(theirs, { audit: [] });
  const own = terminalApprovals(kept, audit);
  expect(await own.change({ ...theirs, text: 'new' }, { audit: [] })).toMatchObject({ revision: 1, text: 'new' });
  expect(await own.get(theirs.team, theirs.id)).toMatchObject({ revision: 1, text: 'new' });
});
