import { expect, test } from 'vitest';
import { drawPlan } from '../../../src/slack/views/plan.ts';
import { sampleApproval, samplePlan } from '../../support/plan-samples.ts';
import { buttonsOf } from '../../support/slack-app.ts';

test('a plan shows the reasons for its risk, not the rule', () => {
  const plan = samplePlan(2);
  const [one, two] = plan.intent.targets;
  if (one === undefined || two === undefined) throw new Error('there are two');
  const targets = [one, { ...two, subject: { ...two.subject, namespace: 'prod' } }];
  const drawn = drawPlan(sampleApproval({ plan: { ...plan, intent: { ...plan.intent, risk: 'high', targets } } }));
  const approve = buttonsOf(drawn).find(({ action_id: id }) => id === 'plan_approve');
  expect(JSON.stringify(drawn.blocks)).toContain('🚩 *high*: 2 namespaces (modelops-dask-dev and prod)');
  expect(approve).toHaveProperty('confirm.text.text', expect.stringContaining('Risk high: 2 namespaces'));
  expect(JSON.stringify(drawPlan(sampleApproval()).blocks)).toContain('*Risk:* medium: all pods at once · ');
});
