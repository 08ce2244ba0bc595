import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { AuditEvent } from '../../../src/model/audit/audit.ts';
import { approvalFiles } from '../../../src/store/approvals/approval-files.ts';
import { sampleApproval, sampleEvent } from '../../support/approval-samples.ts';

const directory = mkdtempSync(join(tmpdir(), 'imagecheck-approvals-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const told: AuditEvent[] = [];
const append = async (events: readonly AuditEvent[]) => void told.push(...events);
const files = approvalFiles(join(directory, 'below', 'home'), { append });

test('an approval is read back as it was changed last, and its audit events go to the trail', async () => {
  const first = sampleApproval({ team: 'terminal', state: 'done' });
  expect(await files.get('terminal', first.id)).toBeUndefined();
  expect(await files.create(first, { audit: [sampleEvent({ action: 'executed' })] })).toBe('created');
  const stored = await files.change({ ...first, outcome: 'fixed' }, { audit: [sampleEvent({ action: 'verified' })] });
  expect(stored).toEqual({ ...first, outcome: 'fixed', revision: 1 });
  expect(await files.get('terminal', first.id)).toEqual(stored);
  expect(told.map(({ action }) => action)).toEqual(['executed', 'verified']);
});

test.each(['no JSON', '{"version":9}'])('a file that says %s is no approval', async (text) => {
  writeFileSync(join(directory, 'below', 'home', 'SEC0ND11.json'), text);
  expect(await files.get('terminal', 'SEC0ND11')).toBeUndefined();
});
