import { expect, test } from 'vitest';
import { commands } from '../../src/commands/index.ts';
import { validateMessage } from '../../src/sandbox/slack/block-rules.ts';
import type { Drawn } from '../../src/slack/blocks/blocks.ts';
import { drawHelp } from '../../src/slack/views/help.ts';

/** What Slack shows of the body, with its escapes undone. */
const textOf = ({ blocks }: Drawn): string =>
  blocks
    .flatMap((block) => (block.type === 'section' && block.text !== undefined ? [block.text.text] : []))
    .join('\n')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');

const topics = commands.all().map(({ word, help }) => ({ topic: word, ...help }));

test.each(topics)('$topic has its own help', ({ topic, usage, examples }) => {
  const drawn = drawHelp(['dev-eu'], topic);
  expect(validateMessage(drawn.blocks, drawn.text)).toBeUndefined();
  const text = textOf(drawn);
  expect(text).toContain(`/imagecheck ${usage}`);
  for (const example of examples) expect(text).toContain(`/imagecheck ${example}`);
});

test('names every command that there is', () => {
  const text = textOf(drawHelp([]));
  for (const { topic } of topics.filter((each) => each.topic !== 'check')) {
    expect(text).toContain(`/imagecheck ${topic}`);
  }
});

test.each([
  ['rollback', 'roll-back KIND/NAME'],
  ['deploy', 'sts/db -n prod'],
  ['xyz', 'There is no topic `xyz`'],
])('help %s tells about %s', (topic, part) => {
  const drawn = drawHelp([], topic);
  expect(validateMessage(drawn.blocks, drawn.text)).toBeUndefined();
  expect(textOf(drawn)).toContain(part);
});
