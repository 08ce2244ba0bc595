import type { Approval } from '../../model/approval.ts';
import type { ChangeRequest, RemedyId } from '../../model/change.ts';
import { redact } from '../../model/redact.ts';
import type { Bot, Workspace } from '../bot.ts';
import { mayAskHere, type Whereabouts } from '../permission.ts';
import type { Reply, Request } from '../request.ts';
import { drawRefusal } from '../views/private.ts';

/** A change that somebody asks for, before its record is made. */
export interface Wish {
  readonly remedy: RemedyId;
  readonly cluster: string;
  /** Left out when a bare name is looked up in all namespaces. */
  readonly namespace?: string;
  /** What was typed or pressed. */
  readonly text: string;
  readonly part: Partial<Pick<ChangeRequest, 'targets' | 'from' | 'typed' | 'undoes'>>;
  /** Where the rules are looked up when the plan is shown in a direct conversation. */
  readonly asked?: Whereabouts;
}

type Options = Pick<Bot, 'changes' | 'now' | 'rules'>;

/**
 * Asks for a change: `policy.ask` decides by the remedy's id, then the record is made and its plan is queued. The plan
 * is shown in the thread of the request.
 */
export async function requestChange(
  options: Options,
  workspace: Workspace,
  request: Request,
  wish: Wish,
): Promise<Reply> {
  const asked = wish.asked ?? request;
  const { cluster, namespace } = wish;
  const subject = { command: wish.remedy, cluster, ...(namespace === undefined ? {} : { namespace }) };
  const decision = await mayAskHere(options, workspace, asked, subject);
  if (!decision.allowed) return { kind: 'private', drawn: drawRefusal(decision.why), correctable: true };
  await options.changes.request(approvalOf(options, workspace, request, wish));
  return { kind: 'asked' };
}

/** The record as it begins; its id follows from the delivery, so a repeated delivery is the same request. */
function approvalOf({ changes, now }: Options, { team }: Workspace, request: Request, wish: Wish): Approval {
  const at = now().toISOString();
  const origin = wish.asked?.channel;
  return {
    version: 1,
    id: changes.newId(team, request.key),
    revision: 0,
    team,
    cluster: wish.cluster,
    state: 'preparing',
    request: { version: 1, cluster: wish.cluster, remedy: wish.remedy, targets: [], ...wish.part, at },
    requester: request.user,
    text: redact(wish.text).slice(0, 500),
    channel: request.channel,
    ...(origin === undefined || origin === request.channel ? {} : { origin }),
    ...(request.threadTs === undefined ? {} : { thread: { ts: request.threadTs } }),
    requestedAt: at,
    votes: [],
    results: [],
  };
}
