import { validateMessage, validateView } from './block-rules.ts';
import type { Limiter } from './limiter.ts';
import {
  type Channel,
  changed,
  directMessage,
  findChannel,
  homeIdOf,
  type Message,
  type OpenView,
  type Workspace,
} from './workspace.ts';

/** An error as Slack returns it, with any other fields of its response. */
export class SlackRefusal extends Error {
  override readonly name = 'SlackRefusal';
  readonly extra: Readonly<Record<string, unknown>>;

  constructor(code: string, extra: Readonly<Record<string, unknown>> = {}) {
    super(code);
    this.extra = extra;
  }
}

/** A rate-limited call: HTTP 429 with Retry-After. */
export class RateLimited extends Error {
  override readonly name = 'RateLimited';
  readonly retryAfterSeconds: number;

  constructor(retryAfterSeconds: number) {
    super('ratelimited');
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** Input of a method: arguments as Slack reads them, with JSON texts already parsed. */
export interface Call {
  readonly workspace: Workspace;
  readonly args: Readonly<Record<string, unknown>>;
  /** Uses a trigger: once, and within three seconds. */
  readonly takeTrigger: (triggerId: string) => string;
}

type Method = (call: Call) => Record<string, unknown>;

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** The Web API methods that the product uses, and a few that clients expect. Unknown methods get `unknown_method`. */
export const methods: Readonly<Record<string, Method>> = {
  'api.test': () => ({}),
  'auth.test': ({ workspace: { team, app } }) => ({
    url: `https://${team.domain}.slack.com/`,
    team: team.name,
    user: 'imagecheck',
    team_id: team.id,
    user_id: app.botUser,
    bot_id: app.botId,
    is_enterprise_install: false,
  }),
  'chat.postMessage': (call) => {
    const channel = postable(call);
    const message = makeMessage(call, channel);
    channel.messages.push(message);
    changed(call.workspace);
    return { channel: channel.id, ts: message.ts, message };
  },
  'chat.postEphemeral': (call) => {
    const channel = postable(call);
    const user = text(call.args['user']);
    if (!channel.members.has(user)) throw new SlackRefusal('user_not_in_channel');
    const message = { ...makeMessage(call, channel), ephemeralFor: user };
    channel.messages.push(message);
    changed(call.workspace);
    return { message_ts: message.ts };
  },
  'chat.update': (call) => {
    const { args, workspace } = call;
    const channel = postable(call);
    const message = channel.messages.find(({ ts, ephemeralFor }) => ts === args['ts'] && ephemeralFor === undefined);
    if (message === undefined) throw new SlackRefusal('message_not_found');
    if (message.user !== workspace.app.botUser) throw new SlackRefusal('cant_update_message');
    const content = contentOf(call);
    Object.assign(message, content, { edited: { user: workspace.app.botUser, ts: workspace.nextTs() } });
    changed(workspace);
    return { channel: channel.id, ts: message.ts, text: message.text, message };
  },
  'chat.delete': (call) => {
    const channel = postable(call);
    const at = channel.messages.findIndex(({ ts }) => ts === call.args['ts']);
    if (at < 0) throw new SlackRefusal('message_not_found');
    channel.messages.splice(at, 1);
    changed(call.workspace);
    return { channel: channel.id, ts: text(call.args['ts']) };
  },
  'chat.getPermalink': (call) => {
    const channel = known(call);
    const ts = text(call.args['message_ts']);
    const message = channel.messages.find((each) => each.ts === ts && each.ephemeralFor === undefined);
    if (message === undefined) throw new SlackRefusal('message_not_found');
    const thread = message.thread_ts === undefined ? '' : `?thread_ts=${message.thread_ts}&cid=${channel.id}`;
    const { domain } = call.workspace.team;
    const permalink = `https://${domain}.slack.com/archives/${channel.id}/p${ts.replace('.', '')}${thread}`;
    return { channel: channel.id, permalink };
  },
  'conversations.open': ({ workspace, args }) => {
    const [user = ''] = text(args['users']).split(',');
    if (!workspace.people.has(user)) throw new SlackRefusal('user_not_found');
    return { channel: { id: directMessage(workspace, user).id } };
  },
  'conversations.info': ({ workspace, args }) => {
    const channel = workspace.channels.get(text(args['channel']));
    if (channel === undefined) throw new SlackRefusal('channel_not_found');
    return { channel: describeChannel(channel, workspace) };
  },
  'conversations.history': (call) => ({ messages: history(known(call)), has_more: false }),
  'conversations.replies': (call) => ({ messages: thread(known(call), text(call.args['ts'])), has_more: false }),
  'users.info': ({ workspace, args }) => {
    const person = workspace.people.get(text(args['user']));
    if (person === undefined) throw new SlackRefusal('user_not_found');
    return {
      user: {
        id: person.id,
        team_id: workspace.team.id,
        name: person.name,
        real_name: person.realName,
        is_bot: false,
        is_restricted: person.guest,
        is_ultra_restricted: false,
        is_stranger: false,
      },
    };
  },
  'usergroups.list': ({ workspace }) => ({
    usergroups: [...workspace.groups.values()].map(({ id, handle, users }) => ({
      id,
      handle,
      name: handle,
      users,
      date_delete: 0,
    })),
  }),
  'usergroups.users.list': ({ workspace, args }) => {
    const group = workspace.groups.get(text(args['usergroup']));
    if (group === undefined) throw new SlackRefusal('no_such_subteam');
    return { users: group.users };
  },
  'views.open': (call) => openView(call, 'open'),
  'views.push': (call) => openView(call, 'push'),
  'views.update': ({ workspace, args }) => {
    const open = workspace.views.get(text(args['view_id']));
    if (open === undefined) throw new SlackRefusal('not_found');
    if (args['hash'] !== undefined && args['hash'] !== open.hash) throw new SlackRefusal('hash_conflict');
    open.view = checkedView(args['view']);
    open.hash = workspace.nextTs();
    changed(workspace);
    return { view: describeView(open, workspace) };
  },
  'views.publish': ({ workspace, args }) => {
    const user = text(args['user_id']);
    if (!workspace.people.has(user)) throw new SlackRefusal('user_not_found');
    const present = workspace.views.get(homeIdOf(user));
    if (args['hash'] !== undefined && args['hash'] !== present?.hash) throw new SlackRefusal('hash_conflict');
    const open: OpenView = {
      id: homeIdOf(user),
      user,
      view: checkedView(args['view']),
      hash: workspace.nextTs(),
      rootId: homeIdOf(user),
    };
    workspace.views.set(open.id, open);
    changed(workspace);
    return { view: describeView(open, workspace) };
  },
};

/** Runs one call. Throws `SlackRefusal` or `RateLimited` where Slack would refuse. */
export function callMethod(name: string, call: Call, limiter: Limiter): Record<string, unknown> {
  const method = methods[name];
  if (method === undefined) throw new SlackRefusal('unknown_method', { req_method: name });
  const wait = limiter.refusal(name, typeof call.args['channel'] === 'string' ? call.args['channel'] : undefined);
  if (wait !== undefined) throw new RateLimited(wait);
  return method(call);
}

function known({ workspace, args }: Call): Channel {
  const channel = workspace.channels.get(text(args['channel']));
  if (channel === undefined) throw new SlackRefusal('channel_not_found');
  return channel;
}

/** A person's id means the direct message with them; a channel may be given by name. */
function postable(call: Call): Channel {
  const { workspace, args } = call;
  const id = text(args['channel']);
  const channel = workspace.people.has(id) ? directMessage(workspace, id) : (findChannel(workspace, id) ?? known(call));
  if (!channel.members.has(workspace.app.botUser)) throw new SlackRefusal('not_in_channel');
  return channel;
}

function makeMessage(call: Call, channel: Channel): Message {
  const { workspace, args } = call;
  const threadTs = args['thread_ts'];
  if (threadTs !== undefined && !channel.messages.some(({ ts }) => ts === threadTs))
    throw new SlackRefusal('thread_not_found');
  return {
    type: 'message',
    ts: workspace.nextTs(),
    user: workspace.app.botUser,
    bot_id: workspace.app.botId,
    ...contentOf(call),
    ...(typeof threadTs === 'string' ? { thread_ts: threadTs } : {}),
  };
}

function contentOf({ args }: Call): Pick<Message, 'text' | 'blocks' | 'metadata'> {
  const { blocks, metadata } = args;
  const content = text(args['text']);
  if (content === '' && (!Array.isArray(blocks) || blocks.length === 0)) throw new SlackRefusal('no_text');
  const problem = validateMessage(blocks, content);
  if (problem !== undefined)
    throw new SlackRefusal(problem.error, { response_metadata: { messages: problem.messages } });
  return {
    text: content.slice(0, 40_000),
    ...(Array.isArray(blocks) ? { blocks } : {}),
    ...(metadata === undefined ? {} : { metadata }),
  };
}

function checkedView(value: unknown): Record<string, unknown> {
  const problem = validateView(value);
  if (problem !== undefined)
    throw new SlackRefusal(problem.error, { response_metadata: { messages: problem.messages } });
  return value as Record<string, unknown>;
}

/** Opens a modal, alone or on top of this person's open modals: at most three, as in Slack. */
function openView({ workspace, args, takeTrigger }: Call, how: 'open' | 'push'): Record<string, unknown> {
  const user = takeTrigger(text(args['trigger_id']));
  const view = checkedView(args['view']);
  const below = [...workspace.views.values()].filter((open) => open.user === user && open.id !== homeIdOf(user));
  if (how === 'push' && below.length === 0) throw new SlackRefusal('not_found');
  if (how === 'push' && below.length >= 3) throw new SlackRefusal('push_limit_reached');
  if (how === 'open') for (const open of below) workspace.views.delete(open.id);
  const id = workspace.nextId('V');
  const rootId = how === 'push' ? (below.at(0)?.rootId ?? id) : id;
  const open: OpenView = { id, user, view, hash: workspace.nextTs(), rootId };
  workspace.views.set(id, open);
  changed(workspace);
  return { view: describeView(open, workspace) };
}

/** A view as in payloads and responses. */
export function describeView(open: OpenView, { team, app }: Workspace): Record<string, unknown> {
  return {
    ...open.view,
    id: open.id,
    team_id: team.id,
    app_id: app.id,
    bot_id: app.botId,
    hash: open.hash,
    root_view_id: open.rootId,
  };
}

function describeChannel(channel: Channel, { app }: Workspace): Record<string, unknown> {
  return {
    id: channel.id,
    name: channel.name,
    is_channel: !channel.im,
    is_im: channel.im,
    is_member: channel.members.has(app.botUser),
    is_ext_shared: channel.shared,
    is_private: false,
  };
}

/** Top-level messages of a channel, newest first, as returned by conversations.history. */
export function history(channel: Channel): readonly Message[] {
  return channel.messages
    .filter(
      ({ thread_ts, ts, ephemeralFor }) => ephemeralFor === undefined && (thread_ts === undefined || thread_ts === ts),
    )
    .toReversed();
}

/** A parent and its replies, oldest first, as returned by conversations.replies. */
export function thread(channel: Channel, ts: string): readonly Message[] {
  const messages = channel.messages.filter(
    (message) => message.ephemeralFor === undefined && (message.ts === ts || message.thread_ts === ts),
  );
  if (messages.length === 0) throw new SlackRefusal('thread_not_found');
  return messages;
}
