import { expect, test } from 'vitest';
import { withOwnMessages } from '../../../src/flows/ask/own-messages.ts';
import type { CauseMessage } from '../../../src/model/settings/settings.ts';
import { sampleFinding } from '../../support/slack-samples.ts';

const finding = sampleFinding({ cause: 'rate_limited', images: ['nginx:1', 'ghcr.io/acme/web:1', 'Not An Image'] });

test.each<[string, CauseMessage, boolean]>([
  ['of its cause', { cause: 'rate_limited', text: 'Use the mirror.' }, true],
  ['of another cause', { cause: 'disk_full', text: 'Call storage.' }, false],
  [
    'of its registry, as people know it',
    { cause: 'rate_limited', registry: 'docker.io', link: 'https://wiki/hub' },
    true,
  ],
  ['of another registry', { cause: 'rate_limited', registry: 'quay.io', link: 'https://wiki/quay' }, false],
])('a message %s', (_, message, expected) => {
  const { cause: _cause, registry: _registry, ...advice } = message;
  expect(withOwnMessages([finding], [message])[0]?.advice).toEqual(expected ? [advice] : undefined);
});

test('several messages are all said, and a finding without images gets those for every registry', () => {
  const messages: CauseMessage[] = [
    { cause: 'rate_limited', text: 'one', link: 'https://one' },
    { cause: 'rate_limited', registry: 'docker.io', text: 'two' },
  ];
  expect(withOwnMessages([finding], messages)[0]?.advice).toEqual([
    { text: 'one', link: 'https://one' },
    { text: 'two' },
  ]);
  expect(withOwnMessages([{ ...finding, images: [] }], messages)[0]?.advice).toHaveLength(1);
  expect(withOwnMessages([finding], [])).toEqual([finding]);
});
