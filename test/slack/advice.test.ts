import { expect, test } from 'vitest';
import { drawFinding } from '../../src/slack/views/finding.ts';
import { sampleFinding } from '../support/slack-samples.ts';

const detail = { evidence: 3, moments: 3, snippet: false };

test('a finding says what the organisation says about its cause, and pings nobody', () => {
  const advice = [{ text: 'Ask <!channel>.', link: 'https://wiki.example/hub' }, { link: 'https://wiki.example/two' }];
  const text = JSON.stringify(drawFinding(sampleFinding({ advice }), detail));
  expect(text).toContain('*In your organisation:* Ask &lt;!channel&gt;.');
  expect(text).toContain('https://wiki.example/two');
  expect(JSON.stringify(drawFinding(sampleFinding(), detail))).not.toContain('In your organisation');
});
