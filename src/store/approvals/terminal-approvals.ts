import { type Approval, finalStates } from '../../model/approval/approval.ts';
import { type AuditEvent, terminalTeam } from '../../model/audit/audit.ts';
import type { Approvals } from '../../ports/approvals.ts';
import type { AuditTrail } from '../../ports/audit.ts';

/** The part of the records that a change takes while one process makes it. */
export type OwnApprovals = Pick<Approvals, 'create' | 'get' | 'change'>;

/**
 * Records of the changes that a person makes at a terminal. Workers take for their own whatever they find at work, so a
 * change is in this process alone until its operations were done. From then on it is kept, as done, so that anybody can
 * undo it while it is still watched here. Audit events of both go to the trail in their order.
 */
export function terminalApprovals(kept: OwnApprovals, audit: Pick<AuditTrail, 'append'>): OwnApprovals {
  /** What this process is at, by id. */
  const open = new Map<string, { readonly approval: Approval; readonly isKept: boolean }>();
  const append = async ({ id, revision }: Approval, events: readonly AuditEvent[]): Promise<void> => {
    const actions = events.map(({ action }) => action).join('+');
    if (events.length > 0) await audit.append(events, `${id}:${revision}:${actions}`);
  };
  const ownIn = (team: string, id: string) => (team === terminalTeam ? open.get(id) : undefined);

  return {
    async create(approval, change) {
      const first = { ...approval, revision: 0 };
      open.set(approval.id, { approval: first, isKept: false });
      await append(first, change.audit);
      return 'created';
    },
    async get(team, id) {
      const own = ownIn(team, id);
      if (own === undefined) return await kept.get(team, id);
      const { approval, isKept } = own;
      const stored = isKept ? await kept.get(team, id) : undefined;
      // Someone else may have undone it in the meantime.
      return stored === undefined ? approval : { ...stored, state: approval.state };
    },
    async change(next, change) {
      const own = ownIn(next.team, next.id);
      if (own === undefined) return await kept.change(next, change);
      const isEnd = finalStates.includes(next.state);
      if (!isEnd && next.state !== 'verifying') {
        if (own.approval.revision !== next.revision) return undefined;
        const stored = { ...next, revision: next.revision + 1 };
        open.set(next.id, { approval: stored, isKept: false });
        await append(stored, change.audit);
        return stored;
      }
      const stored = await keep(asOthersSee(next), own.isKept, change);
      if (stored === undefined) return undefined;
      const approval = { ...next, revision: stored.revision };
      if (isEnd) open.delete(next.id);
      else open.set(next.id, { approval, isKept: true });
      return approval;
    },
  };

  async function keep(
    approval: Approval,
    isKept: boolean,
    change: Parameters<Approvals['change']>[1],
  ): Promise<Approval | undefined> {
    if (isKept) return await kept.change(approval, change);
    return (await kept.create(approval, change)) === 'created' ? { ...approval, revision: 0 } : undefined;
  }
}

/** Nothing is left to do for a worker. */
function asOthersSee(approval: Approval): Approval {
  if (approval.state !== 'verifying') return approval;
  return { ...approval, state: 'done', endedAt: approval.endedAt ?? new Date().toISOString() };
}
