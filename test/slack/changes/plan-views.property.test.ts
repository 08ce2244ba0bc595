import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ApprovalState } from '../../../src/model/approval/approval.ts';
import { validateView } from '../../../src/sandbox/slack/block-rules.ts';
import { drawApprovals, drawHome } from '../../../src/slack/views/change-lists.ts';
import { drawCommands, drawDiff } from '../../../src/slack/views/change-modals.ts';
import { drawPlan } from '../../../src/slack/views/plan.ts';
import { drawResult } from '../../../src/slack/views/result.ts';
import { granted, sampleApproval, samplePlan } from '../../support/plan-samples.ts';
import { faultsOfHome, faultsOfMessage, faultsOfModal } from '../../support/slack-limits.ts';

describe('whatever an approval holds', () => {
  const ugly = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 50 }),
    fc.constantFrom('', '`', '```', '<!channel>', '<@U1>', '&amp;', '\uD800', '\u202Eabc', 'a\nb'),
    fc
      .tuple(fc.constantFrom('x', '<', '&', '`', 'ש', '*', 'word '), fc.integer({ min: 1, max: 4000 }))
      .map(([unit, times]) => unit.repeat(times)),
  );
  const approval = fc
    .record({
      state: fc.constantFrom(...ApprovalState.options),
      texts: fc.array(ugly, { minLength: 8, maxLength: 8 }),
      count: fc.integer({ min: 1, max: 50 }),
      outcome: fc.constantFrom('waiting', 'applied', 'not-done', 'fixed', 'not-ready', 'not-fixed', 'unknown'),
    })
    .map(({ state, texts, count, outcome }) => {
      const [one = '', two = '', three = '', four = '', five = '', six = '', seven = '', eight = ''] = texts;
      const plan = samplePlan(count, { warnings: texts, effects: texts, leftOut: texts, kubectl: texts });
      const targets = plan.targets.map((target) => ({
        changes: texts,
        dryRuns: [{ outcome: 'refused' as const, message: one, diff: two }],
        provenance: [three, four],
        git: { tool: 'flux' as const, name: five, change: six },
        ...(one === '' ? target : {}),
      }));
      const results = plan.intent.targets.map(() => ({
        subject: { kind: 'Deployment' as const, namespace: 'modelops-dask-dev', name: seven === '' ? 'x' : seven },
        outcome,
        detail: eight,
        reportId: 'r1',
      }));
      return sampleApproval({
        ...granted,
        state,
        plan: { ...plan, targets, undo: { ...plan.undo, how: two, cannot: texts } },
        text: one,
        requester: two,
        outcome: three,
        remedy: four,
        results,
        undoUntil: '2026-11-20T18:12:00.000Z',
        requirement: { text: five, nobody: false, votes: 2, ticket: false, breakGlass: true },
        rejection: { user: six, reason: seven, at: eight },
      });
    });

  test('Slack takes its messages, modals and lists', () => {
    fc.assert(
      fc.property(approval, (one) => {
        expect([drawPlan(one), drawResult(one)].flatMap(faultsOfMessage)).toEqual([]);
        expect([drawDiff(one), drawCommands(one)].flatMap(faultsOfModal)).toEqual([]);
        for (const view of [drawDiff(one), drawCommands(one)]) expect(validateView(view)).toBeUndefined();
        const many = Array.from({ length: 30 }, () => one);
        const lists = { waiting: many, running: many, recent: many, toReview: many, hidden: 3 };
        expect(faultsOfMessage(drawApprovals(lists))).toEqual([]);
        expect(faultsOfHome(drawHome(lists))).toEqual([]);
      }),
      { numRuns: 60, interruptAfterTimeLimit: 15_000 },
    );
  });
});
