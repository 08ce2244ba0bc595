import { leftOutWords } from '../../flows/change/show/result-headline.ts';
import { type Approval, type ApprovalState, stateName, type TargetResult } from '../../model/approval/approval.ts';
import { nameOfTarget } from '../../model/ask/ask.ts';
import type { RemedyId } from '../../model/change/change.ts';
import { formatSubject, namespaceBeside } from '../../model/subject/subject.ts';
import { forKnown } from '../../model/values/open-enum.ts';
import { remedies } from '../../remedies/index.ts';
import { andMore, type Formatted, format, join, moment, person, prose } from '../blocks/blocks.ts';
import { firstSubject } from '../blocks/change-ids.ts';
import { formatDuration } from './duration.ts';
import { withPeople } from './mentions.ts';

/** The name of a remedy; one that only a newer imagecheck knows is shown by its id. */
export function remedyTitle(id: RemedyId): Formatted {
  return prose(remedies.find(id)?.doing ?? id, 63);
}

/** How a change ended, over all its targets. */
export interface Ending {
  readonly mark: string;
  /** `FIXED`, `PARTLY FIXED: 1 of 2 workloads`. */
  readonly words: string;
}

/** The overall result, worst first; a partial failure is stated. */
export function endingOf(approval: Pick<Approval, 'results' | 'request' | 'state' | 'plan'>): Ending {
  const { results } = approval;
  const leftOut = approval.plan?.leftOut ?? [];
  const count = (...wanted: readonly string[]) => results.filter(({ outcome }) => wanted.includes(outcome)).length;
  const fixed = count('fixed');
  const goal = approval.request.remedy === 'undo' ? 'UNDONE' : 'FIXED';
  if (results.length === 0)
    return approval.state === 'failed' ? { mark: '⚠️', words: 'NOT DONE' } : { mark: '❔', words: 'INCONCLUSIVE' };
  if (fixed === results.length) {
    return leftOut.length === 0
      ? { mark: '✅', words: goal }
      : { mark: '🟠', words: `${goal}, BUT ${leftOutWords(leftOut).toUpperCase()}` };
  }
  if (fixed > 0) return { mark: '🟠', words: `PARTLY ${goal}: ${fixed} of ${results.length} workloads` };
  const replacing = results.flatMap(({ replacedBy }) => replacedBy ?? []);
  if (replacing.length === results.length) return replacedEnding(replacing);
  if (count('not-done') === results.length) return { mark: '⛔', words: 'NOT DONE' };
  if (count('not-ready') > 0 && count('not-ready', 'not-done') === results.length)
    return { mark: '🟠', words: 'IMAGE FIXED, PODS NOT READY' };
  if (count('not-fixed') > 0) return { mark: '🔴', words: `NOT ${goal}` };
  return { mark: '❔', words: 'INCONCLUSIVE' };
}

/** Another change came before the outcome was known; which ones, in the order of the workloads. */
function replacedEnding(replacing: readonly NonNullable<TargetResult['replacedBy']>[]): Ending {
  const ids = [...new Set(replacing.map(({ approval }) => approval))];
  const what = replacing.every(({ isUndo }) => isUndo === true) ? 'UNDONE' : 'REPLACED';
  return { mark: '♻️', words: `${what} BY PLAN ${ids.slice(0, 3).join(', ')}${ids.length > 3 ? ' AND OTHERS' : ''}` };
}

/** `48 s` from the first change to the end; undefined while that is unknown. */
export function tookOf({ startedAt, endedAt }: Pick<Approval, 'startedAt' | 'endedAt'>): string | undefined {
  if (startedAt === undefined || endedAt === undefined) return undefined;
  const took = formatDuration(Date.parse(endedAt) - Date.parse(startedAt));
  return took === '' ? undefined : took;
}

/**
 * The approval's state in a few words, with who and when; `progress` shows how far a plan is that is being prepared.
 */
export function planHeadline(
  approval: Approval,
  progress?: string,
): { readonly mark: string; readonly text: Formatted } {
  const isMaking = approval.state === 'preparing' && progress !== undefined;
  const text = isMaking
    ? format`preparing: ${prose(progress, 200)}`
    : (forKnown(words, approval.state)?.(approval) ?? prose(stateName(approval.state)));
  return { mark: forKnown(marks, approval.state) ?? '❔', text };
}

