import { UserError } from '../../errors.ts';
import type { ResponsePlace } from './triggers.ts';
import { valuesOf } from './view-state.ts';
import { describeView } from './web-api.ts';
import { type Channel, findChannel, type Message, type Person, type Workspace } from './workspace.ts';

/** A person by id or name. */
export function personOf(workspace: Workspace, name: string): Person {
  const found =
    workspace.people.get(name) ??
    [...workspace.people.values()].find((person) => person.name === name.replace(/^@/, ''));
  if (found === undefined)
    throw new UserError(`nobody here is called ${name}`, {
      remedy: `People: ${[...workspace.people.values()].map((person) => person.name).join(', ')}.`,
    });
  return found;
}

/** A channel by id or name. */
export function channelOf(workspace: Workspace, name: string): Channel {
  const found = findChannel(workspace, name);
  if (found === undefined) throw new UserError(`there is no channel ${name}`);
  return found;
}

/** A message by its timestamp, in any channel. */
export function findMessage(
  workspace: Workspace,
  ts: string,
): { readonly channel: Channel; readonly message: Message } {
  for (const channel of workspace.channels.values()) {
    const message = channel.messages.find((candidate) => candidate.ts === ts);
    if (message !== undefined) return { channel, message };
  }
  throw new UserError(`there is no message ${ts}`);
}

/** The part of a payload about the message that contains an element. */
export function messagePlace(workspace: Workspace, ts: string, person: Person) {
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

/** The part of a payload about the view that contains an element. */
export function viewPlace(workspace: Workspace, viewId: string) {
  const open = workspace.views.get(viewId);
  if (open === undefined) throw new UserError('that view is closed');
  const blocks = Array.isArray(open.view['blocks']) ? open.view['blocks'] : [];
  const payload = {
    container: { type: 'view', view_id: viewId },
    view: { ...describeView(open, workspace), state: { values: valuesOf(open) } },
  };
  return { blocks, payload, response: undefined };
}

/** Fields of every interaction. */
export function envelope({ team, app }: Workspace, person: Person): Readonly<Record<string, unknown>> {
  return {
    api_app_id: app.id,
    token: 'verification',
    team: { id: team.id, domain: team.domain },
    user: { id: person.id, username: person.name, name: person.name, team_id: team.id },
    is_enterprise_install: false,
  };
}

/** An event as the Events API wraps it. */
export function eventEnvelope(
  { team, app, ...workspace }: Workspace,
  event: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  return {
    token: 'verification',
    team_id: team.id,
    api_app_id: app.id,
    event,
    type: 'event_callback',
    event_id: workspace.nextId('Ev'),
    event_time: Math.floor(Number(event['event_ts'])),
    authorizations: [{ team_id: team.id, user_id: app.botUser, is_bot: true, is_enterprise_install: false }],
  };
}
