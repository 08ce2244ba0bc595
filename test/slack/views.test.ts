import { describe, expect, test } from 'vitest';
import { View } from '../../src/model/message.ts';
import type { Drawn } from '../../src/slack/blocks/blocks.ts';
import { draw } from '../../src/slack/views/draw.ts';
import { drawMistake } from '../../src/slack/views/private.ts';
import { faultsOfMessage } from '../support/slack-limits.ts';
import { sampleFinding, sampleReport } from '../support/slack-samples.ts';

const id = 'ask:T1/q1:report';
const shownText = ({ blocks }: Drawn): string =>
  blocks
    .flatMap((block) => {
      if (block.type === 'section') return [block.text?.text ?? ''];
      if (block.type === 'context') return block.elements.map((one) => ('text' in one ? one.text : ''));
      if (block.type === 'actions') return block.elements.map((one) => `[${'text' in one ? one.text.text : ''}]`);
      return ['---'];
    })
    .join('\n');
const report = (part: Parameters<typeof sampleReport>[0] = {}, more: object = {}) =>
  draw({ id, body: { view: 'report', reportId: 'r1', report: sampleReport(part), showAll: false, ...more } });
const askView = {
  view: 'ask',
  askId: 'T1/q1',
  user: 'U0ANA',
  text: '/imagecheck deployment web',
  cluster: 'dev-eu',
} as const;

describe('the parent message', () => {
  test.each<[string, object, string]>([
    ['queued', { state: 'queued' }, '*imagecheck*  ⏳ queued · cluster `dev-eu`'],
    [
      'waiting',
      { state: 'queued', progress: 'waiting for worker dev-eu, 12 before you, last seen 4 s ago' },
      '*imagecheck*  ⏳ queued · cluster `dev-eu` · waiting for worker dev-eu, 12 before you, last seen 4 s ago',
    ],
    [
      'checking',
      { state: 'checking', progress: 'asking ghcr.io' },
      '*imagecheck*  🔎 checking… · cluster `dev-eu` · asking ghcr.io',
    ],
    [
      'one problem',
      {
        state: 'done',
        result: { status: 'problems', problems: 1, subject: 'deployment/web', namespace: 'prod', durationMs: 2100 },
      },
      '*imagecheck*  🔴 *1 problem* · `deployment/web` · `prod` · cluster `dev-eu`',
    ],
    [
      'healthy',
      {
        state: 'done',
        result: { status: 'healthy', problems: 0, subject: 'deployment/web', namespace: 'prod', durationMs: 480 },
      },
      '*imagecheck*  ✅ *healthy* · `deployment/web` · `prod` · cluster `dev-eu`',
    ],
    [
      'progressing',
      {
        state: 'done',
        result: { status: 'progressing', problems: 0, subject: 'deployment/web', namespace: 'prod', durationMs: 480 },
      },
      '*imagecheck*  ⏳ *progressing* · `deployment/web` · `prod` · cluster `dev-eu`',
    ],
    [
      'healthy with warnings',
      {
        state: 'done',
        result: {
          status: 'healthy',
          problems: 0,
          warnings: 2,
          subject: 'deployment/web',
          namespace: 'prod',
          durationMs: 480,
        },
      },
      '*imagecheck*  🟠 *healthy, 2 warnings* · `deployment/web` · `prod` · cluster `dev-eu`',
    ],
    [
      'unknown',
      { state: 'done', result: { status: 'unknown', problems: 0, subject: 'ghcr.io/a/b:1', durationMs: 61_000 } },
      '*imagecheck*  ❔ *inconclusive* · `ghcr.io/a/b:1` · cluster `dev-eu`',
    ],
    [
      'a question back',
      { state: 'done', progress: 'which one?' },
      '*imagecheck*  ❓ which one? · cluster `dev-eu` · which one?',
    ],
    ['failed', { state: 'failed' }, '*imagecheck*  ⚠️ couldn’t check · cluster `dev-eu`'],
  ])('%s', (_, part, headline) => {
    const drawn = draw({ id, body: View.parse({ ...askView, ...part }) });
    expect(faultsOfMessage(drawn)).toEqual([]);
    expect(shownText(drawn).split('\n')[0]).toBe(headline);
    expect(shownText(drawn)).toContain('requested by <@U0ANA>: `/imagecheck deployment web`');
    expect(drawn.text).toMatch(/^imagecheck: /);
  });

  test('says how long it took', () => {
    const result = { status: 'healthy', problems: 0, subject: 'web', durationMs: 185_000 };
    expect(shownText(draw({ id, body: View.parse({ ...askView, state: 'done', result }) }))).toContain('3 min 5 s');
  });
});

