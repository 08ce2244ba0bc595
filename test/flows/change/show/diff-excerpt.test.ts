import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { approvalMessages } from '../../../../src/flows/change/show/approval-messages.ts';
import { diffExcerpt } from '../../../../src/flows/change/show/diff-excerpt.ts';
import { sampleApproval, samplePlan } from '../../../support/plan-samples.ts';

const diff = [
  '--- deployment/web\tbefore',
  '+++ deployment/web\tafter',
  ' -1,9 +1,12 @@',
  '   metadata:',
  '+    annotations:',
  '+      imagecheck.dev/last-approval: 7F3K2QXD',
  '+      imagecheck.dev/last-operations: 6eb1f8ec225d',
  '+      kubernetes.io/change-cause: imagecheck set-image',
  '-          - image: web:1',
  '+          - image: web:2',
  '',
].join('\n');

it('keeps the changed lines, without what every change writes', () => {
  expect(diffExcerpt(diff)).toBe('- - image: web:1\n+ - image: web:2');
  expect(diffExcerpt('')).toBe('');
});

it('counts what it leaves out', () => {
  const long = Array.from({ length: 9 }, (_, index) => `+  ${'x'.repeat(300)}${index}`).join('\n');
  const lines = diffExcerpt(long).split('\n');
  expect(lines.at(-1)).toBe('… 3 more lines');
  expect(lines).toHaveLength(7);
  expect(Math.max(...lines.map((line) => line.length))).toBe(160);
});

it('is small, and an excerpt of itself', () => {
  const line = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string().map((text) => `+ ${text}`),
    fc.constant('… 1 more line'),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 20 }), (lines) => {
      const excerpt = diffExcerpt(lines.filter((one) => !one.startsWith('…')).join('\n'));
      expect(excerpt.length).toBeLessThan(1100);
      expect(diffExcerpt(excerpt)).toBe(excerpt);
    }),
  );
});

it('the message of a plan that waits holds the excerpt and no whole diff; later ones none', () => {
  const plan = samplePlan(1);
  const targets = plan.targets.map((target) => ({ ...target, dryRuns: [{ outcome: 'accepted' as const, diff }] }));
  const diffsIn = (state: 'pending' | 'running') =>
    approvalMessages(sampleApproval({ state, plan: { ...plan, targets } })).flatMap(({ body }) =>
      body.view === 'plan'
        ? (body.approval.plan?.targets ?? []).flatMap(({ dryRuns }) => dryRuns.map((run) => run.diff))
        : [],
    );
  expect(diffsIn('pending')).toEqual([diffExcerpt(diff)]);
  expect(diffsIn('running')).toEqual(['']);
});
