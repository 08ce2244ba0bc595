import { type Approval, workingStates } from '../../model/approval/approval.ts';
import type { Approvals, DueApproval } from '../../ports/approvals.ts';
import type { RedisClient } from '../redis/connection.ts';
import type { Keys } from '../redis/keys.ts';
import { run, texts } from '../redis/script.ts';
import type { StoredApproval } from './approvals.ts';
import { claimApprovalsScript, forgetApprovalScript } from './approvals-scripts.ts';

/** How many due records one caller takes at a time. */
const claimLimit = 200;

type Read = (team: string, id: string) => Promise<StoredApproval>;

/** Finds approvals that somebody should look at. */
export function createDueApprovals(client: RedisClient, keys: Keys, read: Read): Pick<Approvals, 'due' | 'expired'> {
  const claim = async (
    index: string,
    wait: { readonly pastMs: number; readonly putOffMs: number },
    judge: (stored: StoredApproval & { readonly approval: Approval }, nowMs: number) => 'give' | 'later' | 'never',
  ): Promise<readonly DueApproval[]> => {
    const [now, ...members] = texts(
      await run(client, claimApprovalsScript, [index], [wait.pastMs, wait.putOffMs, claimLimit]),
    );
    const found = await Promise.all(
      members.map(async (member) => {
        const [team, id] = splitMember(member);
        const stored = await read(team, id);
        const { approval } = stored;
        const verdict =
          approval === undefined ? (stored.foreign ? 'later' : 'never') : judge({ ...stored, approval }, Number(now));
        if (verdict === 'never') {
          await run(client, forgetApprovalScript, [keys.approval(team, id), index], [member, stored.text]);
        }
        return verdict === 'give' && approval !== undefined ? [dueOf(approval)] : [];
      }),
    );
    return found.flat();
  };

  return {
    due: (olderThanMs) =>
      claim(keys.approvalsDue, { pastMs: olderThanMs, putOffMs: 0 }, ({ approval, heldUntilMs }, nowMs) => {
        if (!workingStates.includes(approval.state)) return 'never';
        // Somebody took it between the look into the index and this read.
        return heldUntilMs > nowMs ? 'later' : 'give';
      }),
    expired: (olderThanMs) =>
      claim(keys.approvalsExpiring, { pastMs: 0, putOffMs: olderThanMs }, ({ approval }, nowMs) => {
        if (approval.state !== 'pending' || approval.expiresAt === undefined) return 'never';
        return Date.parse(approval.expiresAt) <= nowMs ? 'give' : 'later';
      }),
  };
}

/** An id holds no separator; a team may. */
function splitMember(member: string): readonly [string, string] {
  const at = member.lastIndexOf('/');
  return [member.slice(0, Math.max(0, at)), member.slice(at + 1)];
}

function dueOf({ team, id, cluster, state }: Approval): DueApproval {
  return { team, id, cluster, state };
}