const marks: Readonly<Record<ApprovalState, string>> = {
  preparing: '⏳',
  pending: '📝',
  approved: '✅',
  running: '🔧',
  verifying: '👀',
  done: '🏁',
  rejected: '🚫',
  expired: '⌛',
  superseded: '♻️',
  failed: '⚠️',
};

const words: Readonly<Record<ApprovalState, (approval: Approval) => Formatted>> = {
  preparing: () => format`preparing…`,
  pending: () => format`waiting for approval`,
  approved: (approval) => {
    const before = approval.grant?.grant.executeBefore;
    const limit =
      before === undefined ? format`` : format` (queued; cancelled if it hasn’t started by ${moment(before)})`;
    return format`${approvedBy(approval)} · waiting for a worker${limit}`;
  },
  running: (approval) => format`${approvedBy(approval)} · running`,
  verifying: (approval) => format`${approvedBy(approval)} · applied, watching the rollout${podsOnDigest(approval)}`,
  done: (approval) => {
    const took = tookOf(approval);
    return format`${approvedBy(approval)} · ${endingOf(approval).words}${took === undefined ? format`` : format` after ${took}`}${undone(approval)}`;
  },
  rejected: ({ rejection }) =>
    rejection === undefined
      ? format`rejected; nothing was done`
      : format`rejected by ${person(rejection.user)} ${moment(rejection.at)}: ${prose(rejection.reason, 500)}. Nothing was done`,
  expired: ({ expiresAt, endedAt }) => {
    const at = endedAt ?? expiresAt;
    return at === undefined ? format`expired; nothing was done` : format`expired ${moment(at)}; nothing was done`;
  },
  superseded: ({ supersededBy }) =>
    supersededBy === undefined
      ? format`superseded: the workload has changed since. Nothing was done`
      : format`superseded: the workload has changed since. Nothing was done. The new plan is *${prose(supersededBy, 20)}*`,
  failed: ({ plan, results }) => {
    if (plan === undefined) return format`couldn’t make a plan; nothing was changed`;
    const touched = results.some(({ outcome }) => outcome !== 'not-done' && outcome !== 'waiting');
    return touched ? format`failed` : format`failed; nothing was changed`;
  },
};

/** `2 of 4 pods on the new digests`, over all workloads. */
function podsOnDigest({ results }: Approval): Formatted {
  const pods = results.flatMap((result) => result.pods ?? []);
  const desired = pods.reduce((sum, one) => sum + one.desired, 0);
  const onDigest = pods.reduce((sum, one) => sum + one.onDigest, 0);
  const ready = pods.reduce((sum, one) => sum + one.ready, 0);
  return desired === 0 ? format`` : format` · *${onDigest} of ${desired} pods on the new digests*, ${ready} Ready`;
}

function approvedBy({ votes, grant }: Approval): Formatted {
  const cast = grant?.grant.votes ?? votes;
  const names = cast.slice(0, 5).map(({ user }) => person(user));
  const last = grant?.grant.decidedAt ?? cast.at(-1)?.at;
  if (names.length === 0) return format`approved`;
  return format`approved by ${join(names, ', ')}${last === undefined ? format`` : format` ${moment(last)}`}`;
}

function undone({ undoneBy }: Approval): Formatted {
  return undoneBy === undefined ? format`` : format` · undone by *${prose(undoneBy, 20)}*`;
}

/** `1 of @dask-owners (not @ana)`, with people as Slack shows them. */
export function requirementWords({ text, users = [], not }: NonNullable<Approval['requirement']>): Formatted {
  return withPeople(text, not === undefined ? users : [...users, not]);
}

/** `deployment/web in prod and 2 more`, for one line. */
export function changedSubjects(approval: Approval): Formatted {
  const first = firstSubject(approval);
  const typed = approval.request.typed?.target;
  if (first === undefined) return prose(typed === undefined ? approval.text : nameOfTarget(typed), 100);
  const count = approval.plan?.intent.targets.length ?? approval.request.targets.length;
  const namespace = namespaceBeside(first);
  const place = namespace === undefined ? format`` : format` in ${prose(namespace, 63)}`;
  return format`${prose(formatSubject(first), 120)}${place}${andMore(count - 1)}`;
}
