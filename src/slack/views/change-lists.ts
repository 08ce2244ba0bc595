import type { HomeView, KnownBlock } from '@slack/types';
import type { Approval } from '../../model/approval/approval.ts';
import type { AuditRecord } from '../../model/audit/audit.ts';
import {
  actions,
  andMore,
  button,
  channel,
  code,
  context,
  type Drawn,
  type Formatted,
  format,
  join,
  message,
  moment,
  person,
  prose,
  sections,
} from '../blocks/blocks.ts';
import { approvalValue, changeIds } from '../blocks/change-ids.ts';
import { changedSubjects, planHeadline, remedyTitle, requirementWords } from './plan-state.ts';

/** Approvals by what a reader wants to know about them. */
export interface ChangeLists {
  readonly waiting: readonly Approval[];
  readonly running: readonly Approval[];
  readonly recent: readonly Approval[];
  /** Uses of break glass that nobody has reviewed. */
  readonly toReview: readonly Approval[];
  /** How many changes this person may not see here. */
  readonly hidden: number;
}

const mostLines = 15;

/** `/imagecheck approvals`: what is waiting for a decision, what is running, what ended recently. */
export function drawApprovals(lists: ChangeLists): Drawn {
  const { waiting, running } = lists;
  const text = format`${waiting.length} waiting for approval, ${running.length} in progress`;
  return message({ text, body: [...sections([format`*Changes* · ${text}`]), ...listBlocks(lists)] });
}

/** App Home: the same lists, and the available commands. */
export function drawHome(lists: ChangeLists): HomeView {
  const hint = format`${code('/imagecheck deployment NAME -n NAMESPACE')} asks why something isn’t running; ${code('/imagecheck help')} shows the rest.`;
  const { blocks } = message({
    text: format`imagecheck`,
    body: [...sections([format`*imagecheck*`, hint]), { type: 'divider' }, ...listBlocks(lists)],
  });
  return { type: 'home', blocks };
}

/** App Home if the store does not respond, or for people who may not ask. */
export function drawHomeNote(why: string): HomeView {
  return { type: 'home', blocks: sections([format`*imagecheck*`, prose(why, 600)]) };
}

function listBlocks({ waiting, running, recent, toReview, hidden }: ChangeLists): KnownBlock[] {
  const here = hidden > 0 ? ' that you can see here' : '';
  return [
    ...list('Waiting for approval', waiting, `Nothing${here} is waiting for approval.`),
    ...list('In progress', running, undefined),
    ...reviewBlocks(toReview),
    ...list('Recent', recent, `Nothing${here} was changed recently.`),
    ...context(
      hidden > 0
        ? [
            format`${hidden} more ${hidden === 1 ? 'is' : 'are'} not shown because of policy.ask. ${code('/imagecheck approvals')} in an incident’s channel lists what can be shown there.`,
          ]
        : [],
    ),
  ];
}

function list(name: string, all: readonly Approval[], empty: string | undefined): KnownBlock[] {
  if (all.length === 0) return empty === undefined ? [] : sections([format`*${name}*`, format`${empty}`]);
  const shown = all.slice(0, mostLines);
  const more = all.length - shown.length;
  return sections([format`*${name}*`, ...shown.map(lineOf), ...(more > 0 ? [format`… and ${more} more`] : [])]);
}

function lineOf(approval: Approval): Formatted {
  const { id, cluster, requester, request, expiresAt, state, requirement, origin } = approval;
  const until = state === 'pending' && expiresAt !== undefined ? format` · until ${moment(expiresAt)}` : format``;
  const needs =
    state === 'pending' && requirement !== undefined ? format` · needs ${requirementWords(requirement)}` : format``;
  const where = approval.channel.startsWith('D') ? format`` : format` · ${channel(origin ?? approval.channel)}`;
  return format`• *${prose(id, 20)}* ${remedyTitle(request.remedy)} · ${changedSubjects(approval)} · cluster ${prose(cluster, 80)} · by ${person(requester)}${where} · ${planHeadline(approval).text}${until}${needs}`;
}

function reviewBlocks(all: readonly Approval[]): KnownBlock[] {
  if (all.length === 0) return [];
  const shown = all.slice(0, 5);
  return [
    ...sections([format`*Break glass to review* (${all.length})`]),
    ...shown.flatMap((approval, index) => [
      ...sections([lineOf(approval), format`   Reason: ${prose(approval.grant?.grant.breakGlass ?? '', 300)}`]),
      ...actions([button(`${changeIds.reviewed}.${index}`, `Reviewed ${approval.id}`, approvalValue(approval))]),
    ]),
  ];
}

/** `/imagecheck history`: what was done, newest first. */
export function drawHistory(records: readonly AuditRecord[], about: string): Drawn {
  const head = format`*History* of ${prose(about, 300)}`;
  if (records.length === 0) {
    const nothing = format`No changes recorded for ${prose(about, 300)}.`;
    return message({ text: nothing, body: sections([nothing]) });
  }
  return message({
    text: format`History of ${prose(about, 300)}: ${records.length} entries`,
    body: [
      ...sections([head, ...records.map(recordLine)]),
      ...context([format`newest first; ${code('imagecheck audit --since 30d')} in a terminal prints everything`]),
    ],
  });
}

function recordLine({ event }: AuditRecord): Formatted {
  const { at, action, approval, actor, remedy, detail, before, after, workloads, digest } = event;
  const what = remedy === undefined ? format`` : format` · ${prose(remedy, 60)}`;
  const where =
    workloads.length === 0
      ? format``
      : format` · ${prose(workloads.slice(0, 2).join(', '), 200)}${andMore(workloads.length - 2)}`;
  const change =
    before === undefined || after === undefined ? format`` : format` · ${code(before, 150)} → ${code(after, 150)}`;
  const why = detail === undefined ? format`` : format` · ${prose(detail, 200)}`;
  const place = event.channel === undefined ? format`` : format` in ${placeOf(event.channel)}`;
  const plan = digest === undefined ? format`` : format` · plan ${code(digest.slice(0, 12), 12)}`;
  return join(
    [
      format`• ${moment(at)}`,
      format`*${action}*`,
      format`${prose(approval, 20)} by ${person(actor)}${place}${what}${plan}${where}${change}${why}`,
    ],
    ' ',
  );
}

/** Direct messages have no name that others know. */
function placeOf(id: string): Formatted {
  return /^D[A-Z0-9]+$/.test(id) ? format`a direct message` : channel(id);
}
