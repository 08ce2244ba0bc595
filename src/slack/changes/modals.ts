import { setTimeout as delay } from 'node:timers/promises';
import type { ModalView } from '@slack/types';
import { reasonOf } from '../../errors.ts';
import type { Approval } from '../../model/approval.ts';
import type { Bot, Workspace } from '../bot.ts';
import { type DecideMeta, PlanValueJson } from '../change-ids.ts';
import type { Click } from '../click.ts';
import { openForm } from '../replies.ts';
import type { Reply } from '../request.ts';
import {
  drawBreakGlassModal,
  drawCommands,
  drawDiff,
  drawLoading,
  drawRejectModal,
  drawTicketModal,
  drawUnavailable,
} from '../views/change-modals.ts';
import { drawChangeGone, drawNotOpened } from '../views/decided.ts';

/** A trigger lives for three seconds: a store that is slower than this gets a loading view. */
const quickMs = 400;

/** Asks why. */
export async function openReject(bot: Bot, click: Click): Promise<Reply> {
  return await openModal(bot, click, drawRejectModal(metaOf(click)));
}

/** Asks for the ticket that the policy wants; the submission is the approval. */
export async function openTicket(bot: Bot, click: Click): Promise<Reply> {
  return await openModal(bot, click, drawTicketModal(metaOf(click)));
}

/** Asks for the reason that breaking the glass needs. */
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
  const stored = bot.changes.get(workspace.team, value.approval).then(
    (approval) => ({ approval }),
    (error: unknown) => ({ failure: reasonOf(error) }),
  );
  const quick = await Promise.race([stored, delay(quickMs, 'slow' as const, { ref: false })]);
  if (quick === 'slow')
    return await openSlowly(
      bot,
      workspace,
      body.trigger_id,
      stored.then((read) => viewOf(read, drawView)),
    );
  if ('approval' in quick && quick.approval === undefined) return { kind: 'private', drawn: drawChangeGone(value) };
  return await openModal(bot, click, viewOf(quick, drawView));
}

type Read = { readonly approval: Approval | undefined } | { readonly failure: string };

function viewOf(read: Read, drawView: (approval: Approval) => ModalView): ModalView {
  if ('failure' in read) return drawUnavailable('What keeps the plans (Redis) does not answer. Try again in a minute.');
  return read.approval === undefined ? drawUnavailable('This plan is no longer kept.') : drawView(read.approval);
}

/** Opens a view that says so, and fills it when the store has answered. */
async function openSlowly(
  { log }: Pick<Bot, 'log'>,
  { client }: Workspace,
  triggerId: string,
  later: Promise<ModalView>,
): Promise<Reply> {
  try {
    const { view } = await client.views.open({ trigger_id: triggerId, view: drawLoading() });
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
