import { type Approval, workingStates } from '../../../model/approval/approval.ts';
import type { Approvals } from '../../../ports/approvals.ts';
import type { Outbox } from '../../../ports/outbox.ts';
import { show } from '../show/approval-messages.ts';

/** A worker has few changes in progress; of more, those it saw last are remembered. */
const mostRemembered = 200;

/** The records of changes, of which a worker remembers those that it is working on. */
export interface RememberedWork {
  readonly approvals: Approvals;
  /**
   * Writes every remembered record that Redis has lost (`FLUSHALL`, a failover) as it was seen last, so that the change
   * goes on from what the cluster shows and its thread comes to an end. Returns their ids. A record that was forged is
   * not believed any more than before: whatever follows checks its signatures and the marks.
   */
  putBack(outbox: Outbox): Promise<readonly string[]>;
}

export function rememberingWork(approvals: Approvals, cluster: string): RememberedWork {
  const remembered = new Map<string, Approval>();
  const note = <T extends Approval | undefined>(approval: T): T => {
    if (approval === undefined || approval.cluster !== cluster) return approval;
    const key = `${approval.team}/${approval.id}`;
    remembered.delete(key);
    if (workingStates.includes(approval.state)) remembered.set(key, approval);
    const [oldest] = remembered.keys();
    if (remembered.size > mostRemembered && oldest !== undefined) remembered.delete(oldest);
    return approval;
  };
  const putBackOne = async (approval: Approval, outbox: Outbox): Promise<boolean> => {
    const stored = note(await approvals.get(approval.team, approval.id));
    if (stored !== undefined) return false;
    if ((await approvals.create(approval, { audit: [], dueInMs: 0 })) === 'exists') return false;
    await show({ ...approval, revision: 0 }, { approvals, outbox });
    return true;
  };
  return {
    approvals: {
      ...approvals,
      get: async (team, id) => note(await approvals.get(team, id)),
      change: async (next, change) => note(await approvals.change(next, change)),
    },
    putBack: async (outbox) => {
      const written: string[] = [];
      // A look moves what it looks at to the end.
      const inProgress = Array.from(remembered.values());
      for (const approval of inProgress) {
        if (await putBackOne(approval, outbox)) written.push(approval.id);
      }
      return written;
    },
  };
}
