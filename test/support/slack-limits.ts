import { z } from 'zod';

/**
 * Slack's limits for what we send (docs/facts/slack.md#limits), written independently of the builders: strict objects,
 * so that an unknown field fails as it does at Slack. Offline stand-in for `blocks.validate`.
 */
const plain = (max: number) =>
  z.strictObject({ type: z.literal('plain_text'), text: z.string().min(1).max(max), emoji: z.boolean().optional() });
const mrkdwn = (max: number) =>
  z.strictObject({ type: z.literal('mrkdwn'), text: z.string().min(1).max(max), verbatim: z.boolean().optional() });
const id = z.string().min(1).max(255);
const option = z.strictObject({ text: plain(75), value: z.string().min(1).max(75) });

const button = z.strictObject({
  type: z.literal('button'),
  action_id: id,
  text: plain(75),
  value: z.string().max(2000).optional(),
  url: z.string().max(3000).optional(),
  style: z.enum(['primary', 'danger']).optional(),
  confirm: z
    .strictObject({
      title: plain(100),
      text: z.union([mrkdwn(300), plain(300)]),
      confirm: plain(30).optional(),
      deny: plain(30).optional(),
    })
    .optional(),
});
const textInput = z.strictObject({
  type: z.literal('plain_text_input'),
  action_id: id,
  multiline: z.boolean().optional(),
  max_length: z.number().int().min(1).max(3000).optional(),
  initial_value: z.string().min(1).max(3000).optional(),
  placeholder: plain(150).optional(),
});
const staticSelect = z.strictObject({
  type: z.literal('static_select'),
  action_id: id,
  placeholder: plain(150).optional(),
  options: z.array(option).min(1).max(100),
  initial_option: option.optional(),
});
const externalSelect = z.strictObject({
  type: z.literal('external_select'),
  action_id: id,
  placeholder: plain(150).optional(),
  min_query_length: z.number().int().min(0).optional(),
  initial_option: option.optional(),
});

const section = z.strictObject({ type: z.literal('section'), block_id: id.optional(), text: mrkdwn(3000) });
const context = z.strictObject({
  type: z.literal('context'),
  block_id: id.optional(),
  elements: z.array(mrkdwn(3000)).min(1).max(10),
});
const actions = z.strictObject({
  type: z.literal('actions'),
  block_id: id.optional(),
  elements: z.array(button).min(1).max(25),
});
const divider = z.strictObject({ type: z.literal('divider'), block_id: id.optional() });
const input = z.strictObject({
  type: z.literal('input'),
  block_id: id.optional(),
  dispatch_action: z.boolean().optional(),
  label: plain(2000),
  hint: plain(2000).optional(),
  optional: z.boolean().optional(),
  element: z.discriminatedUnion('type', [staticSelect, externalSelect, textInput]),
});

const messageBlock = z.discriminatedUnion('type', [section, context, actions, divider]);
const modalBlock = z.discriminatedUnion('type', [section, context, actions, divider, input]);

const message = z.strictObject({ text: z.string().min(1).max(40_000), blocks: z.array(messageBlock).max(50) });
const modal = z.strictObject({
  type: z.literal('modal'),
  callback_id: id,
  private_metadata: z.string().max(3000).optional(),
  title: plain(24),
  submit: plain(24).optional(),
  close: plain(24).optional(),
  blocks: z.array(modalBlock).min(1).max(100),
});

/** Every reason why Slack would refuse this message, or show something unintended. */
export function faultsOfMessage(candidate: unknown): string[] {
  const parsed = message.safeParse(candidate);
  if (!parsed.success) return parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  const { text, blocks } = parsed.data;
  const total = textsOf(blocks).reduce((sum, one) => sum + one.length, 0);
  return [
    ...(total > 13_200 ? [`msg_blocks_too_long: ${total}`] : []),
    ...faultsOfSize(candidate),
    ...faultsOfIds(blocks),
    ...faultsOfMarkup(text),
    ...blocks.flatMap((block) => markupOf(block).flatMap(faultsOfMarkup)),
  ];
}

const home = z.strictObject({ type: z.literal('home'), blocks: z.array(modalBlock).min(1).max(100) });

/** The same for App Home. */
export function faultsOfHome(candidate: unknown): string[] {
  const parsed = home.safeParse(candidate);
  if (!parsed.success) return parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  return [...faultsOfSize(candidate), ...faultsOfIds(parsed.data.blocks)];
}

/** The same for a form. */
export function faultsOfModal(candidate: unknown): string[] {
  const parsed = modal.safeParse(candidate);
  if (!parsed.success) return parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  return [...faultsOfSize(candidate), ...faultsOfIds(parsed.data.blocks)];
}

/**
 * Slack takes 250 kB, but sends what we draw back with every press, in a form whose encoding may triple it: our own
 * server reads 1 MB.
 */
function faultsOfSize(candidate: unknown): string[] {
  const size = Buffer.byteLength(JSON.stringify(candidate));
  return size > 60_000
    ? [
        `too large: ${size} bytes of ${String(Reflect.get(Object(candidate), 'callback_id') ?? Reflect.get(Object(candidate), 'type'))}`,
      ]
    : [];
}

function faultsOfIds(blocks: readonly z.infer<typeof modalBlock>[]): string[] {
  const ids = blocks.flatMap((block) => {
    if (block.type === 'actions') return block.elements.map((element) => element.action_id);
    return block.type === 'input' ? [block.element.action_id] : [];
  });
  const blockIds = blocks.flatMap((block) => (block.block_id === undefined ? [] : [block.block_id]));
  return [...duplicates(ids), ...duplicates(blockIds)].map((one) => `used twice: ${one}`);
}

function duplicates(all: readonly string[]): string[] {
  return all.filter((one, index) => all.indexOf(one) !== index);
}

function markupOf(block: z.infer<typeof messageBlock>): string[] {
  if (block.type === 'section') return [block.text.text];
  return block.type === 'context' ? block.elements.map((element) => element.text) : [];
}

function textsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(textsOf);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, one]) =>
    key === 'text' && typeof one === 'string' ? [one] : textsOf(one),
  );
}

/** Only mark-up of our own: people, channels and dates in angle brackets, three entities, whole code spans. */
function faultsOfMarkup(text: string): string[] {
  const rest = text
    .replaceAll(/<@[UW][A-Z0-9]+>|<#[CG][A-Z0-9]+>|<!date\^\d+\^\{date_short_pretty\} \{time\}\|[^<>|]+>/g, '')
    .replaceAll(/&(?:amp|lt|gt);/g, '');
  const withoutBlocks = rest.replaceAll('```', '');
  return [
    ...(/[<>]/.test(rest) ? ['an unescaped angle bracket'] : []),
    ...(rest.includes('&') ? ['an unescaped ampersand'] : []),
    // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
    ...(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u200B\u200C\u200E\u200F\u202A-\u202E\u2060-\u2069\uFEFF]/.test(text)
      ? ['an invisible character']
      : []),
    ...(text.isWellFormed() ? [] : ['half a character']),
    ...((rest.split('```').length - 1) % 2 === 0 ? [] : ['an open code block']),
    ...((withoutBlocks.split('`').length - 1) % 2 === 0 ? [] : ['an open code span']),
  ];
}
