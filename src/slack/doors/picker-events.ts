import type { App } from '@slack/bolt';
import { reasonOf } from '../../errors.ts';
import { ids, type PickerState, PickerStateJson, pickerBlockIds, readWorkloadValue } from '../blocks/ids.ts';
import { attempt } from '../bot/attempt.ts';
import type { Bot, Workspace } from '../bot/bot.ts';
import { BlockActions, BlockSuggestion, chosen, type ViewState, ViewSubmission } from '../bot/payloads.ts';
import { namespaceOptions, noAnswerValue, pickerView, workloadOptions } from '../bot/picker.ts';
import { type Reply, type Request, requestFrom } from '../bot/request.ts';
import { question } from './perform.ts';

/** The form of a bare `/imagecheck deployment`: its lists, what happens on a choice, and its submission. */
export function listenToPicker(app: App, bot: Bot): void {
  for (const [actionId, entries] of [
    [ids.pickerNamespace, namespaceOptions],
    [ids.pickerWorkload, workloadOptions],
  ] as const) {
    app.options(actionId, async ({ body, ack, context }) => {
      const workspace = bot.workspaceOf(context.teamId);
      const { user, value, view } = BlockSuggestion.parse(body);
      const state = stateOf(view);
      await ack({ options: await entries(bot, workspace, requestFrom(state, user.id, ''), state, value) });
    });
  }
  for (const actionId of [ids.pickerCluster, ids.pickerNamespace]) {
    app.action({ type: 'block_actions', action_id: actionId }, async ({ body, ack, context }) => {
      await ack();
      const { view } = BlockActions.parse(body);
      if (view !== undefined) await redraw(bot, bot.workspaceOf(context.teamId), view);
    });
  }
  app.view({ callback_id: ids.picker, type: 'view_submission' }, async ({ body, ack, context }) => {
    const workspace = bot.workspaceOf(context.teamId);
    const { user, view, trigger_id: triggerId } = ViewSubmission.parse(body);
    const state = stateOf(view);
    const workload = readWorkloadValue(chosen(view, ids.pickerWorkload) ?? '');
    const mistake = mistakeIn(state, workload);
    if (mistake !== undefined) return await ack({ response_action: 'errors', errors: mistake });
    const request = requestFrom(state, user.id, triggerId ?? view.id);
    const reply = await attempt(bot, request.key, () => askChosen(bot, workspace, request, state, workload));
    if (!('drawn' in reply)) return await ack();
    await ack({
      response_action: 'errors',
      errors: { [pickerBlockIds(state).workload]: reply.drawn.text.slice(0, 500) },
    });
  });
}

/**
 * The choices so far: what the form remembers, and what Slack says is selected now. A namespace of a previously chosen
 * cluster means nothing in another one.
 */
function stateOf(view: ViewState): PickerState {
  const { cluster: clusterBefore, namespace: namespaceBefore, ...rest } = PickerStateJson.parse(view.private_metadata);
  const cluster = chosen(view, ids.pickerCluster) ?? clusterBefore;
  if (cluster === undefined) return rest;
  if (cluster !== clusterBefore) return { ...rest, cluster };
  const picked = chosen(view, ids.pickerNamespace) ?? namespaceBefore;
  return picked === undefined || picked === noAnswerValue
    ? { ...rest, cluster }
    : { ...rest, cluster, namespace: picked };
}

async function redraw(bot: Bot, { client }: Workspace, view: ViewState): Promise<void> {
  const before = PickerStateJson.parse(view.private_metadata);
  const state = stateOf(view);
  if (state.cluster === before.cluster && state.namespace === before.namespace) return;
  try {
    const hash = view.hash === undefined ? {} : { hash: view.hash };
    await client.views.update({ view_id: view.id, view: await pickerView(bot, state), ...hash });
  } catch (error) {
    // Another click came first and will draw the form again.
    bot.log.warn({ reason: reasonOf(error) }, 'cannot redraw the picker');
  }
}

function mistakeIn(
  state: PickerState,
  workload: ReturnType<typeof readWorkloadValue>,
): Readonly<Record<string, string>> | undefined {
  if (state.cluster === undefined) return { [ids.pickerCluster]: 'Choose a cluster.' };
  if (state.namespace === undefined) {
    return { [pickerBlockIds(state).namespace]: 'Choose a namespace, or type its name.' };
  }
  return workload === undefined
    ? { [pickerBlockIds(state).workload]: 'Choose a workload, or type its name.' }
    : undefined;
}

async function askChosen(
  bot: Bot,
  workspace: Workspace,
  request: Request,
  { namespace, cluster, direct }: PickerState,
  workload: ReturnType<typeof readWorkloadValue>,
): Promise<Reply> {
  if (workload === undefined || namespace === undefined || cluster === undefined) return { kind: 'asked' };
  const target = { type: 'workload' as const, ...workload, namespace };
  return await question(bot, workspace, request, { type: 'ask', target, cluster, dm: direct });
}
