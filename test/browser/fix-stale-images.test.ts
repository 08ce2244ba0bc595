import { mkdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Sandbox } from '../../src/sandbox/start.ts';
import { staleImages } from '../../src/sandbox/stories/stale-images.ts';
import { isWithoutChromium, overflowing, patience, type Visitor, visit } from '../support/chromium.ts';
import { callApi, openSandbox } from '../support/sandbox.ts';

const artifacts = new URL('../../artifacts/', import.meta.url).pathname;

// An older tag with a restart that changed nothing, step by step: each test continues where the one before it ended.
describe.skipIf(isWithoutChromium)('stale images, fixed on the page by two people', () => {
  let sandbox: Sandbox | undefined;
  let visitor: Visitor | undefined;

  beforeAll(async () => {
    const opened = await openSandbox([staleImages.make()]);
    sandbox = opened;
    // Pods take six seconds to become ready, so that the change can be watched.
    await callApi(opened, 'POST', '/kubelet/behaviours', { match: {}, behaviour: { readyAfterSeconds: 120 } });
    visitor = await visit(opened);
  }, 60_000);

  afterAll(async () => {
    await visitor?.close();
    await sandbox?.stop();
  });

  const here = (): Visitor => {
    if (visitor === undefined) throw new Error('nobody is at the page');
    return visitor;
  };
  const pods = async () => (await here().page.getByRole('table', { name: 'Pods' }).textContent()) ?? '';

  test('Ana asks, and sees in the plan what would change in both Deployments', async () => {
    const { page, ask, press, reply } = here();
    await page.getByRole('button', { name: 'Stale images behind a reused tag' }).click();
    await expect
      .poll(() => page.getByLabel('Message', { exact: true }).inputValue(), patience)
      .toContain('dask-workers');
    await page.locator('#pods summary').click({ position: { x: 10, y: 10 } });
    await ask('/imagecheck deployment dask-workers -n modelops-dask-dev');
    await reply(/STALE IMAGE/);
    await press('Review fix: set worker to its newest build, also for 1 more');
    const plan = await reply(/waiting for approval/);
    const text = plan;
    for (const part of [
      'needs 1 of @dask-owners (not @ana)',
      'dask-workers in modelops-dask-dev · dry run accepted',
      'dask-scheduler in modelops-dask-dev · dry run accepted',
      'worker:88a216e → ',
      'scheduler:88a216e → ',
      '4 pods restart',
      'Git: not GitOps-managed',
      'Undo: back to the digests that ran (still in the registry)',
      'Diff (server-side dry run',
      '+ image: ghcr.io/institutefordiseasemodeling/modelops-dask-worker@sha256:',
      'kubectl -n modelops-dask-dev set image deployment/dask-scheduler scheduler=',
    ]) {
      expect(text).toContain(part);
    }
    const digests = new Set(text.match(/@sha256:\w{12}/g));
    expect(digests.size).toBe(2);
    mkdirSync(artifacts, { recursive: true });
    await page.screenshot({ path: `${artifacts}sandbox-plan.png` });
    expect(await overflowing(page)).toEqual([]);
  }, 40_000);

  test('everybody can look at the diff and at the commands', async () => {
    const { page, press } = here();
    const form = page.locator('#modal');
    for (const [name, part] of [
      ['Full diff', '+++ deployment/dask-workers'],
      ['kubectl', 'kubectl -n modelops-dask-dev set image deployment/dask-workers'],
    ] as const) {
      await press(name);
      await expect.poll(() => form.textContent(), patience).toContain(part);
      expect(await overflowing(page)).toEqual([]);
      await form.getByRole('button', { name: 'Close' }).click();
      await expect.poll(() => page.locator('dialog[open]').count(), patience).toBe(0);
    }
  });

  test('Ana does not approve what she asked for, and only she is told', async () => {
    const { page, press, reply, turnInto } = here();
    await press('Approve');
    const refusal = await reply(/someone else has to approve it/);
    expect(refusal).toContain('Only visible to you');
    await turnInto('ben');
    await expect.poll(() => page.getByText('Only visible to you').count(), patience).toBe(0);
  });

  test('Ben approves; the pods change before the eyes of everybody, and it is fixed', async () => {
    const { press, reply } = here();
    expect(await pods()).toContain('worker:88a216e');
    await press('Approve');
    await reply(/approved by @ben .* · \d of 4 pods on the new digests/);
    const result = await reply(/FIXED in/);
    const text = result;
    expect(text).toMatch(/@ana FIXED in .*: 4 of 4 pods are running the intended image and are Ready/);
    expect(text).toMatch(/Still open: .*names no repository.*smoke_bundle/);
    await expect.poll(pods, patience).not.toContain('88a216e');
    expect(await here().page.locator('#replies').getByRole('button', { name: 'Approve' }).count()).toBe(0);
  }, 40_000);

  test('it is taken back by the same rules', async () => {
    const { press, reply, turnInto } = here();
    await turnInto('ana');
    await press(/^Undo…/);
    const plan = await reply(/waiting for approval/);
    expect(plan).toContain('needs 1 of @dask-owners (not @ana)');
    await turnInto('ben');
    await press('Approve');
    const result = await reply(/@ana UNDONE in/);
    expect(result).toContain('4 of 4 pods are running the intended image');
    await reply(/Undone by plan/);
    await expect.poll(pods, patience).toContain('worker:88a216e');
    expect(here().mistakes).toEqual([]);
  }, 50_000);
});
