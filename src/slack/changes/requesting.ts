import type { UserError } from '../../errors.ts';
import type { Approval } from '../../model/approval/approval.ts';
import type { ChangeRequest, RemedyId } from '../../model/change/change.ts';
import type { Subject } from '../../model/subject/subject.ts';
import { redact } from '../../model/text/redact.ts';
import type { Bot, Workspace } from '../bot/bot.ts';
import { mayAskHere, type Whereabouts } from '../bot/permission.ts';
import type { Reply, Request } from '../bot/request.ts';
import { drawWaits } from '../views/decided.ts';
import { drawRefusal } from '../views/private.ts';

/** A change that someone requests, before its record is created. */
export interface Wish {
  readonly remedy: RemedyId;
  readonly cluster: string;
  /** Left out if a bare name is looked up in all namespaces. */
  readonly namespace?: string;
  /** What was typed or pressed. */
  readonly text: string;
  readonly part: Partial<Pick<ChangeRequest, 'targets' | 'from' | 'typed' | 'undoes' | 'confined'>>;
  /** What it is about, if the request does not name it: for the record of a refusal. */
  readonly about?: readonly Subject[];
  /** Why it cannot be done, for those who may ask; others do not learn it. */
  readonly obstacle?: UserError;
  /** Where the rules are looked up when the plan is shown in a direct conversation. */
  readonly asked?: Whereabouts;
}

type Options = Pick<Bot, 'changes' | 'now' | 'rules'>;

/**
 * Requests a change: `policy.ask` decides by the remedy's id, then the record is created and its plan is queued. The
 * plan is shown in the thread of the request.
 */
export async function askForChange(
  options: Options,
  workspace: Workspace,
  request: Request,
  wish: Wish,
): Promise<Reply> {
  const asked = wish.asked ?? request;
  const { cluster, namespace } = wish;
  const subject = { command: wish.remedy, cluster, ...(namespace === undefined ? {} : { namespace }) };
  const decision = await mayAskHere(options, workspace, asked, subject);
  if (!decision.allowed) {
    return { ...(await refuseAsking(options, workspace, request, wish, decision.why)), correctable: true };
  }
  if (wish.obstacle !== undefined) {
    const rule = wish.part.undoes === undefined ? wish.remedy : `${wish.remedy} ${wish.part.undoes}`;
    await recordRefusal(options, workspace, request, wish, { rule, why: wish.obstacle.message });
    throw wish.obstacle;
  }
  // A button's report shows what is already known.
  const isTyped = namespace !== undefined && wish.part.from === undefined && wish.part.undoes === undefined;
  const everywhere = isTyped
    ? await mayAskHere(options, workspace, asked, { command: wish.remedy, cluster })
    : { allowed: true };
  const part: Wish['part'] = everywhere.allowed ? wish.part : { ...wish.part, confined: true };
  const made = await options.changes.request(approvalOf(options, workspace, request, { ...wish, part }));
  if (typeof made === 'string') return { kind: 'asked' };
  const { id, state } = made.waits;
  const why = `Plan ${id} for the same is there already (${state}).`;
  await recordRefusal(options, workspace, request, wish, { rule: `plan ${id}`, why });
  return { kind: 'private', drawn: drawWaits(made.waits, request) };
}

/** Says that `policy.ask` does not allow it, after recording that in the audit stream. */
export async function refuseAsking(
  options: Pick<Options, 'changes'>,
  workspace: Pick<Workspace, 'team'>,
  request: Request,
  wish: Refusable,
  why: string,
): Promise<Extract<Reply, { kind: 'private' }>> {
  await recordRefusal(options, workspace, request, wish, { rule: 'policy.ask', why });
  return { kind: 'private', drawn: drawRefusal(why) };
}

/** Without this record no answer is given: then the person asks again. */
async function recordRefusal(
  { changes }: Pick<Options, 'changes'>,
  { team }: Pick<Workspace, 'team'>,
  request: Request,
  { remedy, cluster, part, about }: Refusable,
  refused: { readonly rule: string; readonly why: string },
): Promise<void> {
  const { user, channel, key } = request;
  const subjects = about ?? part?.targets?.map(({ subject }) => subject) ?? [];
  await changes.refused({ ...refused, team, id: changes.newId(team, key), remedy, cluster, subjects, user, channel });
}

type Refusable = Pick<Wish, 'remedy' | 'cluster' | 'about'> & { readonly part?: Wish['part'] };

/** The initial record; its id is derived from the delivery, so a repeated delivery is the same request. */
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
