import type { SandboxApi } from '../control/api.ts';
import {
  type Channel,
  findChannel,
  homeIdOf,
  type Message,
  type OpenView,
  type Workspace,
} from '../slack/workspace.ts';
import { renderBlocks, renderMessage } from './render.ts';

/** The callback id of the message shortcut, as the app manifest names it. */
const explainId = 'explain';

/** Everything the page needs for one refresh, for one person in one channel. */
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
      .filter(({ user, id }) => user === person.id && id !== homeIdOf(person.id))
      .map((view) => drawnView(view, workspace)),
    home: drawnHome(workspace, person.id),
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
    buttons: buttonsOf(message.blocks ?? []),
    ephemeral: message.ephemeralFor !== undefined,
    replies: channel.messages.filter(
      ({ thread_ts, ephemeralFor }) => thread_ts === message.ts && ephemeralFor === undefined,
    ).length,
    explainId,
  };
}

interface Item {
  readonly type?: string;
  readonly action_id?: string;
  readonly value?: string;
  readonly url?: string;
  readonly confirm?: unknown;
}

/** What the page needs to know about the buttons besides their looks, in order: several may share an action id. */
function buttonsOf(blocks: readonly unknown[]) {
  return blocks.flatMap((block) => {
    const { elements, accessory } = block as { elements?: unknown; accessory?: unknown };
    const items = [...(Array.isArray(elements) ? elements : []), accessory] as readonly (Item | undefined)[];
    return items.flatMap((item) =>
      item?.type === 'button'
        ? [{ actionId: item.action_id, value: item.value, url: item.url, confirm: item.confirm }]
        : [],
    );
  });
}

function drawnHome(workspace: Workspace, user: string) {
  const open = workspace.views.get(homeIdOf(user));
  return open === undefined ? undefined : drawnView(open, workspace);
}

type Block = Readonly<Record<string, unknown>> & {
  readonly type: string;
  readonly accessory?: { readonly type: string };
};

function drawnView(open: OpenView, workspace: Workspace) {
  const { id, hash } = open;
  const textOf = (value: unknown): string | undefined => (value as { text?: string } | undefined)?.text;
  const blocks = (Array.isArray(open.view['blocks']) ? open.view['blocks'] : []) as readonly Block[];
  return {
    id,
    hash,
    title: textOf(open.view['title']) ?? '',
    submit: textOf(open.view['submit']),
    close: textOf(open.view['close']) ?? 'Close',
    parts: blocks.flatMap((block, index) => parts({ block_id: `b${index}`, ...block }, workspace)),
  };
}

/** The page itself draws fields with input, one at a time; the renderer draws everything else. */
function parts(block: Block, workspace: Workspace): readonly unknown[] {
  const drawnBlocks = (blocks: readonly Block[]) => ({
    html: renderBlocks(blocks, workspace),
    buttons: buttonsOf(blocks),
  });
  if (block.type === 'input') return [{ block }];
  if (block.type === 'actions' && Array.isArray(block['elements'])) {
    const elements = block['elements'] as readonly Item[];
    const buttons = elements.filter(({ type }) => type === 'button');
    const fields = elements.filter(({ type }) => type !== 'button');
    return [
      ...fields.map((element) => ({ block: { ...block, elements: [element] } })),
      ...(buttons.length === 0 ? [] : [drawnBlocks([{ ...block, elements: buttons }])]),
    ];
  }
  const isField = block.accessory !== undefined && !['button', 'image', 'overflow'].includes(block.accessory.type);
  return [isField ? { block } : drawnBlocks([block])];
}
