import { memoryChanges } from '../../support/approvals.ts';
import { approvalsContract } from '../../support/approvals-contract.ts';

approvalsContract('in memory', async () => {
  const { approvals, audit } = memoryChanges();
  return { approvals, audit, other: { approvals, audit }, end: async () => {} };
});
