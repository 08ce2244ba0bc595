import type { KnownBlock } from '@slack/types';
import { diffExcerpt } from '../../flows/change/show/diff-excerpt.ts';
import { changesOf, commandsOf } from '../../flows/change/show/intent-lines.ts';
import { riskLine } from '../../flows/change/show/risk-lines.ts';
import type { Approval } from '../../model/approval/approval.ts';
import type { Plan } from '../../model/change/plan.ts';
import { formatSubject } from '../../model/subject/subject.ts';
import { formatWorkload } from '../../model/workload/workload.ts';
import {
  actions,
  andMore,
  button,
  code,
  codeBlock,
  confirmed,
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
import { changeIds, firstWorkload, planValue } from '../blocks/change-ids.ts';
import { askValue, ids } from '../blocks/ids.ts';
import { changedSubjects, planHeadline, remedyTitle, requirementWords } from './plan-state.ts';
import { plannedLines, progressLines, riskWords } from './plan-targets.ts';

/** How much fits in a message besides the plan itself; the buttons show everything. */
const excerpt = { targets: 6, commands: 6, diffText: 1400, commandText: 1400 } as const;

/** A plan and everything that becomes of it: one message, drawn again from the record in every state. */
export function drawPlan(approval: Approval, progress?: string): Drawn {
  const remedy = remedyTitle(approval.plan?.intent.remedy ?? approval.request.remedy);
  const title = format`*PLAN ${prose(approval.id, 20)}* · ${remedy}`;
  const state = planHeadline(approval, progress);
  return message({
    text: join([format`Plan ${prose(approval.id, 20)}`, remedy, changedSubjects(approval), state.text], ' · '),
    body: [
      ...sections([format`${state.mark} ${title} · ${state.text}`, ...stateLines(approval)]),
      ...planBlocks(approval),
    ],
    tail: [
      ...context([format`requested by ${person(approval.requester)}: ${code(approval.text, 300)}`]),
      ...actions(buttonsOf(approval)),
    ],
    omitted: format`Not all of it fits into a Slack message: *Full diff* shows the rest. Read it before you approve.`,
  });
}

/** What Slack stores with the message of a plan or a result, so that an old one still shows what it was about. */
export function changeMetadata({ view, approval }: { readonly view: 'plan' | 'result'; readonly approval: Approval }) {
  const workload = firstWorkload(approval);
  return {
    event_type: `imagecheck_${view}`,
    event_payload: {
      approval: approval.id,
      cluster: approval.cluster,
      ...(workload === undefined ? {} : { workload: `${workload.namespace}/${formatWorkload(workload)}` }),
      made_at: approval.plan?.madeAt ?? approval.requestedAt,
    },
  };
}

/** What a reader needs to know about this state before the plan itself. */
function stateLines(approval: Approval): Formatted[] {
  const { state, requirement, expiresAt, outcome, remedy } = approval;
  if (state === 'preparing') {
    return [
      format`A worker in cluster ${code(approval.cluster, 80)} is reading the current state. Nothing has been changed yet.`,
    ];
  }
  if (state === 'pending') {
    const until = expiresAt === undefined ? [] : [format`expires ${moment(expiresAt)}`];
    const needs = requirement === undefined ? [] : [needsLine(approval)];
    return [join([...until, ...needs], ' · '), ...voteLines(approval)];
  }
  // The results are shown below, per workload, and in the reply.
  const why = outcome === undefined || state === 'done' ? [] : [format`*Why:* ${prose(outcome, 900)}`];
  const next = remedy === undefined ? [] : [format`*Fix:* ${prose(remedy, 600)}`];
  return [...voteLines(approval), ...why, ...next, ...commandsInstead(approval)];
}

function needsLine({ requirement, votes }: Approval): Formatted {
  if (requirement === undefined) return format``;
  const who = requirementWords(requirement);
  if (requirement.nobody) return format`🔒 no one can approve this: ${who}`;
  const counted = votes.length === 0 ? format`` : format` · ${votes.length} of ${requirement.votes} so far`;
  return format`needs ${who}${counted}`;
}

function voteLines({ votes, grant, state, ticket: named }: Approval): Formatted[] {
  if (votes.length === 0) return [];
  const names = votes.slice(0, 10).map(({ user, at }) => format`${person(user)} ${moment(at)}`);
  const reasons = votes.flatMap(({ user, reason }) =>
    reason === undefined ? [] : [format`${person(user)} says: ${prose(reason, 300)}`],
  );
  const ticket = grant?.grant.ticket ?? named;
  return [
    ...(state === 'pending' ? [format`✅ ${join(names, ', ')}`] : []),
    ...(ticket === undefined ? [] : [format`Ticket: ${prose(ticket, 80)}`]),
    ...(grant?.grant.breakGlass === undefined
      ? []
      : [format`🚨 *Break glass*, without the usual votes: ${prose(grant.grant.breakGlass, 300)}`]),
    ...(grant?.grant.breakGlass === undefined ? reasons.slice(0, 5) : []),
  ];
}

/**
 * If imagecheck could not do it, a person still can; except if the plan could not be made again, because it is out of
 * date.
 */
function commandsInstead({ state, plan, kubectl }: Approval): Formatted[] {
  if (state !== 'failed' || plan === undefined || kubectl !== undefined) return [];
  const { commands } = commandsOf(plan.intent.targets, plan.kubectl);
  return commands.length === 0 ? [] : [format`Or do it yourself with kubectl:`, codeBlock(commands.join('\n'), 1500)];
}

function planBlocks(approval: Approval): KnownBlock[] {
  const { plan, state } = approval;
  if (plan === undefined) return [];
  if (state !== 'pending') return sections(progressLines(approval, plan));
  // Each in its own sections: what a full message leaves out begins at its end.
  return [...sections(decisionLines(plan)), ...sections(drawDiffExcerpt(plan)), ...sections(drawCommandExcerpt(plan))];
}

function decisionLines(plan: Plan): Formatted[] {
  const { how } = plan.undo;
  return [
    ...plannedLines(plan),
    ...plan.warnings.slice(0, 8).map((one) => format`⚠️ ${prose(one, 500)}`),
    ...listed('Effects', plan.effects, 8),
    format`${plan.targets.some(({ git }) => git !== undefined) ? format`` : format`*Git:* not GitOps-managed · `}*Undo:* ${how === undefined ? 'can’t be undone' : prose(how, 400)}`,
    ...listed('Undo won’t restore', plan.undo.cannot, 4),
    ...listed('Not included', plan.leftOut, 6),
    format`*Risk:* ${riskWords(plan.intent)} · *Cluster:* ${code(plan.intent.cluster, 80)}`,
  ];
}

function listed(name: string, lines: readonly string[], most: number): Formatted[] {
  if (lines.length === 0) return [];
  const shown = lines.slice(0, most).map((line) => prose(line, 300));
  const more = lines.length - shown.length;
  if (lines.length < 3) return [format`*${name}:* ${join(shown, ' · ')}`];
  return [
    format`*${name}*`,
    ...shown.map((line) => format`• ${line}`),
    ...(more > 0 ? [format`• ${andMore(more)}`] : []),
  ];
}

function buttonsOf(approval: Approval): ReturnType<typeof button>[] {
  const { plan, state } = approval;
  if (['rejected', 'expired', 'superseded', 'failed'].includes(state)) return [checkAgain(approval)];
  if (plan === undefined) return [];
  const value = planValue(approval);
  const looks = [button(changeIds.diff, 'Full diff', value), button(changeIds.kubectl, 'kubectl', value)];
  return state === 'pending' ? [...deciding(approval, value), ...looks] : looks;
}

function deciding({ plan, requirement, votes }: Approval, value: string): ReturnType<typeof button>[] {
  const reject = button(changeIds.reject, 'Reject…', value, 'danger');
  const glass = requirement?.breakGlass === true ? button(changeIds.breakGlass, 'Break glass…', value) : undefined;
  if (requirement?.nobody === true) return [reject, glass];
  if (requirement?.ticket === true) {
    return [button(changeIds.approveWithTicket, 'Approve…', value, 'primary'), reject, glass];
  }
  const votesAfter = (requirement?.votes ?? 1) - votes.length - 1;
  const approve = button(changeIds.approve, 'Approve', value, 'primary');
  return [plan?.intent.risk === 'high' ? confirmed(approve, highRisk(plan, votesAfter)) : approve, reject, glass];
}

/** The text of the confirmation; `missing`: votes that are needed after this one. */
function highRisk({ intent }: NonNullable<Approval['plan']>, missing: number) {
  const changes = intent.targets.flatMap((target) => changesOf(target).slice(0, 1));
  const [first] = changes;
  return {
    title: 'High risk: approve it?',
    text: format`${first === undefined ? 'This change' : prose(first, 150)}${andMore(changes.length - 1)}. Risk ${prose(riskLine(intent), 100)}. ${missing > 0 ? `It starts when ${missing} more approve.` : 'It starts at once.'}`,
    yes: 'Approve',
    no: 'Not yet',
  };
}

function checkAgain(approval: Approval): ReturnType<typeof button> {
  const workload = firstWorkload(approval);
  if (workload === undefined) return undefined;
  return button(`${ids.ask}.0`, 'Check again', askValue(approval.cluster, { type: 'workload', ...workload }));
}

/**
 * The changed lines of the API server's dry run, a few per target. They were stored as text, so they are marked as
 * quoted; the lines of the intent above are what gets approved. Empty if there is no diff.
 */
function drawDiffExcerpt({ intent, targets }: Plan): Formatted[] {
  const diffs = intent.targets.flatMap(({ subject }, index) => {
    const parts = (targets[index]?.dryRuns ?? []).map(({ diff }) => diffExcerpt(diff)).filter((part) => part !== '');
    return parts.length === 0 ? [] : [{ head: formatSubject(subject), parts }];
  });
  if (diffs.length === 0) return [];
  const left = diffs.length - excerpt.targets;
  const shown = [
    ...diffs.slice(0, excerpt.targets).flatMap(({ head, parts }) => [...(diffs.length === 1 ? [] : [head]), ...parts]),
    ...(left > 0 ? [`… ${left} more ${left === 1 ? 'workload' : 'workloads'}`] : []),
  ];
  return [
    format`*Diff* (server-side dry run; *Full diff* has all of it):`,
    codeBlock(shown.join('\n'), excerpt.diffText),
  ];
}

/** The commands that do the same, only complete ones that belong to the intent, because people run them. */
function drawCommandExcerpt({ intent, kubectl }: Plan): Formatted[] {
  const { commands, strange } = commandsOf(intent.targets, kubectl);
  const shown: string[] = [];
  let size = 0;
  for (const command of commands.slice(0, excerpt.commands)) {
    // Escaping turns one character into at most five; a command that is cut would do something else.
    size += command.length + 1 + 4 * command.replaceAll(/[^&<>]/g, '').length;
    if (size >= excerpt.commandText) break;
    shown.push(command);
  }
  const left = commands.length - shown.length;
  const more = left > 0 ? format` (${left} more: *kubectl*)` : format``;
  return [
    ...(shown.length === 0
      ? []
      : [format`*Or do it yourself with kubectl*${more}:`, codeBlock(shown.join('\n'), excerpt.commandText)]),
    ...(strange === 0
      ? []
      : [
          format`⚠️ *${strange} recorded ${strange === 1 ? 'line is' : 'lines are'} not shown*: not commands of this plan.`,
        ]),
  ];
}
