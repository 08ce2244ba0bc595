import type { SandboxApi } from '../api.ts';
import { describeView } from '../slack/web-api.ts';
import { type Channel, findChannel, type Message, type OpenView, type Workspace } from '../slack/workspace.ts';
import { renderBlocks, renderMessage } from './render.ts';

/** The callback id of the message shortcut, as the app manifest names it. */
const explainId = 'explain';

const live = new Set(['input', 'actions']);

/** Everything the page needs for one look, for one person in one channel. */
export function pageState({ stage: { workspace }, stories }: SandboxApi, query: URLSearchParams): unknown {
  const person =
    [...workspace.people.values()].find(({ name }) => name === query.get('as')) ?? [...workspace.people.values()][0];
  const channel = findChannel(workspace, query.get('channel') ?? '') ?? [...workspace.channels.values()][0];
  if (person === undefined || channel === undefined) return {};
  const visible = channel.messages.filter(
    ({ ephemeralFor }) => ephemeralFor === undefined || ephemeralFor === person.id,
  );
  const threadTs = query.get('thread');
  return {
    person: person.name,
    people: [...workspace.people.values()],
    channels: [...workspace.channels.values()]
      .filter(({ im, members }) => !im || members.has(person.id))
      .map((entry) => describe(entry, workspace)),
    channel: describe(channel, workspace),
    messages: visible
      .filter(({ thread_ts }) => thread_ts === undefined)
      .map((message) => drawn(message, channel, workspace)),
    ...(threadTs === null
      ? {}
      : {
          replies: visible
            .filter(({ ts, thread_ts }) => ts === threadTs || thread_ts === threadTs)
            .map((message) => drawn(message, channel, workspace)),
        }),
    views: [...workspace.views.values()]
      .filter(({ user, id }) => user === person.id && !id.startsWith('V0HOME'))
      .map((view) => drawnView(view, workspace)),
    stories: stories.list(),
  };
}

function describe({ id, name, im, members }: Channel, { app }: Workspace) {
  return { id, name, im, hasBot: members.has(app.botUser) };
}

function drawn(message: Message, channel: Channel, workspace: Workspace) {
  return {
    ts: message.ts,
    name: workspace.people.get(message.user)?.name ?? (message.bot_id === undefined ? 'slackbot' : 'imagecheck'),
    ...(message.bot_id === undefined ? {} : { bot: message.bot_id }),
    html: renderMessage(message, workspace),
    values: buttonValues(message.blocks ?? []),
    ephemeral: message.ephemeralFor !== undefined,
    replies: channel.messages.filter(
      ({ thread_ts, ephemeralFor }) => thread_ts === message.ts && ephemeralFor === undefined,
    ).length,
    explainId,
  };
}

/** Values of the buttons in their order, because several may share an action id. */
function buttonValues(blocks: readonly unknown[]): readonly (string | undefined)[] {
  return blocks.flatMap((block) => {
    const { elements, accessory } = block as { elements?: unknown; accessory?: unknown };
    const candidates = [...(Array.isArray(elements) ? elements : []), accessory] as readonly (
      | { type?: string; value?: string }
      | undefined
    )[];
    return candidates.filter((item) => item?.type === 'button').map((item) => item?.value);
  });
}

function drawnView(open: OpenView, workspace: Workspace) {
  const view = describeView(open, workspace) as {
    readonly id: string;
    readonly hash: string;
    readonly [name: string]: unknown;
  };
  const textOf = (value: unknown): string | undefined => (value as { text?: string } | undefined)?.text;
  const blocks = (Array.isArray(open.view['blocks']) ? open.view['blocks'] : []) as readonly {
    readonly type: string;
    readonly accessory?: { type: string };
  }[];
  return {
    id: view.id,
    hash: view.hash,
    title: textOf(open.view['title']) ?? '',
    submit: textOf(open.view['submit']),
    close: textOf(open.view['close']) ?? 'Close',
    parts: blocks.map((block, index) =>
      live.has(block.type) || block.accessory?.type.endsWith('select') === true
        ? { block: { block_id: `b${index}`, ...block } }
        : { html: renderBlocks([block], workspace) },
    ),
  };
}
