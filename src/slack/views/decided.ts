import type { Approval } from '../../model/approval/approval.ts';
import {
  actions,
  button,
  channel,
  code,
  type Drawn,
  type Formatted,
  format,
  message,
  moment,
  person,
  prose,
  sections,
} from '../blocks/blocks.ts';
import { type ApprovalValue, firstWorkload, type PlanValue } from '../blocks/change-ids.ts';
import { askValue, ids } from '../blocks/ids.ts';
import { planHeadline } from './plan-state.ts';

/** The plan of an old message is no longer stored. */
export function drawChangeGone(value: PlanValue): Drawn {
  const text = format`This plan of ${moment(value.madeAt)} has been deleted. Your click changed nothing.`;
  return withCheck(format`⌛`, text, value.cluster, value.workload);
}

/** Someone named a plan by its id or pressed a button of its message, but the record does not exist. */
export function drawNoSuchChange({ approval: id, cluster, workload }: ApprovalValue): Drawn {
  if (cluster === undefined) {
    const text = format`There is no plan ${prose(id, 20)}: it was never created here or has been deleted. ${code('/imagecheck history', 40)} lists the existing ones.`;
    return message({ text, body: sections([format`❔ ${text}`]) });
  }
  const text = format`Plan ${prose(id, 20)} has been deleted. Your click changed nothing.`;
  return withCheck(format`⌛`, text, cluster, workload);
}

/** A change that someone made in a terminal is undone there, with their permissions. */
export function drawMadeInTerminal(id: string): Drawn {
  const text = format`Change ${prose(id, 20)} was made in a terminal; undo it there: ${code(`imagecheck fix undo ${id}`, 60)}`;
  return message({ text, body: sections([format`⌨️ ${text}`]) });
}

/** The press came too late: shows the current state of the plan. */
export function drawOver(approval: Approval): Drawn {
  const text = format`Plan ${prose(approval.id, 20)}: ${planHeadline(approval).text}. Your click changed nothing.`;
  return withCheck(format`ℹ️`, text, approval.cluster, firstWorkload(approval));
}

/** Someone else requested the same before: which plan it is, where it is shown, and its state. */
export function drawWaits(waits: Approval, { channel: here }: { readonly channel: string }): Drawn {
  const { id, state, request, requester, expiresAt } = waits;
  const what = request.undoes === undefined ? 'for this' : 'to undo this';
  const where = waits.channel === here ? format`` : format`, in ${channel(waits.channel)}`;
  const until = expiresAt === undefined ? format`` : format` (until ${moment(expiresAt)})`;
  const how =
    state === 'pending'
      ? format`is already waiting for approval${until}`
      : state === 'preparing'
        ? format`is already being prepared`
        : format`already exists: ${planHeadline(waits).text}`;
  // The requester cannot approve it, and others may not see where it is shown: this is how to get another one.
  const next = state === 'pending' ? format` The requester or an approver can reject it; then ask again.` : format``;
  const text = format`Plan *${prose(id, 20)}* ${what}, requested by ${person(requester)}${where}, ${how}. No second plan was created.${next}`;
  return message({ text, body: sections([format`📝 ${text}`]) });
}

/** The vote counts, and more are needed. */
export function drawVoted({ id, votes, requirement }: Approval): Drawn {
  const needed = requirement === undefined ? format`` : format` of ${requirement.votes}`;
  const text = format`Your approval of plan ${prose(id, 20)} counts: ${votes.length}${needed} so far. Nothing happens until the others have approved.`;
  return message({ text, body: sections([format`✅ ${text}`]) });
}

/** The policy refuses: which rule, and what the person can do. */
export function drawDecisionRefused({ why, remedy }: { readonly why: string; readonly remedy?: string }): Drawn {
  const next = remedy === undefined ? [] : [prose(remedy, 600)];
  return message({
    text: prose(why, 1000),
    body: sections([format`🚫 ${prose(why, 1000)}`, ...next, format`The plan is unchanged.`]),
  });
}

/** Someone reviewed a use of break glass. */
export function drawReviewed(approval: Approval): Drawn {
  const text = format`You reviewed the break-glass use of plan ${prose(approval.id, 20)}.`;
  return message({ text, body: sections([format`✅ ${text}`]) });
}

/** Slack did not open a form, usually because three seconds had passed. */
export function drawNotOpened(): Drawn {
  const text = format`Slack didn’t open the form in time; nothing was done. Try again.`;
  return message({ text, body: sections([format`⏳ ${text}`]) });
}

function withCheck(
  mark: Formatted,
  text: Formatted,
  cluster: string,
  workload: ReturnType<typeof firstWorkload>,
): Drawn {
  const again =
    workload === undefined
      ? undefined
      : button(`${ids.ask}.0`, 'Check again', askValue(cluster, { type: 'workload', ...workload }));
  return message({ text, body: sections([format`${mark} ${text}`]), tail: actions([again]) });
}
