import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { Message as BlockMessage } from 'slack-blocks-to-jsx';
import type { Message, Workspace } from '../slack/workspace.ts';

const epoch = new Date(0);

type Blocks = Parameters<typeof BlockMessage>[0]['blocks'];

/**
 * Blocks as HTML, drawn by a vendored Block Kit renderer. Buttons carry their action id as `id`; the page makes them
 * live.
 */
export function renderBlocks(blocks: readonly unknown[], workspace: Workspace): string {
  const hooks = {
    user: ({ id }: { readonly id: string }) =>
      createElement('span', { className: 'mention' }, `@${workspace.people.get(id)?.name ?? 'imagecheck'}`),
    channel: ({ id }: { readonly id: string }) =>
      createElement('span', { className: 'mention' }, `#${workspace.channels.get(id)?.name ?? id}`),
    usergroup: ({ id }: { readonly id: string }) =>
      createElement('span', { className: 'mention' }, `@${workspace.groups.get(id)?.handle ?? id}`),
  };
  const props = {
    blocks: prepare(blocks) as Blocks,
    logo: '',
    name: '',
    time: epoch,
    withoutWrapper: true,
    hooks,
  } as Parameters<typeof BlockMessage>[0];
  return restore(renderToStaticMarkup(createElement(BlockMessage, props)));
}

/**
 * Characters to hide from the renderer, and the private-use characters that replace them: characters that are escaped
 * in Slack's text, and colons, because the renderer takes anything between colons for an emoji.
 */
const hidden: readonly (readonly [shown: string, standIn: string])[] = [
  ['&lt;', '\ue000'],
  ['&gt;', '\ue001'],
  ['&amp;', '\ue002'],
  [':', '\ue003'],
];

/**
 * Adapts blocks so that the renderer draws them like Slack: it takes `verbatim` for "no formatting at all", while Slack
 * only leaves names and addresses unlinked, and it unescapes before parsing, so that `&lt;!channel&gt;` would become a
 * mention.
 */
function prepare(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(prepare);
  if (typeof value !== 'object' || value === null) return value;
  const { verbatim: _, ...rest } = value as Readonly<Record<string, unknown>>;
  const isText = rest['type'] === 'mrkdwn' || rest['type'] === 'plain_text';
  return Object.fromEntries(
    Object.entries(rest).map(([key, each]) => [
      key,
      isText && key === 'text' && typeof each === 'string' ? hide(each) : prepare(each),
    ]),
  );
}

/** Addresses, mentions and dates (`<…>`) stay unchanged. */
function hide(text: string): string {
  return text
    .split(/(<[^<>]*>)/)
    .map((part, index) => (index % 2 === 1 ? part : hidden.reduce((rest, pair) => rest.replaceAll(...pair), part)))
    .join('');
}

/** Symbols at the start of messages, drawn by the style sheet: a fresh machine has no font for them. */
const marks: Readonly<Record<string, string>> = {
  '🔴': 'red',
  '🟠': 'orange',
  '✅': 'green',
  '❔': 'grey',
  '⏳': 'waiting',
  '🔎': 'waiting',
  '🤔': 'orange',
  '🚫': 'red',
  '📌': 'blue',
  '💡': 'blue',
  '👋': 'blue',
  '❓': 'blue',
  '📝': 'blue',
  '🔧': 'waiting',
  '👀': 'waiting',
  '🏁': 'green',
  '⌛': 'grey',
  '♻️': 'grey',
  '⛔': 'red',
  '🚨': 'red',
  '🚩': 'red',
  '🔒': 'grey',
};

/** A code block, which the renderer starts and ends with empty lines. */
const codeBlock = /(?<open><code class="slack_code block[^>]*>)\n*(?<code>[^<]*?)\n*<\/code>/g;

function restore(html: string): string {
  const restored = hidden.reduce((text, [shown, standIn]) => text.replaceAll(standIn, shown), html);
  return Object.entries(marks).reduce(
    (text, [sign, name]) => text.replaceAll(sign, `<span class="mark ${name}" role="img" aria-label="${sign}"></span>`),
    restored.replaceAll(codeBlock, '$<open>$<code></code>'),
  );
}

/** A message as the page shows it: its blocks, or its text as one section. */
export function renderMessage(message: Message, workspace: Workspace): string {
  const blocks = message.blocks ?? [
    { type: 'section', text: { type: 'mrkdwn', text: message.text === '' ? ' ' : message.text } },
  ];
  return renderBlocks(blocks, workspace);
}
