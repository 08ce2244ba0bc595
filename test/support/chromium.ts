import { accessSync, constants } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Sandbox } from '../../src/sandbox/start.ts';

const executable = process.env['IMAGECHECK_CHROMIUM'] ?? '/usr/bin/chromium';

function hasChromium(): boolean {
  try {
    accessSync(executable, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A skip on a machine without a browser is reported by name; CI allows no skips. */
export const isWithoutChromium = !hasChromium() && process.env['CI'] !== 'true';

/** How long a test waits for something that a person at the page would wait for. */
export const patience = { timeout: 20_000, interval: 50 };

/** Someone at the page of a sandbox, who can switch to any person. */
export interface Visitor {
  readonly page: Page;
  /** Errors in the page itself. */
  readonly mistakes: readonly string[];
  readonly close: () => Promise<void>;
  readonly turnInto: (person: string) => Promise<void>;
  /** Types a message and opens the thread of the answer. */
  readonly ask: (text: string) => Promise<void>;
  /** The text of the latest message in the open thread that contains this, once it has arrived. */
  readonly reply: (text: RegExp) => Promise<string>;
  /** Clicks the last matching button in the open thread. */
  readonly press: (name: string | RegExp) => Promise<void>;
}

export async function visit(sandbox: Pick<Sandbox, 'addresses'>): Promise<Visitor> {
  const browser: Browser = await chromium.launch({ executablePath: executable, args: ['--no-sandbox'] });
  const page = await browser.newPage({ viewport: { width: 1440, height: 1000 } });
  page.setDefaultTimeout(patience.timeout);
  const mistakes: string[] = [];
  page.on('pageerror', (error) => mistakes.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') mistakes.push(message.text());
  });
  await page.goto(sandbox.addresses.page);
  const replies = page.locator('#replies');
  return {
    page,
    mistakes,
    close: () => browser.close(),
    turnInto: async (person) => {
      await page.getByLabel('Person to act as').selectOption(person);
    },
    ask: async (text) => {
      const parents = page.locator('#messages .message.bot');
      const before = await parents.count();
      const composer = page.getByLabel('Message', { exact: true });
      await composer.fill(text);
      await composer.press('Enter');
      await expect.poll(() => parents.count(), patience).toBe(before + 1);
      await parents
        .last()
        .getByRole('button', { name: /repl(y|ies)$/ })
        .click();
    },
    reply: async (text) => {
      const saying = async () => {
        const all = await replies.locator('.message').allTextContents();
        return all.map((one) => one.replaceAll(/\s+/g, ' ')).findLast((one) => one.search(text) >= 0);
      };
      await expect.poll(saying, { ...patience, message: `the thread says ${text}` }).toBeDefined();
      return (await saying()) ?? '';
    },
    press: (name) => replies.getByRole('button', { name }).last().click(),
  };
}

/**
 * Elements whose content overflows horizontally. Written as text, because the page has a DOM and this file has none.
 */
export function overflowing(page: Page): Promise<readonly string[]> {
  return page.evaluate(`[...document.querySelectorAll('body, nav, .story, #messages .body, #replies .body, dialog[open]')]
    .filter((element) => element.scrollWidth > element.clientWidth + 1)
    .map((element) => element.tagName + ' ' + element.className)`);
}
