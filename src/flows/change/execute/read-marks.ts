import { createHash } from 'node:crypto';
import { isApprovalId } from '../../../model/approval/approval.ts';
import { earlierApprovalsKey, lastApprovalKey, lastPlanKey } from '../../../model/change/mark-keys.ts';
import { type Operation, objectOf } from '../../../model/change/operation.ts';
import { digestOfIntent, type Intent, type IntentTarget } from '../../../model/change/plan.ts';
import { type Fact, known } from '../../../model/values/fact.ts';
import { knownOperation, unknownWords } from '../../../operations/index.ts';
import type { ReadReach } from '../../../operations/parts/operation-kind.ts';
import type { Lookup, Reading } from '../../../ports/cluster.ts';
import type { ChangeWorkDeps } from '../work/work.ts';

/**
 * What an object remembers about an approval. `last`: its last change was by this approval. `earlier`: another approval
 * changed it since. `none`: nothing (any more).
 */
export type MarkSeen = 'last' | 'earlier' | 'none' | 'unknown' | 'unanswered';

/** What the objects of a plan remember together. */
export interface Marks {
  /** This approval has already changed something. */
  readonly begun: boolean;
  /** Something that this approval changed was changed by another one since, for example by an undo. */
  readonly displaced: boolean;
  /** Something could not be read. */
  readonly unread: boolean;
  /** It could not be read although no permission is missing: asking again may help. */
  readonly unanswered: boolean;
  /** By the target's index in the intent. */
  readonly targets: readonly MarkSeen[];
}

/**
 * Asks the cluster itself whether an approval was executed; records may be lost or forged. An approver who can write to
 * Redis can get a second plan signed under the id of an executed request: an object with the mark of another plan
 * counts as finished, so nothing continues that was not begun.
 */
export async function readMarks(
  intent: Intent,
  approval: string,
  deps: Pick<ChangeWorkDeps, 'cluster' | 'changes'>,
  reading: Reading,
): Promise<Marks> {
  const own = { approval, plan: digestOfIntent(intent) };
  const targets = await Promise.all(intent.targets.map((target) => markOfTarget(target, own, deps, reading)));
  return {
    begun: targets.some((seen) => seen === 'last' || seen === 'earlier'),
    displaced: targets.includes('earlier'),
    unread: targets.includes('unknown') || targets.includes('unanswered'),
    unanswered: targets.includes('unanswered'),
    targets,
  };
}

/**
 * The strongest of the marks on the target's objects. `kubectl rollout undo` and `replace` remove annotations, and a
 * Secret may be gone together with its own: the Event beside the change then still shows that it was done and is over.
 */
async function markOfTarget(
  target: IntentTarget,
  own: OwnMark,
  deps: Pick<ChangeWorkDeps, 'cluster' | 'changes'>,
  reading: Reading,
): Promise<MarkSeen> {
  const [told, ...seen] = await Promise.all([
    hasEvent(target, own, deps, reading),
    ...target.operations.map(async (operation) => {
      const found = await annotationsOf(operation, deps, reading);
      if (found.kind === 'absent') return 'none';
      if (found.kind === 'found') return markIn(found.value, own);
      return found.missingRight === undefined ? 'unanswered' : 'unknown';
    }),
  ]);
  for (const each of ['earlier', 'last', 'unanswered', 'unknown'] as const) if (seen.includes(each)) return each;
  return told.known && told.value ? 'earlier' : 'none';
}

/** Events are only beside objects of a namespace. */
async function hasEvent(
  { subject }: IntentTarget,
  { approval }: OwnMark,
  { changes }: Pick<ChangeWorkDeps, 'changes'>,
  reading: Reading,
): Promise<Fact<boolean>> {
  const object = objectOf(subject);
  if (object === undefined) return known(false);
  return changes.eventExists({ namespace: object.namespace, name: changeEventName(approval, object.uid) }, reading);
}

interface OwnMark {
  readonly approval: string;
  /** Digest of its intent. */
  readonly plan: string;
}

function markIn(annotations: Readonly<Record<string, string>>, { approval, plan }: OwnMark): MarkSeen {
  if (annotations[lastApprovalKey] === approval)
    return (annotations[lastPlanKey] ?? plan) === plan ? 'last' : 'earlier';
  const earlier = (annotations[earlierApprovalsKey] ?? '').split(',');
  return earlier.some((entry) => entry.trim().split('@')[0] === approval) ? 'earlier' : 'none';
}

/** How many changes of one object in the remembered half hour are looked up. */
const mostIds = 20;

/**
 * The approvals that changed an object after this one, latest first. `isOrdered`: the object also remembers this one,
 * so they certainly came later. Anyone who may edit the object may write anything there, so invalid ids are left out,
 * because results show these ids.
 */
export function approvalsSince(
  annotations: Readonly<Record<string, string>>,
  approval: string,
): { readonly ids: readonly string[]; readonly isOrdered: boolean } {
  const earlier = (annotations[earlierApprovalsKey] ?? '').split(',').map((entry) => entry.trim().split('@')[0] ?? '');
  const all = [annotations[lastApprovalKey] ?? '', ...earlier.toReversed()].filter(isApprovalId);
  const own = all.indexOf(approval);
  return { ids: (own < 0 ? all : all.slice(0, own)).slice(0, mostIds), isOrdered: own >= 0 };
}

async function annotationsOf(
  operation: Operation,
  reach: ReadReach,
  reading: Reading,
): Promise<Lookup<Readonly<Record<string, string>>>> {
  const known = knownOperation(operation);
  if (known === undefined) return { kind: 'unknown', why: unknownWords([operation]) ?? '' };
  return await known.kind.annotations(known.operation, reach, reading);
}

/** Name of the Kubernetes Event about one target of an approval: a repeated execution writes the same one. */
export function changeEventName(approval: string, uid: string): string {
  return `imagecheck-${approval.toLowerCase()}-${createHash('sha256').update(uid).digest('hex').slice(0, 10)}`;
}
