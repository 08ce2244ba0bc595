import { changesOf } from '../../flows/change/show/intent-lines.ts';
import { riskLine } from '../../flows/change/show/risk-lines.ts';
import type { Approval, TargetResult } from '../../model/approval/approval.ts';
import { setsBack } from '../../model/change/git-owner.ts';
import type { DryRun, IntentTarget, Plan, PlannedTarget } from '../../model/change/plan.ts';
import { formatSubject, namespaceBeside, type Subject } from '../../model/subject/subject.ts';
import { forKnown, type KnownMember, type LaterMember, laterName } from '../../model/values/open-enum.ts';
import { code, codeBlock, type Formatted, format, prose } from '../blocks/blocks.ts';
import { withPeople } from './mentions.ts';

/** The plan's risk and its reasons, from the intent alone. */
export function riskWords(intent: Plan['intent']): Formatted {
  const line = riskLine(intent);
  return intent.risk === 'high' ? format`🚩 *high*${prose(line.slice('high'.length), 900)}` : prose(line, 900);
}

/** Number of characters that the targets of one message may take; those that do not fit are counted. */
const room = 6000;

/**
 * Every target with its changes and the result of the dry run; those that do not fit are counted, never dropped
 * silently.
 */
export function plannedLines(plan: Plan): Formatted[] {
  const whole = plan.intent.targets.length <= 6;
  const groups = plan.intent.targets.map((target, index) => {
    const planned = plan.targets[index];
    return targetLines(target, planned, whole);
  });
  return fitting(groups, 'target');
}

/** The progress and result of every target, and below them the intended changes. */
export function progressLines(approval: Approval, plan: Plan): Formatted[] {
  const groups = plan.intent.targets.map((target, index) => {
    const result = approval.results[index];
    const most = plan.intent.targets.length <= 6 ? 6 : 1;
    const shown = changesOf(target)
      .slice(0, most)
      .map((line) => format`• ${prose(line, 600)}`);
    return [
      format`${subjectName(target.subject)}${result === undefined ? format`` : format`: ${resultWords(result, approval)}`}`,
      ...shown,
    ];
  });
  return fitting(groups, 'workload');
}

function fitting(groups: readonly (readonly Formatted[])[], noun: string): Formatted[] {
  const shown: Formatted[] = [];
  let size = 0;
  for (const [index, group] of groups.entries()) {
    size += group.reduce((sum, { formatted }) => sum + formatted.length + 1, 0);
    if (size > room) {
      const left = groups.length - index;
      return [...shown, format`… and *${left} more ${noun}${left === 1 ? '' : 's'}*: *Full diff* shows every one.`];
    }
    shown.push(...group);
  }
  return shown;
}

/** The changes are those of the intent, which is what gets approved; the rest is for information. */
function targetLines(target: IntentTarget, planned: PlannedTarget | undefined, whole: boolean): Formatted[] {
  const all = changesOf(target);
  const changes = all.slice(0, whole ? 8 : 2);
  const more = all.length - changes.length;
  const lines = [
    planned === undefined
      ? subjectName(target.subject)
      : format`${subjectName(target.subject)} · dry run ${dryRunWords(planned.dryRuns)}`,
    ...changes.map((line) => format`• ${code(line, 600)}`),
    ...(more > 0 ? [format`• and *${more} more changes*: *Full diff* shows them`] : []),
  ];
  if (planned === undefined) return lines;
  return [
    ...lines,
    ...planned.provenance.slice(0, whole ? 8 : 2).map((line) => format`• ${prose(line, 300)}`),
    ...gitLines(planned, whole),
  ];
}

/** `*deployment/web* in prod`. */
export function subjectName(subject: Subject): Formatted {
  const namespace = namespaceBeside(subject);
  const place = namespace === undefined ? format`` : format` in ${prose(namespace, 63)}`;
  return format`*${prose(formatSubject(subject), 260)}*${place}`;
}

/** The worst answer of the dry run for one target; several refusals are one shortened line each. */
function dryRunWords(dryRuns: readonly DryRun[]): Formatted {
  const [worst] = dryRuns.toSorted((left, right) => rankOf(left) - rankOf(right));
  if (worst === undefined) return format`not made`;
  const message = worst.message === undefined ? format`` : format`: ${prose(worst.message, 400)}`;
  switch (worst.outcome) {
    case 'refused':
      return format`⛔ *refused by the API server*${message}`;
    case 'forbidden':
      return format`⛔ *imagecheck lacks the right* ${code(worst.missingRight ?? 'to do this', 200)}${message}`;
    case 'unknown':
      return format`❔ couldn’t be tested${message}`;
    case 'accepted':
      return format`accepted`;
    default:
      worst.outcome satisfies LaterMember;
      return format`❔ ${laterName('an outcome', worst.outcome)}${message}`;
  }
}

function rankOf({ outcome }: DryRun): number {
  return forKnown(ranks, outcome) ?? laterRank;
}

const ranks: Readonly<Record<KnownMember<DryRun['outcome']>, number>> = {
  refused: 0,
  forbidden: 1,
  unknown: 3,
  accepted: 4,
};
/** Not an acceptance. */
const laterRank = 2;

const tools = { argocd: 'Argo CD', flux: 'Flux', helm: 'Helm', other: 'Another tool' } as const;

function gitLines({ git }: PlannedTarget, whole: boolean): Formatted[] {
  if (git === undefined) return [];
  const named = git.name === undefined ? format`` : format` (${prose(git.name, 120)})`;
  const line = format`• ⚠️ ${forKnown(tools, git.tool) ?? laterName('a tool', git.tool)}${named} ${setsBack(git)}. Change it there:`;
  return whole ? [line, git.change.includes('\n') ? codeBlock(git.change, 700) : code(git.change, 400)] : [line];
}

/** The state of one target, in words. */
export function resultWords(result: TargetResult, { request }: Pick<Approval, 'request'>): Formatted {
  const { replacedBy, detail: told = '' } = result;
  const note = result.note === undefined ? format`` : format` · _${prose(result.note, 300)}_`;
  if (replacedBy !== undefined) return format`♻️ ${withPeople(told, replacedBy.approvers)}${note}`;
  const detail = result.detail === undefined ? format`` : format` · ${prose(result.detail, 400)}`;
  const pods =
    result.detail === undefined || !/\d of \d+ .{0,100}pods/.test(result.detail) ? podWords(result) : format``;
  const known = forKnown(request.remedy === 'undo' ? undoOutcomes : outcomes, result.outcome);
  const outcome = known ?? `❔ ${laterName('an outcome', result.outcome)}`;
  return format`${outcome}${pods}${detail}${note}`;
}

const outcomes: Readonly<Record<KnownMember<TargetResult['outcome']>, string>> = {
  waiting: '⏳ not started',
  applied: '🔧 applied',
  started: '🔵 in progress',
  'not-done': '⛔ not changed',
  fixed: '✅ fixed',
  'not-ready': '🟠 runs the intended image, but its pods aren’t ready for another reason',
  'not-fixed': '🔴 not fixed',
  unknown: '❔ couldn’t check whether it helped',
};

/** What an undo restores may be broken, and need not be fixed. */
const undoOutcomes: typeof outcomes = {
  ...outcomes,
  fixed: '✅ undone',
  'not-fixed': '🔴 not undone',
  unknown: '❔ couldn’t check whether it was undone',
};

function podWords({ pods }: TargetResult): Formatted {
  if (pods === undefined) return format``;
  const { desired, onDigest, ready } = pods;
  return format` · ${onDigest} of ${desired} pods on the intended image, ${ready} Ready`;
}
