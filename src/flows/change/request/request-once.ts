import { type Approval, finalStates } from '../../../model/approval/approval.ts';
import type { ChangeRequest } from '../../../model/change/change.ts';
import { canonicalJson } from '../../../model/values/canonical.ts';
import type { Approvals } from '../../../ports/approvals.ts';
import type { ChangeAskDeps } from '../work/work.ts';
import { accept, inTime, newApprovalId, requestChange } from './request.ts';

/** So many plans for the same that ended without it; then another one has an id of its own. */
const mostTurns = 50;

interface Asked {
  readonly team: string;
  readonly channel: string;
  readonly request: Pick<ChangeRequest, 'cluster' | 'remedy' | 'from' | 'undoes'>;
}

/**
 * Like `requestChange`, but one plan at a time for an undo of the same change, and for the same button of a finding. While
 * there is one that can still be decided or is at work, that one is given and nothing is recorded. The id follows from
 * what is asked for, and a record is made only where there is none: so of two presses in the same moment one finds the
 * other. A plan is seen by those in its channel, so it keeps nobody elsewhere from asking.
 */
export async function requestOnce(
  wanted: Approval,
  deps: ChangeAskDeps,
): Promise<'created' | 'exists' | { readonly waits: Approval }> {
  if (wishOf(wanted) === undefined) return await requestChange(wanted, deps);
  return await inTime(() => takePlace(wanted, deps));
}

async function takePlace(wanted: Approval, deps: ChangeAskDeps): ReturnType<typeof requestOnce> {
  const { team } = wanted;
  for (let turn = 0; turn < mostTurns; turn += 1) {
    const id = idOf(wanted, turn);
    const present = await deps.approvals.get(team, id);
    if (present === undefined && (await accept({ ...wanted, id, delivery: wanted.id }, deps)) === 'created') {
      return 'created';
    }
    const first = present ?? (await deps.approvals.get(team, id));
    if (first?.delivery === wanted.id) return 'exists';
    const last = first === undefined ? undefined : await successorOf(first, deps);
    if (last !== undefined && isOpen(last, deps.now())) return { waits: last };
  }
  return await accept(wanted, deps);
}

/** The plan for the same that can still be decided or is at work, if there is one. */
export async function openPlanFor(
  asked: Asked,
  { approvals, now }: { readonly approvals: Pick<Approvals, 'get'>; readonly now: () => Date },
): Promise<Approval | undefined> {
  if (wishOf(asked) === undefined) return undefined;
  for (let turn = 0; turn < mostTurns; turn += 1) {
    const first = await approvals.get(asked.team, idOf(asked, turn));
    if (first === undefined) return undefined;
    const last = await successorOf(first, { approvals });
    if (isOpen(last, now())) return last;
  }
  return undefined;
}

function idOf(asked: Asked, turn: number): string {
  return newApprovalId(asked.team, `${wishOf(asked) ?? ''} ${turn}`);
}

/** What is asked for, as text; undefined where each request is one of its own. */
function wishOf({ channel, request: { cluster, remedy, from, undoes } }: Asked): string | undefined {
  if (from === undefined && undoes === undefined) return undefined;
  const { subject: _, params: __, others: ___, ...button } = from ?? {};
  return canonicalJson({ cluster, remedy, undoes, button, channel });
}

/** The plan that took its place, and so on. */
async function successorOf(
  first: Approval,
  { approvals }: { readonly approvals: Pick<Approvals, 'get'> },
): Promise<Approval> {
  let last = first;
  for (let turn = 0; turn < mostTurns && last.supersededBy !== undefined; turn += 1) {
    const next = await approvals.get(last.team, last.supersededBy);
    if (next === undefined) return last;
    last = next;
  }
  return last;
}

/** A plan that is over by its time is over, whether or not that was recorded. */
function isOpen({ state, expiresAt }: Approval, now: Date): boolean {
  if (state === 'pending' && expiresAt !== undefined) return Date.parse(expiresAt) > now.getTime();
  return !finalStates.includes(state);
}
