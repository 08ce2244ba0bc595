/** The error in some blocks, as in Slack's response. */
export interface BlockProblem {
  readonly error:
    | 'invalid_blocks'
    | 'invalid_blocks_format'
    | 'msg_blocks_too_long'
    | 'msg_too_long'
    | 'invalid_arguments';
  readonly messages: readonly string[];
}

type Json = Readonly<Record<string, unknown>>;
type Rule = (block: Json, report: Report, at: string) => void;
type Report = (at: string, problem: string) => void;

const textSum = 13_200;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The blocks of a message: at most 50, each following its rule, and about 13,200 characters in total
 * (docs/facts/slack.md#limits).
 */
export function validateMessage(blocks: unknown, text: string): BlockProblem | undefined {
  if (text.length > 40_000) return { error: 'msg_too_long', messages: [] };
  if (blocks === undefined) return undefined;
  if (!Array.isArray(blocks)) return { error: 'invalid_blocks_format', messages: ['blocks must be an array'] };
  const problem = check(blocks, 50, messageBlocks);
  if (problem !== undefined) return problem;
  return sumOfTexts(blocks) > textSum ? { error: 'msg_blocks_too_long', messages: [] } : undefined;
}

/** A modal or App Home. */
export function validateView(view: unknown): BlockProblem | undefined {
  if (!isObject(view)) return { error: 'invalid_arguments', messages: ['view must be an object'] };
  const messages: string[] = [];
  const report: Report = (at, problem) => messages.push(`[ERROR] ${problem} [json-pointer:/view${at}]`);
  if (view['type'] !== 'modal' && view['type'] !== 'home') report('/type', 'must be modal or home');
  if (view['type'] === 'modal') checkText(view['title'], 24, report, '/title', 'plain_text');
  for (const name of ['submit', 'close'])
    if (view[name] !== undefined) checkText(view[name], 24, report, `/${name}`, 'plain_text');
  if (length(view['private_metadata']) > 3000) report('/private_metadata', 'must be less than 3001 characters');
  if (length(view['callback_id']) > 255) report('/callback_id', 'must be less than 256 characters');
  const blocks = Array.isArray(view['blocks']) ? view['blocks'] : [];
  if (blocks.some((block) => isObject(block) && block['type'] === 'input') && view['submit'] === undefined)
    report('/submit', 'is required with input blocks');
  if (messages.length > 0) return { error: 'invalid_arguments', messages };
  return check(blocks, 100, { ...messageBlocks, input: inputBlock });
}

function check(
  blocks: readonly unknown[],
  max: number,
  rules: Readonly<Record<string, Rule>>,
): BlockProblem | undefined {
  const messages: string[] = [];
  const report: Report = (at, problem) => messages.push(`[ERROR] ${problem} [json-pointer:${at}]`);
  if (blocks.length > max) report('/blocks', `no more than ${max} items allowed`);
  const ids = new Set<unknown>();
  blocks.forEach((block, index) => {
    const at = `/blocks/${index}`;
    if (!isObject(block)) return report(at, 'must be an object');
    const rule = rules[String(block['type'])];
    if (rule === undefined) return report(`${at}/type`, `unsupported type: ${String(block['type'])}`);
    if (length(block['block_id']) > 255) report(`${at}/block_id`, 'must be less than 256 characters');
    if (block['block_id'] !== undefined && ids.has(block['block_id'])) report(`${at}/block_id`, 'must be unique');
    ids.add(block['block_id']);
    return rule(block, report, at);
  });
  return messages.length === 0 ? undefined : { error: 'invalid_blocks', messages };
}

const messageBlocks: Readonly<Record<string, Rule>> = {
  divider: () => {},
  header: (block, report, at) => checkText(block['text'], 150, report, `${at}/text`, 'plain_text'),
  section: (block, report, at) => {
    const fields = block['fields'];
    if (block['text'] === undefined && fields === undefined) report(at, 'must have text or fields');
    if (block['text'] !== undefined) checkText(block['text'], 3000, report, `${at}/text`);
    if (fields !== undefined)
      list(fields, 10, report, `${at}/fields`, (field, where) => checkText(field, 2000, report, where));
    if (block['accessory'] !== undefined) element(block['accessory'], report, `${at}/accessory`);
  },
  context: (block, report, at) =>
    list(block['elements'], 10, report, `${at}/elements`, (item, where) => {
      if (isObject(item) && item['type'] === 'image') return image(item, report, where);
      return checkText(item, 2000, report, where);
    }),
  actions: (block, report, at) =>
    list(block['elements'], 25, report, `${at}/elements`, (item, where) => element(item, report, where)),
  image: (block, report, at) => image(block, report, at),
  markdown: (block, report, at) => bounded(block['text'], 12_000, report, `${at}/text`),
  rich_text: (block, report, at) => list(block['elements'], 50, report, `${at}/elements`, () => {}),
};

const inputBlock: Rule = (block, report, at) => {
  checkText(block['label'], 2000, report, `${at}/label`, 'plain_text');
  if (block['hint'] !== undefined) checkText(block['hint'], 2000, report, `${at}/hint`, 'plain_text');
  element(block['element'], report, `${at}/element`);
};

const elements: Readonly<Record<string, Rule>> = {
  button: (item, report, at) => {
    checkText(item['text'], 75, report, `${at}/text`, 'plain_text');
    if (length(item['value']) > 2000) report(`${at}/value`, 'must be less than 2001 characters');
    if (length(item['url']) > 3000) report(`${at}/url`, 'must be less than 3001 characters');
    if (item['style'] !== undefined && item['style'] !== 'primary' && item['style'] !== 'danger')
      report(`${at}/style`, 'must be primary or danger');
    if (length(item['accessibility_label']) > 75)
      report(`${at}/accessibility_label`, 'must be less than 76 characters');
    if (item['confirm'] !== undefined) confirmation(item['confirm'], report, `${at}/confirm`);
  },
  overflow: (item, report, at) => options(item, 5, report, at),
  static_select: (item, report, at) => options(item, 100, report, at),
  multi_static_select: (item, report, at) => options(item, 100, report, at),
  external_select: placeholderOnly,
  multi_external_select: placeholderOnly,
  multi_users_select: placeholderOnly,
  users_select: placeholderOnly,
  conversations_select: placeholderOnly,
  radio_buttons: (item, report, at) => options(item, 10, report, at),
  checkboxes: (item, report, at) => options(item, 10, report, at),
  plain_text_input: (item, report, at) => {
    placeholderOnly(item, report, at);
    if (length(item['initial_value']) > 3000) report(`${at}/initial_value`, 'must be less than 3001 characters');
  },
};

function placeholderOnly(item: Json, report: Report, at: string): void {
  if (item['placeholder'] !== undefined) checkText(item['placeholder'], 150, report, `${at}/placeholder`, 'plain_text');
}

function element(item: unknown, report: Report, at: string): void {
  if (!isObject(item)) return report(at, 'must be an object');
  if (item['type'] === 'image') return image(item, report, at);
  const rule = elements[String(item['type'])];
  if (rule === undefined) return report(`${at}/type`, `unsupported type: ${String(item['type'])}`);
  if (length(item['action_id']) > 255) report(`${at}/action_id`, 'must be less than 256 characters');
  return rule(item, report, at);
}

function options(item: Json, max: number, report: Report, at: string): void {
  placeholderOnly(item, report, at);
  list(item['options'], max, report, `${at}/options`, (option, where) => {
    if (!isObject(option)) return report(where, 'must be an object');
    checkText(option['text'], 75, report, `${where}/text`);
    return bounded(option['value'], 75, report, `${where}/value`);
  });
}

function confirmation(value: unknown, report: Report, at: string): void {
  if (!isObject(value)) return report(at, 'must be an object');
  checkText(value['title'], 100, report, `${at}/title`, 'plain_text');
  checkText(value['text'], 300, report, `${at}/text`);
  for (const name of ['confirm', 'deny'])
    if (value[name] !== undefined) checkText(value[name], 30, report, `${at}/${name}`, 'plain_text');
}

function image(value: Json, report: Report, at: string): void {
  bounded(value['image_url'], 3000, report, `${at}/image_url`);
  bounded(value['alt_text'], 2000, report, `${at}/alt_text`);
}

function list(
  value: unknown,
  max: number,
  report: Report,
  at: string,
  each: (item: unknown, at: string) => void,
): void {
  if (!Array.isArray(value) || value.length === 0) return report(at, 'must have at least 1 item');
  if (value.length > max) report(at, `no more than ${max} items allowed`);
  return value.forEach((item, index) => each(item, `${at}/${index}`));
}

function checkText(value: unknown, max: number, report: Report, at: string, type?: 'plain_text'): void {
  if (!isObject(value) || (value['type'] !== 'plain_text' && value['type'] !== 'mrkdwn'))
    return report(at, 'must be a text object');
  if (type !== undefined && value['type'] !== type) report(`${at}/type`, `must be ${type}`);
  return bounded(value['text'], max, report, `${at}/text`);
}

function bounded(value: unknown, max: number, report: Report, at: string): void {
  if (typeof value !== 'string') return report(at, 'must be a string');
  if (value.length === 0) return report(at, 'must be more than 0 characters');
  if (value.length > max) report(at, `must be less than ${max + 1} characters`);
}

function length(value: unknown): number {
  return typeof value === 'string' ? value.length : 0;
}

function sumOfTexts(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + sumOfTexts(item), 0);
  if (!isObject(value)) return 0;
  const own = typeof value['text'] === 'string' ? value['text'].length : 0;
  return Object.values(value).reduce(
    (sum: number, item) => sum + (typeof item === 'string' ? 0 : sumOfTexts(item)),
    own,
  );
}
