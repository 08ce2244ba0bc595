import { UserError } from '../../errors.ts';
import { showAnswer, whisper } from './answering.ts';
import type { Delivery } from './delivery.ts';
import { mangle } from './mangle.ts';
import { answerSubmission, elementOf } from './modal.ts';
import { channelOf, envelope, eventEnvelope, findMessage, messagePlace, personOf, viewPlace } from './places.ts';
import type { Triggers } from './triggers.ts';
import { choose, merged, valuesOf } from './view-state.ts';
import { describeView } from './web-api.ts';
import { type Channel, changed, type Message, type Person, type Workspace } from './workspace.ts';

/** What actions need from the simulator. */
export interface Stage {
  readonly workspace: Workspace;
  readonly delivery: Delivery;
  readonly triggers: Triggers;
  /** Base of response URLs. */
  readonly responseUrl: () => string;
}

/** Someone types into a channel or thread: a slash command, a mention, or a plain message. */
export async function act(
  stage: Stage,
  what: { as: string; channel: string; thread?: string | undefined; text: string },
): Promise<{ ts?: string }> {
  const { workspace } = stage;
  const person = personOf(workspace, what.as);
  const channel = channelOf(workspace, what.channel);
  if (!channel.members.has(person.id)) throw new UserError(`${person.name} is not in #${channel.name}`);
  const text = what.text.trim();
  if (text.startsWith('/')) {
    if (what.thread !== undefined)
      throw new UserError('/imagecheck is not supported in threads. Sorry!', {
        remedy: 'Mention @imagecheck instead.',
      });
    await slashCommand(stage, person, channel, text);
    return {};
  }
  const ts = workspace.nextTs();
  const content = mangle(text, { name: 'imagecheck', id: workspace.app.botUser });
  const message: Message = {
    type: 'message',
    ts,
    user: person.id,
    text: content,
    ...(what.thread === undefined ? {} : { thread_ts: what.thread }),
  };
  channel.messages.push(message);
  changed(workspace);
  const isMentioned = content.includes(`<@${workspace.app.botUser}>`);
  if (isMentioned && !channel.members.has(workspace.app.botUser)) {
    const unheard = 'You mentioned @imagecheck, but they’re not in this channel. /invite @imagecheck adds them.';
    whisper(workspace, { channel: channel.id, user: person.id }, unheard);
  } else if (isMentioned) {
    const event = {
      type: channel.im ? 'message' : 'app_mention',
      user: person.id,
      text: content,
      ts,
      channel: channel.id,
      event_ts: ts,
      ...(what.thread === undefined ? {} : { thread_ts: what.thread }),
    };
    await stage.delivery.deliver('events_api', eventEnvelope(workspace, event));
  }
  return { ts };
}

async function slashCommand(stage: Stage, person: Person, channel: Channel, text: string): Promise<void> {
  const { workspace, delivery, triggers } = stage;
  const [command = '', ...rest] = text.split(' ');
  const place = { channel: channel.id, user: person.id };
  if (command === '/invite' && rest.join(' ').trim() === '@imagecheck') {
    channel.members.add(workspace.app.botUser);
    return whisper(workspace, place, 'imagecheck was added to this channel.');
  }
  if (command !== '/imagecheck') return whisper(workspace, place, `${command} is not a valid command.`);
  const answer = await delivery.deliver('slash_commands', {
    token: 'verification',
    team_id: workspace.team.id,
    team_domain: workspace.team.domain,
    channel_id: channel.id,
    channel_name: channel.im ? 'directmessage' : channel.name,
    user_id: person.id,
    user_name: person.name,
    command,
    text: rest.join(' '),
    api_app_id: workspace.app.id,
    is_enterprise_install: 'false',
    response_url: `${stage.responseUrl()}/${triggers.issueResponse(place)}`,
    trigger_id: triggers.issue(person.id),
  });
  return showAnswer(workspace, place, answer, command);
}

