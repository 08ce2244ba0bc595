import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { Message as BlockMessage } from 'slack-blocks-to-jsx';
import type { Message, Workspace } from '../slack/workspace.ts';

const epoch = new Date(0);

type Blocks = Parameters<typeof BlockMessage>[0]['blocks'];

/** Blocks as HTML, drawn by a kept Block Kit renderer. Buttons carry their action id as `id`; the page makes them live. */
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
    blocks: [...blocks] as unknown as Blocks,
    logo: '',
    name: '',
    time: epoch,
    withoutWrapper: true,
    hooks,
  } as Parameters<typeof BlockMessage>[0];
  return renderToStaticMarkup(createElement(BlockMessage, props));
}

/** A message as the page shows it: its blocks, or its text as one section. */
export function renderMessage(message: Message, workspace: Workspace): string {
  const blocks = message.blocks ?? [
    { type: 'section', text: { type: 'mrkdwn', text: message.text === '' ? ' ' : message.text } },
  ];
  return renderBlocks(blocks, workspace);
}
