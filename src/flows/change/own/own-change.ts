import type { Approval } from '../../../model/approval/approval.ts';
import { eventOf } from '../../../model/approval/approval-step.ts';
import { workloadOfTarget } from '../../../model/ask/ask.ts';
import { type AuditAction, type AuditEvent, terminalTeam } from '../../../model/audit/audit.ts';
import type { ChangeRequest } from '../../../model/change/change.ts';
import { digestOfIntent, type Plan } from '../../../model/change/plan.ts';
import type { AuditTrail } from '../../../ports/audit.ts';
import type { PlanOutcome } from '../plan/plan.ts';
import { openPlanFor } from '../request/request-once.ts';
import { carryOutOwn, type OwnExecutionDeps } from './own-execution.ts';

type Made = Extract<PlanOutcome, { kind: 'plan' }>;
type NoPlan = Exclude<PlanOutcome, Made>;

/** A change that a person makes with their own rights of the cluster: nobody else approves it. */
export interface OwnChange {
  /** Of the record. */
  readonly id: string;
  readonly request: ChangeRequest;
  /** As it was typed. */
  readonly text: string;
  /** The person's name in the cluster. */
  readonly person: string;
  readonly reason?: string;
  /** First digits of the digest of a plan that the person saw before; then the person is not asked. */
  readonly seen?: string;
}

/** The person, as the change meets them. */
export interface OwnDoor {
  /** Shows the plan that the person is asked about. */
  show(made: Made): void;
  /** Says that a plan to undo the same is open in Slack. */
  tellWaiting(waiting: Approval): void;
  /** Whether the person wants this plan; left out if there is no way to ask. */
  ask?(made: Made): Promise<boolean>;
}

/** What a person's own change may touch. */
export interface OwnChangeDeps extends OwnExecutionDeps {
  readonly audit: Pick<AuditTrail, 'append'>;
  readonly plan: (request: ChangeRequest, how: { readonly dryRun: boolean }) => Promise<PlanOutcome>;
  readonly door: OwnDoor;
}

/**
 * Why the plan was declined: by the person, because there was no way to ask, or because it is not the plan they saw.
 */
export type Declined = 'no' | 'nobody' | 'interrupted' | 'other-plan';

/** How it ended. Only `ended` changed something, or tried to. */
export type OwnEnd =
  | { readonly kind: 'interrupted'; readonly wasShown: boolean }
  | { readonly kind: 'no-plan'; readonly outcome: NoPlan; readonly wasShown: boolean }
  | { readonly kind: 'declined'; readonly why: Declined; readonly made: Made }
  /** The plan as made now, which is not the one that was shown. */
  | { readonly kind: 'changed'; readonly made: Made }
  /** In state `done` or `failed`; `verifying` when watching it was interrupted. */
  | { readonly kind: 'ended'; readonly approval: Approval };

/**
 * Plans, shows, asks, plans again, and only then changes; watches until it is known whether it helped. Nothing happens
 * that was not shown: the second plan must have the digest of the first. Everything is recorded, a no as well.
 */
export async function makeOwnChange(change: OwnChange, deps: OwnChangeDeps): Promise<OwnEnd> {
  const first = await deps.plan(change.request, { dryRun: true });
  if (deps.signal.aborted) return { kind: 'interrupted', wasShown: false };
  if (first.kind !== 'plan') {
    await nothingPlanned(first, recordOf(change, { request: named(change.request) }, deps.now()), deps);
    return { kind: 'no-plan', outcome: first, wasShown: false };
  }
  const approval = recordOf(change, first, deps.now());
  deps.door.show(first);
  const waiting = await waitingUndo(approval.request.undoes, deps);
  if (waiting !== undefined) deps.door.tellWaiting(waiting);
  const why = await whyNot(first, approval, change, deps);
  if (why !== undefined) return { kind: 'declined', why, made: first };
  const otherwise = await planAgain(first, approval, deps);
  if (otherwise !== undefined) return otherwise;
  return { kind: 'ended', approval: await carryOutOwn(approval, first.plan, change.reason, deps) };
}

/** The open plan in Slack to undo the same change, if there is one: someone may be about to approve it. */
export async function waitingUndo(
  undoes: string | undefined,
  { approvals, now }: Pick<OwnChangeDeps, 'approvals' | 'now'>,
): Promise<Approval | undefined> {
  const original = undoes === undefined ? undefined : await approvals.get(terminalTeam, undoes);
  if (original === undefined || original.team === terminalTeam) return undefined;
  const { team, channel, cluster, id } = original;
  return openPlanFor({ team, channel, request: { cluster, remedy: 'undo', undoes: id } }, { approvals, now });
}