/** The message or modal that contains an element. */
function placeOf(
  workspace: Workspace,
  { viewId, messageTs }: { readonly viewId?: string | undefined; readonly messageTs?: string | undefined },
  person: Person,
) {
  return viewId === undefined ? messagePlace(workspace, messageTs ?? '', person) : viewPlace(workspace, viewId);
}

/** Someone clicks a button or selects an option, in a message or in a modal. */
export async function click(
  stage: Stage,
  what: {
    as: string;
    messageTs?: string | undefined;
    viewId?: string | undefined;
    actionId: string;
    value?: string | undefined;
  },
): Promise<void> {
  const { workspace, delivery, triggers } = stage;
  const person = personOf(workspace, what.as);
  const { blocks } = placeOf(workspace, what, person);
  const action = elementOf(blocks, what.actionId, what.value, workspace.nextTs());
  if (action === undefined) throw new UserError(`no element with action_id ${what.actionId} there`);
  const open = workspace.views.get(what.viewId ?? '');
  if (open !== undefined) choose(open, action);
  const place = placeOf(workspace, what, person);
  const response =
    place.response === undefined
      ? {}
      : { response_url: `${stage.responseUrl()}/${triggers.issueResponse(place.response)}` };
  await delivery.deliver('interactive', {
    type: 'block_actions',
    ...envelope(workspace, person),
    trigger_id: triggers.issue(person.id),
    ...response,
    ...place.payload,
    actions: [action],
  });
}

/** Someone submits a modal; field errors are returned instead of closing it. */
export async function submit(
  stage: Stage,
  what: { as: string; viewId: string; values: Readonly<Record<string, unknown>> },
): Promise<{ errors?: unknown }> {
  const { workspace, delivery, triggers } = stage;
  const person = personOf(workspace, what.as);
  const open = workspace.views.get(what.viewId);
  if (open === undefined) throw new UserError('that view is closed');
  const view = { ...describeView(open, workspace), state: { values: merged(valuesOf(open), what.values) } };
  const answer = await delivery.deliver('interactive', {
    type: 'view_submission',
    ...envelope(workspace, person),
    trigger_id: triggers.issue(person.id),
    view,
    response_urls: [],
  });
  if (answer.kind === 'none') throw new UserError('We had some trouble connecting. Try again?');
  return answerSubmission(workspace, open, answer.payload);
}

/** Options of an external select, which the app returns for the text typed so far. */
export async function suggest(
  stage: Stage,
  what: { as: string; viewId?: string | undefined; messageTs?: string | undefined; actionId: string; value: string },
): Promise<unknown> {
  const { workspace, delivery } = stage;
  const person = personOf(workspace, what.as);
  const place = placeOf(workspace, what, person);
  const action = elementOf(place.blocks, what.actionId, undefined, '0');
  const answer = await delivery.deliver('interactive', {
    type: 'block_suggestion',
    ...envelope(workspace, person),
    ...place.payload,
    action_id: what.actionId,
    block_id: action?.['block_id'],
    value: what.value,
  });
  return answer.kind === 'none' ? { options: [] } : answer.payload;
}

/** Someone uses a message shortcut. */
export async function shortcut(
  stage: Stage,
  what: { as: string; messageTs: string; callbackId: string },
): Promise<void> {
  const { workspace, delivery, triggers } = stage;
  const person = personOf(workspace, what.as);
  const { channel, message } = findMessage(workspace, what.messageTs);
  await delivery.deliver('interactive', {
    type: 'message_action',
    ...envelope(workspace, person),
    callback_id: what.callbackId,
    trigger_id: triggers.issue(person.id),
    response_url: `${stage.responseUrl()}/${triggers.issueResponse({ channel: channel.id, user: person.id, messageTs: message.ts })}`,
    message_ts: message.ts,
    action_ts: workspace.nextTs(),
    channel: { id: channel.id, name: channel.name },
    message,
  });
}
