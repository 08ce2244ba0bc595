import { type AuditRecord, terminalTeam } from '../../model/audit/audit.ts';
import type { AuditTrail } from '../../ports/audit.ts';

/**
 * What happened, newest first: in this workspace, and in terminals while Slack was down. A cluster is the same for
 * both, so anyone who may read the one may read the other.
 */
export async function historyOf(
  team: string,
  about: Parameters<AuditTrail['history']>[1],
  audit: Pick<AuditTrail, 'history'>,
): Promise<readonly AuditRecord[]> {
  const both = await Promise.all([audit.history(team, about), audit.history(terminalTeam, about)]);
  return both
    .flat()
    .toSorted((one, other) => other.sequence - one.sequence)
    .slice(0, about.limit);
}