/** The record of the change, as others know it. */
function recordOf(
  { id, person, text }: OwnChange,
  { request, plan }: { readonly request: ChangeRequest; readonly plan?: Plan },
  now: Date,
): Approval {
  return {
    version: 1,
    id,
    revision: 0,
    team: terminalTeam,
    cluster: request.cluster,
    state: 'pending',
    request,
    requester: person,
    text,
    channel: terminalTeam,
    requestedAt: now.toISOString(),
    ...(plan === undefined ? {} : { plan, digest: digestOfIntent(plan.intent) }),
    votes: [],
    results: [],
  };
}

/** The record names a completely typed workload even if nothing could be planned for it. */
function named(request: ChangeRequest): ChangeRequest {
  const { target, params } = request.typed ?? {};
  if (target === undefined || params === undefined || request.targets.length > 0) return request;
  const subject = workloadOfTarget(target);
  return subject === undefined ? request : { ...request, targets: [{ subject, params }] };
}

/** Nothing could be planned, which is recorded like every request. */
async function nothingPlanned(outcome: NoPlan, approval: Approval, deps: OwnChangeDeps): Promise<void> {
  await deps.audit.append([eventBy(approval, 'requested', deps, approval.text)], `${approval.id}:requested`);
  await record(approval, 'failed', reasonFor(outcome), deps);
}

function reasonFor(outcome: NoPlan): string {
  return outcome.kind === 'refused' ? outcome.why : 'several workloads have that name';
}

/** Undefined when the person wants it. What was shown is recorded before anybody answers. */
async function whyNot(
  made: Made,
  approval: Approval,
  change: OwnChange,
  deps: OwnChangeDeps,
): Promise<Declined | undefined> {
  const asked = [eventBy(approval, 'requested', deps, change.text), eventBy(approval, 'shown', deps)];
  await deps.audit.append(asked, `${approval.id}:shown`);
  const why = await answer(made, approval, change, deps);
  switch (why) {
    case undefined:
      await record(approval, 'approved', change.reason, deps);
      return undefined;
    case 'other-plan':
      await record(approval, 'refused', `digest: this is not the plan that ${change.seen} names`, deps);
      return why;
    case 'no':
      await record(approval, 'rejected', 'the answer was no', deps);
      return why;
    case 'nobody':
      await record(approval, 'rejected', 'nobody could be asked', deps);
      return why;
    case 'interrupted':
      await record(approval, 'rejected', 'it was interrupted at the question', deps);
      return why;
  }
  return why satisfies never;
}

async function answer(
  made: Made,
  { digest }: Approval,
  { seen }: OwnChange,
  { door, signal }: OwnChangeDeps,
): Promise<Declined | undefined> {
  if (seen !== undefined) return digest?.startsWith(seen) === true ? undefined : 'other-plan';
  if (door.ask === undefined) return 'nobody';
  const isWanted = await door.ask(made);
  if (signal.aborted) return 'interrupted';
  return isWanted ? undefined : 'no';
}

/** The end, where what was shown can no longer be done, or not as it was shown. */
async function planAgain(first: Made, approval: Approval, deps: OwnChangeDeps): Promise<OwnEnd | undefined> {
  const again = await deps.plan(first.request, { dryRun: false });
  if (deps.signal.aborted) {
    await record(approval, 'failed', 'it was interrupted before anything was done', deps);
    return { kind: 'interrupted', wasShown: true };
  }
  if (again.kind !== 'plan') {
    await record(approval, 'failed', reasonFor(again), deps);
    return { kind: 'no-plan', outcome: again, wasShown: true };
  }
  if (digestOfIntent(again.plan.intent) === approval.digest) return undefined;
  await record(approval, 'superseded', 'what would be changed is not what was shown', deps);
  return { kind: 'changed', made: again };
}

async function record(
  approval: Approval,
  action: AuditAction,
  detail: string | undefined,
  deps: OwnChangeDeps,
): Promise<void> {
  await deps.audit.append([eventBy(approval, action, deps, detail)], `${approval.id}:${action}`);
}

/** An audit event by the person. */
function eventBy(
  approval: Approval,
  action: AuditAction,
  { now }: Pick<OwnChangeDeps, 'now'>,
  detail?: string,
): AuditEvent {
  const by = { actor: approval.requester, at: now().toISOString(), channel: terminalTeam };
  return eventOf(approval, action, by, detail === undefined ? {} : { detail });
}
