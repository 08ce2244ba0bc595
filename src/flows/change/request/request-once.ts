import { type Approval, finalStates } from '../../../model/approval/approval.ts';
import type { ChangeRequest } from '../../../model/change/change.ts';
import { canonicalJson } from '../../../model/values/canonical.ts';
import type { Approvals } from '../../../ports/approvals.ts';
import type { ChangeAskDeps } from '../work/work.ts';
import { accept, inTime, newApprovalId, requestChange } from './request.ts';

/** After this many unsuccessful plans for the same change, the next one gets a new id. */
const mostTurns = 50;

interface Asked {
  readonly team: string;
  readonly channel: string;
  readonly request: Pick<ChangeRequest, 'cluster' | 'remedy' | 'from' | 'undoes'>;
}

/**
 * Like `requestChange`, but with only one plan at a time for an undo of the same change, and for the same button of a
 * finding. While such a plan can still be decided or is being executed, it is returned and nothing is recorded. The id
 * is derived from the request, and a record is created only if there is none: so of two simultaneous presses one finds
 * the other. A plan is visible in its channel only, so it does not block requests elsewhere.
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

/** The plan for the same change that can still be decided or is being executed, if there is one. */
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

/** The request as a text; undefined if every request is separate. */
function wishOf({ channel, request: { cluster, remedy, from, undoes } }: Asked): string | undefined {
  if (from === undefined && undoes === undefined) return undefined;
  const { subject: _, params: __, others: ___, ...button } = from ?? {};
  return canonicalJson({ cluster, remedy, undoes, button, channel });
}

/** The plan that replaced it, and so on. */
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

/** A plan whose time has passed is expired, whether or not that was recorded. */
function isOpen({ state, expiresAt }: Approval, now: Date): boolean {
  if (state === 'pending' && expiresAt !== undefined) return Date.parse(expiresAt) > now.getTime();
  return !finalStates.includes(state);
}
