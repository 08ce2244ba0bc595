import type { KeyObject } from 'node:crypto';
import type { Approval } from '../../../model/approval/approval.ts';
import { askedAtMostMs } from '../../../model/approval/needed-keys.ts';
import { isAskedSignedBy } from '../../../model/approval/signatures.ts';
import type { ChangeRequest, ChangeTarget, RemedyParams } from '../../../model/change/change.ts';
import type { IntentTarget } from '../../../model/change/plan.ts';
import {
  formatSubject,
  isSameSubject,
  isWorkload,
  namespaceOfSubject,
  unguarded,
} from '../../../model/subject/subject.ts';
import { canonicalJson } from '../../../model/values/canonical.ts';
import { knownOperation } from '../../../operations/index.ts';
import { remedies } from '../../../remedies/index.ts';
import { descendsFrom } from './request.ts';

/**
 * Whether a bot signed that this requester requested this, or the change that the current plan replaced. Otherwise an
 * approver who can write to Redis could put their own change into someone else's request
 * (docs/architecture.md#redis). `at` is the time of the decision.
 */
export function isAskerProven(approval: Approval, keys: readonly KeyObject[], at: Date): boolean {
  const { asked, request } = approval;
  if (asked === undefined || !descendsFrom(asked.first, approval) || !isAskedSignedBy(approval, keys)) return false;
  return (
    at.getTime() - Date.parse(asked.request.at) <= askedAtMostMs &&
    isWhatWasAsked(asked.request, request) &&
    isPlannedFor(asked.request, approval)
  );
}

/**
 * Whether a plan matches the request. The plan of a begun approval is not made again, so it is checked here as well:
 * its workloads and parameters are those of the request, and its steps are about nothing else.
 */
function isPlannedFor(asked: ChangeRequest, { request, plan }: Approval): boolean {
  if (plan === undefined) return true;
  const { remedy, cluster, targets } = plan.intent;
  if (remedy !== asked.remedy || cluster !== asked.cluster || !targets.every(isAboutItself)) return false;
  const planned = targets.map(({ subject, params }) => ({ subject: unguarded(subject), params }));
  return isWhatWasAsked(asked, { ...request, targets: planned });
}

function isAboutItself({ subject, operations }: IntentTarget): boolean {
  return operations.every((operation) => {
    const known = knownOperation(operation);
    const object = known?.kind.touches(known.operation);
    // The uid is a guard of the operation itself.
    if (object?.scope === 'workload') return isSameSubject(object, subject);
    return object?.scope === 'namespace' && object.namespace === namespaceOfSubject(subject);
  });
}

/**
 * Whether a request is the signed one, apart from what a worker may fill in: the workloads that it means. Those of a
 * typed name have that name, those of a finding's button were named beside it; an undo is resolved again from the
 * signed change.
 */
export function isWhatWasAsked(asked: ChangeRequest, request: ChangeRequest): boolean {
  if (canonicalJson(wishOf(asked)) !== canonicalJson(wishOf(request))) return false;
  const { remedy, undoes, typed, from } = asked;
  if (undoes !== undefined) return true;
  // Resolving a button's targets again would use its report, which is not signed.
  if (request.targets.length === 0) return false;
  const hasParams = ({ params }: ChangeTarget, wanted: RemedyParams | undefined): boolean =>
    wanted !== undefined && isSettled(remedy, params, wanted);
  if (asked.targets.length > 0) {
    return request.targets.every((target) =>
      asked.targets.some((one) => isSameSubject(one.subject, target.subject) && hasParams(target, one.params)),
    );
  }
  const [first, ...others] = request.targets;
  if (first === undefined) return false;
  if (typed !== undefined) return others.length === 0 && isMeant(typed.target, first) && hasParams(first, typed.params);
  const own = from?.subject;
  if (from === undefined || own === undefined || (!from.everywhere && others.length > 0)) return false;
  return request.targets.every((target) =>
    isSameSubject(own, target.subject)
      ? hasParams(target, from.params)
      : from.everywhere &&
        isWorkload(own) &&
        isWorkload(target.subject) &&
        target.subject.namespace === own.namespace &&
        isNamed(from.others ?? [], target),
  );
}

/** Everything except what a worker adds, and the time, which differs in a replacing plan. */
function wishOf({ version, cluster, remedy, from, typed, undoes, confined }: ChangeRequest) {
  return { version, cluster, remedy, from, typed, undoes, confined };
}

function isNamed(others: readonly string[], { subject }: ChangeTarget): boolean {
  return others.some((name) => name.toLowerCase() === formatSubject(subject));
}

function isMeant(typed: NonNullable<ChangeRequest['typed']>['target'], { subject }: ChangeTarget): boolean {
  switch (typed.type) {
    case 'workload': {
      if (!isWorkload(subject) || typed.name !== subject.name) return false;
      const { kind = subject.kind, namespace = subject.namespace } = typed;
      return kind === subject.kind && namespace === subject.namespace;
    }
    case 'image':
      return false;
    default:
      return typed satisfies never;
  }
}

/** Whether these are the requested parameters, as the remedy parses both. */
function isSettled(id: ChangeRequest['remedy'], params: RemedyParams, wanted: RemedyParams): boolean {
  const remedy = remedies.find(id);
  const [now, before] = [params, wanted].map((one) => remedy?.params.safeParse(one));
  return now?.success === true && before?.success === true && remedy?.isSameWish(now.data, before.data) === true;
}
