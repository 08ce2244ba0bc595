import { describe, expect, test } from 'vitest';
import { renderBlocks } from '../../../src/sandbox/page/render.ts';
import { createWorkspace } from '../../../src/sandbox/slack/workspace.ts';

const workspace = createWorkspace(() => new Date('2026-11-21T10:00:00Z'));

/** How a section with this text is rendered, without the renderer's surrounding tags. */
function drawn(text: string): string {
  return renderBlocks([{ type: 'section', text: { type: 'mrkdwn', text, verbatim: true } }], workspace);
}

describe('text is rendered as Slack renders it', () => {
  test.each([
    ['bold in verbatim text', '*So:* set it', /<strong>.*So:.*<\/strong>/],
    ['a mention by its name', 'asked by <@U0ANA>', /class="mention">@ana</],
    ['an escaped mention stays text', 'image &lt;!channel&gt; here', /image &lt;!channel&gt; here/],
    ['an escaped ampersand', 'a &amp;&amp; b', /a &amp;&amp; b/],
    ['no space after an escaped bracket', 'x&gt;y', /x&gt;y/],
    ['colons that are not emoji', 'sha256:4400b24 and 10:20:30 *So:* x', /sha256:4400b24 and 10:20:30 /],
    ['underscores inside words', 'MODELOPS_BUNDLE_REF', /MODELOPS_BUNDLE_REF/],
    ['a link', '<https://a.example/x?y=1|runbook>', /<a href="https:\/\/a\.example\/x\?y=1"[^>]*>.*runbook/],
    ['a date', '<!date^1793440483^{date_short}|2026-10-31>', /class="slack_date">/],
    ['a character that many machines have no font for', '💡 a cause', /class="mark blue" role="img" aria-label="💡"/],
    ['an emoji as a mark with its name', '🔴 *1 problem*', /class="mark red" role="img" aria-label="🔴"/],
    [
      'code without empty lines around it',
      '```\nkubectl get pods\n```',
      /<code [^>]*block[^>]*>kubectl get pods<\/code>/,
    ],
  ])('%s', (_what, text, shown) => {
    expect(drawn(text)).toMatch(shown);
  });

  test('no text of a message becomes an element', () => {
    expect(drawn('&lt;img src=x onerror=alert(1)&gt;')).not.toContain('<img');
    expect(drawn('<img src=x onerror=alert(1)>')).not.toContain('<img');
  });
});
