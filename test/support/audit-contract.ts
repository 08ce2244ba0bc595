import { describe, expect, test } from 'vitest';
import { verifyChain } from '../../src/model/audit/audit-chain.ts';
import type { AuditTrail } from '../../src/ports/audit.ts';
import { sampleApproval, sampleEvent } from './approval-samples.ts';
import type { ApprovalRecords } from './approvals-contract.ts';

/** The part of `approvalsContract` about the audit trail. */
export function auditContract(name: string, records: () => ApprovalRecords): void {
  const everything = () => records().audit.read({ limit: 100_000 });

  describe(`${name}: the audit trail`, () => {
    test('stays whole while 200 approvals are changed at once', async () => {
      const approvals = Array.from({ length: 200 }, () => sampleApproval());
      await Promise.all(
        approvals.map((approval, index) =>
          (index % 2 === 0 ? records() : records().other).approvals.create(approval, {
            audit: [sampleEvent({ approval: approval.id })],
          }),
        ),
      );
      const changed = await Promise.all(
        approvals.map((approval, index) =>
          (index % 2 === 1 ? records() : records().other).approvals.change(
            { ...approval, state: 'pending' },
            { audit: ['shown', 'approved'].map((detail) => sampleEvent({ approval: approval.id, detail })) },
          ),
        ),
      );
      expect(changed.filter((one) => one === undefined)).toEqual([]);
      const chain = await everything();
      expect(chain.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 600 }, (_, index) => index + 1));
      expect(verifyChain(chain)).toMatchObject({ ok: true, last: { sequence: 600 } });
      for (const { id } of approvals) {
        const own = chain.filter(({ event }) => event.approval === id).map(({ event }) => event.detail);
        expect(own).toEqual([undefined, 'shown', 'approved']);
      }
    });

    test('takes events of one key once, from wherever they come', async () => {
      const event = sampleEvent({ action: 'refused' });
      await Promise.all([
        records().audit.append([event, event], 'click-1'),
        records().other.audit.append([event, event], 'click-1'),
      ]);
      await records().audit.append([event], 'click-2');
      await records().audit.append([event]);
      await records().audit.append([event]);
      await records().audit.append([], 'click-3');
      const chain = await everything();
      expect(chain).toHaveLength(5);
      expect(verifyChain(chain)).toMatchObject({ ok: true });
    });

    test('is read a page at a time, and since a moment', async () => {
      for (const detail of ['a', 'b', 'c', 'd']) await records().audit.append([sampleEvent({ detail })]);
      const details = async (from: Parameters<AuditTrail['read']>[0]) =>
        (await records().audit.read(from)).map(({ event }) => event.detail);
      expect(await details({ limit: 2 })).toEqual(['a', 'b']);
      expect(await details({ limit: 2, after: 2 })).toEqual(['c', 'd']);
      expect(await details({ limit: 2, after: 4 })).toEqual([]);
      expect(await details({ limit: 9, after: 3, sinceMs: 0 })).toEqual(['d']);
      expect(await details({ limit: 9, sinceMs: Date.now() - 60_000 })).toEqual(['a', 'b', 'c', 'd']);
      expect(await details({ limit: 9, sinceMs: Date.now() + 60_000 })).toEqual([]);
    });

    test('has a history of each workload, cluster and workspace, newest first', async () => {
      const about = (detail: string, over: Parameters<typeof sampleEvent>[0]) => sampleEvent({ detail, ...over });
      await records().audit.append([
        about('web', {}),
        about('both', { workloads: ['prod/deployment/web', 'prod/deployment/api'] }),
        about('elsewhere', { cluster: 'prod-eu' }),
        about('stranger', { team: 'T2' }),
      ]);
      const details = async (team: string, which: Parameters<AuditTrail['history']>[1]) =>
        (await records().audit.history(team, which)).map(({ event }) => event.detail);
      expect(await details('T1', { limit: 9 })).toEqual(['elsewhere', 'both', 'web']);
      expect(await details('T1', { limit: 2 })).toEqual(['elsewhere', 'both']);
      expect(await details('T1', { limit: 9, cluster: 'dev-eu' })).toEqual(['both', 'web']);
      const workload = 'prod/deployment/web';
      expect(await details('T1', { limit: 9, workload })).toEqual(['elsewhere', 'both', 'web']);
      expect(await details('T1', { limit: 1, workload, cluster: 'dev-eu' })).toEqual(['both']);
      expect(await details('T1', { limit: 9, workload: 'prod/deployment/api' })).toEqual(['both']);
      expect(await details('T2', { limit: 9 })).toEqual(['stranger']);
      expect(await details('T3', { limit: 9 })).toEqual([]);
    });
  });
}
