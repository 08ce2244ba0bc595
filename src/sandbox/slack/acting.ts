import { UserError } from '../../errors.ts';
import type { Acknowledgement, Delivery } from './delivery.ts';
import { mangle } from './mangle.ts';
import { answerSubmission, elementOf } from './modal.ts';
import type { ResponsePlace, Triggers } from './triggers.ts';
import { describeView } from './web-api.ts';
import { type Channel, changed, findChannel, type Message, type Person, type Workspace } from './workspace.ts';

/** What acting needs of the simulator. */
export interface Stage {
  readonly workspace: Workspace;
  readonly delivery: Delivery;
  readonly triggers: Triggers;
  /** Base of response URLs. */
  readonly responseUrl: () => string;
}

/** Somebody types into a channel or thread: a slash command, a mention, or a plain message. */
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
  if (content.includes(`<@${workspace.app.botUser}>`) && channel.members.has(workspace.app.botUser)) {
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

/** An acknowledgement may carry a message: ephemeral unless it says `in_channel`. */
function showAnswer(workspace: Workspace, place: ResponsePlace, answer: Acknowledgement, command: string): void {
  if (answer.kind === 'none') {
    const why = { timeout: 'operation_timeout', 'no-connection': 'dispatch_failed', error: 'dispatch_failed' }[
      answer.why
    ];
    return whisper(workspace, place, `${command} failed with the error "${why}"`);
  }
  if (answer.payload['text'] !== undefined || answer.payload['blocks'] !== undefined)
    respond(workspace, place, answer.payload);
  return undefined;
}

/** Somebody presses a button or picks an option, in a message or in a modal. */
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
  const place =
    what.viewId === undefined
      ? messagePlace(workspace, what.messageTs ?? '', person)
      : viewPlace(workspace, what.viewId);
  const action = elementOf(place.blocks, what.actionId, what.value, workspace.nextTs());
  if (action === undefined) throw new UserError(`no element with action_id ${what.actionId} there`);
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

/** Somebody submits a modal; field errors come back instead of closing it. */
export async function submit(
  stage: Stage,
  what: { as: string; viewId: string; values: Readonly<Record<string, unknown>> },
): Promise<{ errors?: unknown }> {
  const { workspace, delivery, triggers } = stage;
  const person = personOf(workspace, what.as);
  const open = workspace.views.get(what.viewId);
  if (open === undefined) throw new UserError('that view is closed');
  const view = { ...describeView(open, workspace), state: { values: what.values } };
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

/** Options of an external select, as the app gives them for what was typed so far. */
export async function suggest(
  stage: Stage,
  what: { as: string; viewId?: string | undefined; messageTs?: string | undefined; actionId: string; value: string },
): Promise<unknown> {
  const { workspace, delivery } = stage;
  const person = personOf(workspace, what.as);
  const place =
    what.viewId === undefined
      ? messagePlace(workspace, what.messageTs ?? '', person)
      : viewPlace(workspace, what.viewId);
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

/** Somebody uses a message shortcut. */
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

/** What an app sent to a response URL, or as its acknowledgement. */
export function respond(workspace: Workspace, place: ResponsePlace, body: Readonly<Record<string, unknown>>): void {
  const channel = workspace.channels.get(place.channel);
  if (channel === undefined) return;
  const original = channel.messages.find(({ ts }) => ts === place.messageTs);
  const content = {
    text: String(body['text'] ?? ''),
    ...(Array.isArray(body['blocks']) ? { blocks: body['blocks'] } : {}),
  };
  if (body['delete_original'] === true && original !== undefined)
    channel.messages.splice(channel.messages.indexOf(original), 1);
  else if (body['replace_original'] === true && original !== undefined) Object.assign(original, content);
  else {
    const { app } = workspace;
    channel.messages.push({
      type: 'message',
      ts: workspace.nextTs(),
      user: app.botUser,
      bot_id: app.botId,
      ...content,
      ...(place.threadTs === undefined ? {} : { thread_ts: place.threadTs }),
      ...(body['response_type'] === 'in_channel' ? {} : { ephemeralFor: place.user }),
    });
  }
  changed(workspace);
}

function whisper(workspace: Workspace, { channel, user }: ResponsePlace, text: string): void {
  workspace.channels
    .get(channel)
    ?.messages.push({ type: 'message', ts: workspace.nextTs(), user: 'USLACKBOT', text, ephemeralFor: user });
  changed(workspace);
}

function personOf(workspace: Workspace, name: string): Person {
  const found =
    workspace.people.get(name) ??
    [...workspace.people.values()].find((person) => person.name === name.replace(/^@/, ''));
  if (found === undefined)
    throw new UserError(`nobody here is called ${name}`, {
      remedy: `People: ${[...workspace.people.values()].map((person) => person.name).join(', ')}.`,
    });
  return found;
}

function channelOf(workspace: Workspace, name: string): Channel {
  const found = findChannel(workspace, name);
  if (found === undefined) throw new UserError(`there is no channel ${name}`);
  return found;
}

function findMessage(workspace: Workspace, ts: string): { readonly channel: Channel; readonly message: Message } {
  for (const channel of workspace.channels.values()) {
    const message = channel.messages.find((candidate) => candidate.ts === ts);
    if (message !== undefined) return { channel, message };
  }
  throw new UserError(`there is no message ${ts}`);
}

function messagePlace(workspace: Workspace, ts: string, person: Person) {
  const { channel, message } = findMessage(workspace, ts);
  const container = {
    type: 'message',
    message_ts: ts,
    channel_id: channel.id,
    is_ephemeral: message.ephemeralFor !== undefined,
    ...(message.thread_ts === undefined ? {} : { thread_ts: message.thread_ts }),
  };
  const response: ResponsePlace = {
    channel: channel.id,
    user: person.id,
    messageTs: ts,
    ...(message.thread_ts === undefined ? {} : { threadTs: message.thread_ts }),
  };
  return {
    blocks: message.blocks ?? [],
    payload: { container, channel: { id: channel.id, name: channel.name }, message },
    response,
  };
}

function viewPlace(workspace: Workspace, viewId: string) {
  const open = workspace.views.get(viewId);
  if (open === undefined) throw new UserError('that view is closed');
  const blocks = Array.isArray(open.view['blocks']) ? open.view['blocks'] : [];
  const payload = {
    container: { type: 'view', view_id: viewId },
    view: { ...describeView(open, workspace), state: { values: {} } },
  };
  return { blocks, payload, response: undefined };
}

function envelope({ team, app }: Workspace, person: Person): Readonly<Record<string, unknown>> {
  return {
    api_app_id: app.id,
    token: 'verification',
    team: { id: team.id, domain: team.domain },
    user: { id: person.id, username: person.name, name: person.name, team_id: team.id },
    is_enterprise_install: false,
  };
}

function eventEnvelope(
  { team, app, nextId }: Workspace,
  event: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  return {
    token: 'verification',
    team_id: team.id,
    api_app_id: app.id,
    event,
    type: 'event_callback',
    event_id: nextId('Ev'),
    event_time: Math.floor(Number(event['event_ts'])),
    authorizations: [{ team_id: team.id, user_id: app.botUser, is_bot: true, is_enterprise_install: false }],
  };
}
