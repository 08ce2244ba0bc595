import { mkdirSync } from 'node:fs';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Sandbox } from '../../src/sandbox/start.ts';
import { storyKinds } from '../../src/sandbox/stories/all.ts';
import { staleImages } from '../../src/sandbox/stories/stale-images.ts';
import { commandOf } from '../../src/sandbox/stories/story.ts';
import { isWithoutChromium, overflowing, patience, type Visitor, visit } from '../support/chromium.ts';
import { openSandbox } from '../support/sandbox.ts';

const artifacts = new URL('../../artifacts/', import.meta.url).pathname;

describe.skipIf(isWithoutChromium)('the page of the sandbox in Chromium', () => {
  let sandbox: Sandbox | undefined;
  let visitor: Visitor | undefined;
  let page: Page;

  beforeAll(async () => {
    sandbox = await openSandbox(storyKinds.map(({ make }) => make()));
    visitor = await visit(sandbox);
    page = visitor.page;
  });

  afterAll(async () => {
    await visitor?.close();
    await sandbox?.stop();
  });

  test('a newcomer sets up the story, sends its command and reads the cause in the thread', async () => {
    const story = page.getByRole('button', { name: 'Stale images behind a reused tag' });
    await story.click();
    const composer = page.getByLabel('Message', { exact: true });
    await expect.poll(() => composer.inputValue(), patience).toBe(commandOf(staleImages.make()));
    await composer.press('Enter');

    const parent = page.locator('#messages .message.bot').last();
    await expect.poll(() => parent.textContent(), patience).toContain('1 problem');
    await parent.getByRole('button', { name: /repl(y|ies)/ }).click();
    const report = page.locator('#replies .message.bot').last();
    await expect.poll(() => report.textContent(), patience).toContain('STALE IMAGE');
    const text = (await report.textContent()) ?? '';
    for (const part of [
      '88a216e',
      ':latest',
      'same digest',
      "Restarting won't help",
      'dask-scheduler',
      'smoke_bundle',
    ]) {
      expect(text).toContain(part);
    }
    mkdirSync(artifacts, { recursive: true });
    await page.screenshot({ path: `${artifacts}sandbox.png` });
    expect(await overflowing(page)).toEqual([]);
  });

  test('a bare command opens a form, and its answer comes into the channel', async () => {
    const [{ namespace, name }] = staleImages.make().workloads;
    const composer = page.getByLabel('Message', { exact: true });
    await composer.fill('/imagecheck deployment');
    await composer.press('Enter');
    const form = page.locator('dialog[open]');
    const options = async (label: string) =>
      (await form.getByLabel(label).locator('option').allTextContents()).join(' ');
    await expect.poll(() => options('Namespace'), patience).toContain(namespace);
    await form.getByLabel('Namespace').selectOption(namespace);
    await expect.poll(() => options('Deployment'), patience).toContain(name);
    await form.getByLabel('Deployment').selectOption({ label: name });
    await form.getByRole('button', { name: 'Check' }).click();
    await expect.poll(() => form.count(), patience).toBe(0);
    const parent = page.locator('#messages .message.bot').last();
    await expect.poll(() => parent.textContent(), patience).toContain(`-n ${namespace} -c sandbox`);
  });

  test.each([
    ['Escape', (form: Locator) => form.press('Escape')],
    ['its button', (form: Locator) => form.getByRole('button', { name: 'Cancel' }).click()],
  ])('a form that is closed with %s stays closed', async (_how, close) => {
    const composer = page.getByLabel('Message', { exact: true });
    await composer.fill('/imagecheck statefulset');
    await composer.press('Enter');
    const form = page.locator('dialog[open]');
    await expect.poll(() => form.count(), patience).toBe(1);
    await close(form);
    await expect.poll(() => form.count(), patience).toBe(0);
    const views = async () => (await fetch(`${sandbox?.addresses.api}/views?as=ana`)).json();
    await expect.poll(views, patience).toEqual({ views: [] });
  });

  test('a mention where the bot is not is told to whoever typed it', async () => {
    await page.locator('#channels').getByRole('button', { name: 'random' }).click();
    const composer = page.getByLabel('Message', { exact: true });
    await composer.fill('@imagecheck help');
    await composer.press('Enter');
    const last = page.locator('#messages .message').last();
    await expect.poll(() => last.textContent(), patience).toContain('/invite @imagecheck');
  });

  test.each([
    ['kubelet/images', { method: 'POST', body: '{' }],
    ['channels/%E0%A4%A', {}],
  ])('the API answers what it cannot read: %s', async (path, request) => {
    const answer = await fetch(`${sandbox?.addresses.api}/${path}`, request);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toHaveProperty('error');
  });

  test('the page itself made no mistake', () => {
    expect(visitor?.mistakes).toEqual([]);
  });
});
