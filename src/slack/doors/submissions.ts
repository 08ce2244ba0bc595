import type { App, ViewResponseAction } from '@slack/bolt';
import type { DecideClick } from '../../flows/change/decide/decide.ts';
import { remedies } from '../../remedies/index.ts';
import { changeIds, type DecideMeta, DecideMetaJson, type FormMeta, FormMetaJson } from '../blocks/change-ids.ts';
import { attempt } from '../bot/attempt.ts';
import type { Bot, Workspace } from '../bot/bot.ts';
import { chosen, typed, type ViewState, ViewSubmission } from '../bot/payloads.ts';
import { type Reply, type Request, requestFrom } from '../bot/request.ts';
import { decideByPress } from '../changes/deciding.ts';
import { type Fields, firstField, readForm } from '../changes/read-form.ts';
import { askForChange } from '../changes/requesting.ts';
import { formFields } from '../views/change-form.ts';
import { drawAnswer } from '../views/change-modals.ts';

/** The modals that decide, and the form for parameters. Mistakes are shown in the modal itself, which stays open. */
export function listenToChangeModals(app: App, bot: Bot): void {
  deciding(app, bot, { callback: changeIds.rejectModal, block: changeIds.reason, what: 'reject' });
  deciding(app, bot, { callback: changeIds.ticketModal, block: changeIds.ticket, what: 'approve' });
  deciding(app, bot, { callback: changeIds.breakGlassModal, block: changeIds.reason, what: 'break-glass' });
  app.view({ callback_id: changeIds.form, type: 'view_submission' }, async ({ body, ack, context }) => {
    const workspace = bot.workspaceOf(context.teamId);
    const { user, view, trigger_id: triggerId } = ViewSubmission.parse(body);
    const meta = FormMetaJson.parse(view.private_metadata);
    const read = readForm(meta, fieldsOf(view, meta));
    if (!read.ok) return await ack({ response_action: 'errors', errors: read.mistakes });
    const request = requestFrom(meta, user.id, triggerId ?? view.id);
    const reply = await attempt(
      bot,
      request.key,
      async () => await submitForm(bot, workspace, request, meta, read.wish),
    );
    const block = firstField(meta);
    return await acknowledge(async (answer) => await (answer === undefined ? ack() : ack(answer)), reply, block);
  });
}

async function submitForm(
  bot: Bot,
  workspace: Workspace,
  request: Request,
  meta: FormMeta,
  wish: Extract<ReturnType<typeof readForm>, { ok: true }>['wish'],
): Promise<Reply> {
  const asked = meta.origin === undefined ? request : { user: request.user, channel: meta.origin };
  const [first] = meta.workloads;
  const where = first?.namespace === undefined ? {} : { namespace: first.namespace };
  return await askForChange(bot, workspace, request, { ...wish, ...where, cluster: meta.cluster, asked });
}

interface DecidingModal {
  readonly callback: string;
  /** Where a refusal is shown. */
  readonly block: string;
  readonly what: DecideClick['what'];
}

function deciding(app: App, bot: Bot, { callback, block, what }: DecidingModal): void {
  app.view({ callback_id: callback, type: 'view_submission' }, async ({ body, ack, context }) => {
    const workspace = bot.workspaceOf(context.teamId);
    const { user, view, trigger_id: triggerId } = ViewSubmission.parse(body);
    const meta: DecideMeta = DecideMetaJson.parse(view.private_metadata);
    const reason = typed(view, changeIds.reason);
    const ticket = typed(view, changeIds.ticket);
    if ((block === changeIds.reason ? reason : ticket) === undefined) {
      return await ack({ response_action: 'errors', errors: { [block]: 'Fill this in.' } });
    }
    const request = requestFrom(meta, user.id, triggerId ?? view.id);
    const filled = { ...(reason === undefined ? {} : { reason }), ...(ticket === undefined ? {} : { ticket }) };
    const reply = await attempt(bot, request.key, async () => {
      return await decideByPress(bot, workspace, request, {
        value: meta.value,
        what,
        messageTs: meta.messageTs,
        ...filled,
      });
    });
    return await acknowledge(async (answer) => await (answer === undefined ? ack() : ack(answer)), reply, block);
  });
}

type Acknowledge = (answer?: ViewResponseAction) => Promise<unknown>;

/** The modal closes on success, stays open if another try may help, and otherwise shows the answer. */
async function acknowledge(ack: Acknowledge, reply: Reply, block: string): Promise<void> {
  if (!('drawn' in reply)) await ack();
  else if (reply.kind === 'private' && reply.correctable === true) {
    await ack({ response_action: 'errors', errors: { [block]: reply.drawn.text.slice(0, 500) } });
  } else await ack({ response_action: 'update', view: drawAnswer(reply.drawn) });
}

function fieldsOf(view: ViewState, { remedy, fields }: FormMeta): Fields {
  const form = remedies.find(remedy)?.form;
  const inputs = form?.kind === 'fields' ? form.fields : [];
  return {
    images: fields.map((_, index) => typed(view, formFields.image(index))),
    values: Object.fromEntries(
      inputs.map(({ id, kind }) => [id, kind === 'text' ? typed(view, id) : chosen(view, id)]),
    ),
  };
}
