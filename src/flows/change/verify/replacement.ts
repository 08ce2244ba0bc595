import type { Approval, TargetResult } from '../../../model/approval/approval.ts';
import { terminalTeam } from '../../../model/audit/audit.ts';
import type { ExpectedImage, IntentTarget } from '../../../model/change/plan.ts';
import { canonicalJson } from '../../../model/values/canonical.ts';
import { defined } from '../../../model/values/defined.ts';
import type { Workload } from '../../../model/workload/workload.ts';
import { editsOf } from '../../../operations/index.ts';
import { remedies } from '../../../remedies/index.ts';
import { approvalsSince } from '../execute/read-marks.ts';
import { imageNow, lastImageWriter, otherImage, otherImageWords } from './other-image.ts';

export type Replacement = NonNullable<TargetResult['replacedBy']>;

/** The approval whose target is checked, and where records of other changes are found. */
export interface Replacing {
  readonly own: Pick<Approval, 'id' | 'cluster' | 'startedAt' | 'requestedAt'>;
  readonly find: (id: string) => Promise<Approval | undefined>;
}

/**
 * The approved change that came after ours and set another image, or pulled another build of the same one. The object
 * itself shows which approvals changed it since, and their records what they set: one that touched only other fields
 * replaced nothing. Undefined if it was not a known one.
 */
export async function replacementOf(
  target: IntentTarget,
  workload: Workload,
  { own, find }: Replacing,
): Promise<Replacement | undefined> {
  const { ids, isOrdered } = approvalsSince(workload.annotations, own.id);
  const records = await Promise.all(ids.map((id) => find(id)));
  const sinceMs = Date.parse(own.startedAt ?? own.requestedAt);
  for (const record of records) {
    if (record === undefined || record.cluster !== own.cluster) continue;
    // Without our own mark beside it (`kubectl rollout undo` restores old annotations) only time shows which was later.
    if (!isOrdered && changedMs(record) < sinceMs) continue;
    if (hasReplaced(record, target, workload)) return replacementBy(record);
  }
  return unrecorded(target, workload, ids[0], records[0], sinceMs);
}

/** The sentence about a target that another change took over. */
export function replacedResult(replacedBy: Replacement, target: IntentTarget, workload: Workload | undefined) {
  const other = workload === undefined ? undefined : otherImage(workload, target.expects);
  const what = replacedBy.isUndo === true ? 'undone' : 'replaced';
  const now = other === undefined ? '' : `: ${otherImageWords(other)}`;
  const detail = `${what} by ${replacementWords(replacedBy)} before it was known whether it helped${now}`;
  return { outcome: 'unknown' as const, detail, replacedBy };
}

/** `plan 7F3K2QXD (set-image, approved by @UBEN)`; people as `@ID`. */
function replacementWords({ approval, remedy, approvers, person }: Replacement): string {
  const who =
    person === undefined
      ? approvers.length === 0
        ? undefined
        : `approved by ${approvers.map((user) => `@${user}`).join(', ')}`
      : `by ${person} in a terminal`;
  const about = [remedy, who].filter((part) => part !== undefined);
  return `plan ${approval}${about.length === 0 ? '' : ` (${about.join(', ')})`}`;
}

export function replacementBy({ id, team, request, requester, grant }: Approval): Replacement {
  return {
    approval: id,
    remedy: request.remedy,
    approvers: (grant?.grant.votes ?? []).map(({ user }) => user),
    ...(request.remedy === 'undo' ? { isUndo: true as const } : {}),
    ...(team === terminalTeam ? { person: requester } : {}),
  };
}

function changedMs({ startedAt, endedAt, requestedAt }: Approval): number {
  return Date.parse(startedAt ?? endedAt ?? requestedAt);
}

/** Whether it set what the template now names, or what its pods are now to run, instead of ours. */
function hasReplaced({ plan }: Approval, ours: IntentTarget, workload: Workload): boolean {
  const theirs = plan?.intent.targets.find(({ subject }) => canonicalJson(subject) === canonicalJson(ours.subject));
  if (theirs === undefined) return false;
  const edits = editsOf(theirs.operations);
  return ours.expects.some((mine) => {
    const isSame = ({ name, type }: ExpectedImage['container']) =>
      name === mine.container.name && type === mine.container.type;
    const now = imageNow(workload, mine.container);
    const expected = theirs.expects.filter(({ container }) => isSame(container));
    if (now === mine.image) return expected.some((other) => other.image === now && isOtherBuild(mine, other));
    return (
      expected.some(({ image }) => image === now) ||
      edits.some((edit) => edit.field === 'image' && isSame(edit.container) && edit.to === now)
    );
  });
}

function isOtherBuild({ digests: mine }: ExpectedImage, { digests: theirs }: ExpectedImage): boolean {
  return mine.length > 0 && theirs.length > 0 && !theirs.some((digest) => mine.includes(digest));
}

/** A change of another workspace, or one whose record has not arrived yet: the object names it, and who wrote it. */
function unrecorded(
  { expects }: IntentTarget,
  workload: Workload,
  id: string | undefined,
  record: Approval | undefined,
  sinceMs: number,
): Replacement | undefined {
  if (id === undefined || record !== undefined || otherImage(workload, expects) === undefined) return undefined;
  const writer = lastImageWriter(workload);
  const isOurs = writer?.name === 'imagecheck' && Date.parse(writer.at ?? '') >= Math.floor(sinceMs / 1000) * 1000;
  if (!isOurs) return undefined;
  const cause = workload.annotations['kubernetes.io/change-cause'] ?? '';
  const [, word] = cause.includes(id) ? (/^imagecheck ([a-z-]+),/.exec(cause) ?? []) : [];
  const remedy = remedies.find(word ?? '')?.id;
  return {
    approval: id,
    approvers: [],
    ...defined({ remedy }),
    ...(remedy === 'undo' ? { isUndo: true as const } : {}),
  };
}