describe('the report reply', () => {
  test('reads from the cause to what to do about it', () => {
    const drawn = report();
    expect(shownText(drawn)).toMatchInlineSnapshot(`
      "🔴 *STALE IMAGE*: certain
      All 3 pods run worker:88a216e, built 3 weeks ago
      *Fix:* Set the image to the newest build.
      *Why:* restarting cannot help; the image must be set.
      *Timeline*
      • <!date^1795182720^{date_short_pretty} {time}|2026-11-20 13:52 UTC>  :latest built
      • <!date^1795183320^{date_short_pretty} {time}|2026-11-20 14:02 UTC>  rollout restart
      *Evidence*
      • pod \`pod/dask-workers-1\`: runs sha256:4be1 (<!date^1795183331^{date_short_pretty} {time}|2026-11-20 14:02 UTC>)
      • registry \`ghcr.io/acme/worker:latest\`: is sha256:9c0d
      *Also affected:* \`deployment/dask-scheduler\`
      *Also caused by this:* log "Expecting value: line 1 column 1 (char 0)"
      *Possible fix:* set worker to ghcr.io/acme/worker@sha256:9c0d
      *To prevent this:* Tag by commit.
      \`\`\`
      image: ghcr.io/acme/worker:1f2c9aa
      \`\`\`
      [Choose another…]
      Owned by \`DaskCluster/main\`
      Couldn't read: container logs of dask-scheduler (no right)
      [Check again]"
    `);
    expect(drawn.text).toBe(
      'STALE IMAGE: certain · All 3 pods run worker:88a216e, built 3 weeks ago · Set the image to the newest build.',
    );
    expect(faultsOfMessage(drawn)).toEqual([]);
  });

  test('shows five findings and offers the rest', () => {
    const findings = Array.from({ length: 8 }, (_, index) => sampleFinding({ title: `finding ${index}` }));
    const text = shownText(report({ findings }));
    expect(text).toContain('finding 4');
    expect(text).not.toContain('finding 5');
    expect(text).toContain('[Show all (3 more)]');
    const all = shownText(report({ findings }, { showAll: true }));
    expect(all).toContain('finding 7');
    expect(all).not.toContain('[Show all');
  });

  test('says what does not fit, and keeps the buttons', () => {
    const findings = Array.from({ length: 300 }, (_, index) => sampleFinding({ title: `finding ${index}` }));
    const text = shownText(report({ findings }, { showAll: true }));
    expect(text).toContain('imagecheck check deployment/dask-workers -n modelops-dask-dev -c dev-eu --json');
    expect(text).toContain('[Check again]');
  });

  test('mentions the asker at the end, in the notification too', () => {
    const drawn = report({}, { mention: 'U0ANA' });
    expect(drawn.text.startsWith('<@U0ANA> ')).toBe(true);
    expect(shownText(drawn)).toContain('<@U0ANA> here’s the answer.\n[Check again]');
  });

  test('a workload that is not Ready yet says what it waits for, and since when', () => {
    const text = shownText(
      report({
        status: 'progressing',
        findings: [],
        progress: [{ waitsFor: 'pod/web-1, which is pulling ghcr.io/acme/web:1', since: '2026-11-20T14:01:00Z' }],
      }),
    );
    expect(text).toMatch(/^⏳ \*Progressing\*: `deployment\/dask-workers`/);
    expect(text).toMatch(/Waiting for: pod\/web-1, which is pulling .*web:1.* \(since /);
    expect(text).not.toContain('✅');
  });

  test('a healthy workload is one line, with its notes', () => {
    const drawn = report({
      status: 'healthy',
      findings: [],
      notes: ['runs 1.2 on purpose while 1.3 exists'],
      notSeen: [],
      owners: [],
    });
    expect(shownText(drawn)).toBe(
      '✅ *Healthy*: `deployment/dask-workers` in `modelops-dask-dev` · 3 of 3 pods ready\nNote: runs 1.2 on purpose while 1.3 exists\n[Check again]',
    );
    expect(drawn.text).toBe('Healthy: `deployment/dask-workers` in `modelops-dask-dev` · 3 of 3 pods ready');
  });

  test('its buttons carry the whole question', () => {
    const { blocks } = report({
      subject: { kind: 'Image', reference: 'ghcr.io/a/b:1', as: 'prod/default' },
    });
    const [button] = blocks.flatMap((block) => (block.type === 'actions' ? block.elements : []));
    expect(JSON.parse((button as { value: string }).value)).toEqual({
      cluster: 'dev-eu',
      target: { type: 'image', reference: 'ghcr.io/a/b:1', as: { namespace: 'prod', serviceAccount: 'default' } },
      ask: 'T1/q1',
    });
  });
});

describe('text from elsewhere', () => {
  const tricks = '<!channel> <@U0BOSS> & *bold* `code` \u202Ereversed\u200B <https://evil.example|click>';
  test('pings nobody, links nowhere, hides nothing', () => {
    const drawn = report({
      findings: [sampleFinding({ title: tricks, next: tricks, conclusion: tricks, images: [tricks] })],
    });
    expect(faultsOfMessage(drawn)).toEqual([]);
    const text = shownText(drawn) + drawn.text;
    expect(text).not.toMatch(/<!channel|<@U0BOSS|<https/);
    expect(text).toContain(
      '&lt;!channel&gt; &lt;@U0BOSS&gt; &amp; ∗bold∗ ˋcodeˋ reversed &lt;https://evil.example|click&gt;',
    );
  });
});

test.each([
  ['`deploymnt` is neither a command nor a kind.', '🤔 `deploymnt` is neither a command nor a kind.'],
  ['Say which image: `image web:1.2`.', '🤔 Say which image: `image web:1.2`.'],
  ['`a <!channel> *b*` x', '🤔 `a &lt;!channel&gt; *b*` x'],
])('a mistake shows what can be typed as code: %s', (message, line) => {
  expect(shownText(drawMistake({ message }))).toBe(`${line}\n\`/imagecheck help\` lists the commands.`);
});
