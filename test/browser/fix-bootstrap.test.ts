import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Sandbox } from '../../src/sandbox/start.ts';
import { neverPublished } from '../../src/sandbox/stories/never-published.ts';
import { rateLimit } from '../../src/sandbox/stories/rate-limit.ts';
import { commandOf, type Story } from '../../src/sandbox/stories/story.ts';
import { isWithoutChromium, overflowing, patience, type Visitor, visit } from '../support/chromium.ts';
import { openSandbox } from '../support/sandbox.ts';

// Three images that were never published, step by step: each test continues where the one before it ended.
describe.skipIf(isWithoutChromium)('the bootstrap, fixed on the page', () => {
  const limited = rateLimit.make();
  const missing = neverPublished.make();
  let sandbox: Sandbox | undefined;
  let visitor: Visitor | undefined;

  beforeAll(async () => {
    sandbox = await openSandbox([limited, missing]);
    visitor = await visit(sandbox);
  }, 60_000);

  afterAll(async () => {
    await visitor?.close();
    await sandbox?.stop();
  });

  const here = (): Visitor => {
    if (visitor === undefined) throw new Error('nobody is at the page');
    return visitor;
  };

  async function askAbout(story: Story): Promise<void> {
    const { page, ask, turnInto } = here();
    await turnInto('ana');
    await page.getByRole('button', { name: story.title }).click();
    const composer = page.getByLabel('Message', { exact: true });
    await expect.poll(() => composer.inputValue(), patience).toBe(commandOf(story));
    await ask(commandOf(story));
  }

  /** The thread below the newest report about a story. */
  async function openThread(story: Story, says: RegExp): Promise<void> {
    const { page, reply } = here();
    const parents = page.locator('#messages .message.bot').filter({ hasText: commandOf(story) });
    await parents
      .first()
      .getByRole('button', { name: /repl(y|ies)$/ })
      .click();
    await reply(says);
  }

  test('the credential of Docker Hub is attached for all that wait for it', async () => {
    await askAbout(limited);
    const { press, reply, turnInto } = here();
    await reply(/RATE LIMITED/);
    await press(/^Review fix: create or renew a pull secret/);
    const text = await reply(/waiting for approval/);
    for (const part of ['deployment/nats', 'deployment/prometheus', 'deployment/grafana', '3 pods restart']) {
      expect(text).toContain(part);
    }
    expect(text).toContain('Secret imagecheck-docker-io: created');
    await turnInto('chloe');
    await press('Approve');
    await reply(/@ana FIXED in .*: 3 of 3 pods are running the intended image and are Ready/);
  }, 50_000);

  test('one form has a field for each of the three images, with the nearest name in it', async () => {
    await askAbout(missing);
    const { page, press, reply } = here();
    await reply(/was never published/);
    await press('Choose an image…');
    const form = page.locator('#modal');
    const fields = form.locator('input');
    await expect.poll(() => fields.count(), patience).toBe(3);
    const shown = await fields.evaluateAll((all) => all.map((field) => (field as { value?: string }).value));
    expect(new Set(shown)).toEqual(
      new Set(['engine', 'operate-ui', 'runtime'].map((name) => `ghcr.io/afewell-hh/demon-${name}:main`)),
    );
    await form.getByLabel(/^Container runtime/).fill('demon runtime, please');
    await form.getByRole('button', { name: 'Create plan' }).click();
    await expect
      .poll(() => form.locator('.error').allTextContents(), patience)
      .toContainEqual(expect.stringMatching(/./));
    expect(await overflowing(page)).toEqual([]);
    await form.getByLabel(/^Container runtime/).fill('ghcr.io/afewell-hh/demon-runtime:main');
    await form.getByRole('button', { name: 'Create plan' }).click();
    const text = await reply(/waiting for approval/);
    expect(text).toContain('needs 2 people of @dask-owners, @on-call (not @ana)');
    for (const name of ['engine', 'operate-ui', 'runtime']) {
      expect(text).toContain(`ghcr.io/demon-project/${name}:latest → ghcr.io/afewell-hh/demon-${name}:main`);
    }
    expect(text).toContain('high: another owner (ghcr.io/afewell-hh instead of ghcr.io/demon-project)');
  }, 50_000);

  test('another owner takes two people, who are asked twice', async () => {
    const { page, press, reply, turnInto } = here();
    const asked = page.locator('#confirm');
    await turnInto('ben');
    await press('Approve');
    await expect.poll(() => asked.textContent(), patience).toContain('High risk');
    await asked.getByRole('button', { name: 'Approve' }).click();
    await reply(/1 of 2 so far/);
    await turnInto('chloe');
    await press('Approve');
    await asked.getByRole('button', { name: 'Approve' }).click();
    await reply(/@ana FIXED in .*: 3 of 3 pods are running the intended image and are Ready/);
    await askAbout(missing);
    await reply(/Healthy/);
  }, 50_000);

  test('the credential is taken back by the same rules, and so are the three images', async () => {
    const { page, press, reply, turnInto } = here();
    const asked = page.locator('#confirm');
    const plans = [
      {
        story: limited,
        takes: 'service account default: pull secret imagecheck-docker-io taken out',
        high: false,
        undone: /@ana UNDONE in .*: 3 of 3 pods are running the intended image and are Ready/,
      },
      {
        story: missing,
        takes: '→ ghcr.io/demon-project/',
        high: true,
        undone: /@ana UNDONE in .*it is as it was before, and its new pods fail as they did then/,
      },
    ];
    for (const { story, takes, high, undone } of plans) {
      await openThread(story, /FIXED in/);
      await turnInto('ana');
      await press(/^Undo…/);
      const plan = await reply(/PLAN \w+ · undo · waiting for approval/);
      expect(plan).toContain(takes);
      for (const person of high ? ['ben', 'chloe'] : ['chloe']) {
        await turnInto(person);
        await press('Approve');
        if (high) await asked.getByRole('button', { name: 'Approve' }).click();
        if (high && person === 'ben') await reply(/1 of 2 so far/);
      }
      await reply(undone);
      await reply(/Undone by plan/);
    }
    expect(here().mistakes).toEqual([]);
  }, 90_000);
});
