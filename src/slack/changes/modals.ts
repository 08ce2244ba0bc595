import type { ModalView } from '@slack/types';
import { reasonOf, UserError } from '../../errors.ts';
import type { Approval } from '../../model/approval/approval.ts';
import { within } from '../../timing/within.ts';
import { type DecideMeta, PlanValueJson } from '../blocks/change-ids.ts';
import type { Bot, Workspace } from '../bot/bot.ts';
import type { Click } from '../bot/click.ts';
import { openForm } from '../bot/replies.ts';
import type { Reply, Respond } from '../bot/request.ts';
import {
  drawAnswer,
  drawBreakGlassModal,
  drawCommands,
  drawDiff,
  drawLoading,
  drawRejectModal,
  drawTicketModal,
  drawUnavailable,
} from '../views/change-modals.ts';
import { drawChangeGone, drawNotOpened } from '../views/decided.ts';

/** A trigger lives for three seconds: if the store is slower than this, a loading view opens. */
const quickMs = 400;

/** Asks for a reason. */
export async function openReject(bot: Bot, click: Click): Promise<Reply> {
  return await openModal(bot, click, drawRejectModal(metaOf(click)));
}

/** Asks for the ticket that the policy requires; submitting it approves the plan. */
export async function openTicket(bot: Bot, click: Click): Promise<Reply> {
  return await openModal(bot, click, drawTicketModal(metaOf(click)));
}

/** Asks for the reason that break glass requires. */
export async function openBreakGlass(bot: Bot, click: Click): Promise<Reply> {
  return await openModal(bot, click, drawBreakGlassModal(metaOf(click)));
}

/** Every target with its whole diff, from the stored record. */
export async function openDiff(bot: Bot, click: Click): Promise<Reply> {
  return await openStored(bot, click, drawDiff);
}

/** The commands that do the same. */
export async function openKubectl(bot: Bot, click: Click): Promise<Reply> {
  return await openStored(bot, click, drawCommands);
}

async function openModal(bot: Bot, { workspace, body }: Click, view: ModalView): Promise<Reply> {
  return await openForm(bot, workspace, { kind: 'form', view, otherwise: drawNotOpened() }, body.trigger_id);
}

async function openStored(bot: Bot, click: Click, drawView: (approval: Approval) => ModalView): Promise<Reply> {
  const { workspace, body } = click;
  const value = PlanValueJson.parse(click.value);
  const form = (view: ModalView): Reply => ({ kind: 'form', view, otherwise: drawNotOpened() });
  const reading = bot.changes.get(workspace.team, value.approval).then(
    (approval): Reply =>
      approval === undefined ? { kind: 'private', drawn: drawChangeGone(value) } : form(drawView(approval)),
    (error: unknown): Reply => {
      bot.log.warn({ reason: reasonOf(error) }, 'cannot read a plan');
      return form(drawUnavailable('Redis isn’t responding. Try again in a minute.'));
    },
  );
  return await openWhenRead(bot, workspace, { triggerId: body.trigger_id, what: 'the plan' }, reading);
}

interface Opening {
  readonly triggerId: string;
  /** What is read first. */
  readonly what: string;
  /** Where an answer with buttons goes if it comes late: a view can only show text. */
  readonly respond?: Respond | undefined;
}

/**
 * Opens the form that `reading` returns, or answers with the text it returns instead. The trigger never waits for it:
 * if reading takes long, a loading view opens immediately and is filled later with the form or the answer.
 */
export async function openWhenRead(
  bot: Pick<Bot, 'log'>,
  workspace: Workspace,
  { triggerId, what, respond }: Opening,
  reading: Promise<Reply>,
): Promise<Reply> {
  const quick = await within(quickMs, reading, () => 'slow' as const);
  if (quick !== 'slow') return quick.kind === 'form' ? await openForm(bot, workspace, quick, triggerId) : quick;
  const later = reading.then(
    async (reply) => {
      const hasButtons = 'drawn' in reply && reply.drawn.blocks.some(({ type }) => type === 'actions');
      // The view is filled in any case.
      if (hasButtons) await respond?.(reply.drawn).catch((error: unknown) => notAnswered(bot, error));
      return viewOf(reply);
    },
    (error: unknown) => {
      if (error instanceof UserError) return drawUnavailable([error.message, error.remedy].filter(Boolean).join(' '));
      bot.log.error({ reason: reasonOf(error), what }, 'cannot fill a view');
      return drawUnavailable('This couldn’t be read. Nothing was done; try again in a minute.');
    },
  );
  return await openSlowly(bot, workspace, drawLoading(what), triggerId, later);
}

function notAnswered({ log }: Pick<Bot, 'log'>, error: unknown): void {
  log.warn({ reason: reasonOf(error) }, 'cannot send a reply beside a view');
}

function viewOf(reply: Reply): ModalView {
  if (reply.kind === 'form') return reply.view;
  return 'drawn' in reply ? drawAnswer(reply.drawn) : drawUnavailable('There is nothing to show.');
}

/** Opens a loading view, and fills it when the store has answered. */
async function openSlowly(
  { log }: Pick<Bot, 'log'>,
  { client }: Workspace,
  loading: ModalView,
  triggerId: string,
  later: Promise<ModalView>,
): Promise<Reply> {
  try {
    const { view } = await client.views.open({ trigger_id: triggerId, view: loading });
    const viewId = view?.id;
    if (viewId === undefined) return { kind: 'asked' };
    later
      .then((filled) => client.views.update({ view_id: viewId, view: filled }))
      .catch((error: unknown) => log.warn({ reason: reasonOf(error) }, 'cannot fill a view'));
    return { kind: 'asked' };
  } catch (error) {
    log.warn({ reason: reasonOf(error) }, 'cannot open a view');
    return { kind: 'private', drawn: drawNotOpened() };
  }
}

function metaOf({ request, body, value }: Click): DecideMeta {
  const messageTs = body.message?.ts;
  return {
    channel: request.channel,
    ...(request.threadTs === undefined ? {} : { threadTs: request.threadTs }),
    ...(messageTs === undefined ? {} : { messageTs }),
    value: PlanValueJson.parse(value),
  };
}
