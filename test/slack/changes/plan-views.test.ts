import { describe, expect, test } from 'vitest';
import { headline } from '../../../src/flows/change/show/result-headline.ts';
import type { Approval } from '../../../src/model/approval/approval.ts';
import { digestOfIntent } from '../../../src/model/change/plan.ts';
import { validateMessage } from '../../../src/sandbox/slack/block-rules.ts';
import type { Drawn } from '../../../src/slack/blocks/blocks.ts';
import { PlanValueJson } from '../../../src/slack/blocks/change-ids.ts';
import { drawDiff } from '../../../src/slack/views/change-modals.ts';
import { changeMetadata, drawPlan } from '../../../src/slack/views/plan.ts';
import { drawResult } from '../../../src/slack/views/result.ts';
import { granted, sampleApproval, samplePlan, vote } from '../../support/plan-samples.ts';
import { buttonsOf } from '../../support/slack-app.ts';
import { faultsOfMessage, faultsOfModal } from '../../support/slack-limits.ts';

const workload = (name: string) => ({ kind: 'Deployment' as const, namespace: 'modelops-dask-dev', name });
const pods = (onDigest: number, desired: number) => ({ desired, updated: onDigest, ready: onDigest, onDigest });
const finished = {
  ...granted,
  state: 'done' as const,
  startedAt: '2026-11-20T14:11:01.000Z',
  endedAt: '2026-11-20T14:11:49.000Z',
  undoUntil: '2026-11-20T18:12:00.000Z',
};
const shown = ({ blocks }: Drawn) => JSON.stringify(blocks);
const approveOf = (approval: Approval) =>
  buttonsOf(drawPlan(approval)).find(({ action_id: id }) => id === 'plan_approve');
const labels = ({ blocks }: Drawn) =>
  (blocks as { elements?: { text?: { text?: string } }[] }[]).flatMap(({ elements = [] }) =>
    elements.flatMap((one) => (typeof one.text === 'object' ? [one.text.text] : [])),
  );

describe('the message of a plan', () => {
  test.each<[string, Partial<Approval>, RegExp, readonly string[]]>([
    ['preparing', { state: 'preparing', plan: undefined } as never, /preparing…/, []],
    ['waiting', {}, /needs 1 of @dask-owners/, ['Approve', 'Reject…', 'Full diff', 'kubectl']],
    [
      'half approved',
      { votes: [vote], requirement: { text: '2 of @ops', nobody: false, votes: 2, ticket: false, breakGlass: false } },
      /1 of 2 so far/,
      ['Approve', 'Reject…', 'Full diff', 'kubectl'],
    ],
    [
      'nobody may',
      { requirement: { text: 'no rule matches', nobody: true, votes: 0, ticket: false, breakGlass: true } },
      /no one can approve this: no rule matches/,
      ['Reject…', 'Break glass…', 'Full diff', 'kubectl'],
    ],
    [
      'with a ticket',
      { requirement: { text: '1 of @ops, with a ticket', nobody: false, votes: 1, ticket: true, breakGlass: false } },
      /, with a ticket/,
      ['Approve…', 'Reject…', 'Full diff', 'kubectl'],
    ],
    [
      'approved',
      { ...granted, state: 'approved' },
      /approved by <@U0BEN>.*waiting for a worker/,
      ['Full diff', 'kubectl'],
    ],
    [
      'running',
      {
        ...granted,
        state: 'running',
        results: [{ subject: workload('dask-workers'), outcome: 'applied', pods: pods(2, 4) }],
      },
      /2 of 4 pods on the intended image/,
      ['Full diff', 'kubectl'],
    ],
    ['verifying', { ...granted, state: 'verifying' }, /watching the rollout/, ['Full diff', 'kubectl']],
    [
      'rejected',
      { state: 'rejected', rejection: { user: 'U0BEN', reason: 'not now', at: vote.at } },
      /rejected by <@U0BEN> .*: not now\. Nothing was done/,
      ['Check again'],
    ],
    ['expired', { state: 'expired' }, /expired .*; nothing was done/, ['Check again']],
    [
      'superseded',
      { state: 'superseded', supersededBy: 'ABCD1234' },
      /Nothing was done\. The new plan is \*ABCD1234\*/,
      ['Check again'],
    ],
    [
      'failed',
      { state: 'failed', outcome: 'quota exceeded', remedy: 'Raise the quota.' },
      /quota exceeded.*Raise the quota.*set image/s,
      ['Check again'],
    ],
  ])('%s', (_, part, text, buttons) => {
    const drawn = drawPlan(sampleApproval(part));
    expect(faultsOfMessage(drawn)).toEqual([]);
    expect(validateMessage(drawn.blocks, drawn.text)).toBeUndefined();
    expect(shown(drawn)).toMatch(text);
    expect(labels(drawn)).toEqual(buttons);
  });

  test('calls a workload undone, not fixed, whose pods may be as broken as before', () => {
    const sample = sampleApproval();
    const [target] = sample.plan?.intent.targets ?? [];
    if (target === undefined) throw new Error('the sample has a target');
    const pods = { desired: 3, updated: 3, ready: 0, onDigest: 3 };
    const results = [{ subject: target.subject, outcome: 'fixed' as const, pods }];
    const request = { ...sample.request, remedy: 'undo' as const };
    expect(shown(drawPlan({ ...sample, state: 'done', request, results }))).toMatch(/✅ undone · 3 of 3 pods/);
    expect(headline(results, 4000)).toBe(
      'fixed in 4 s: 3 of 3 pods are running the intended image; 0 of them are Ready',
    );
  });

  test('shows no commands of a plan that could not be made again', () => {
    const approval = sampleApproval({ state: 'failed', outcome: 'it was undone already', kubectl: [] });
    expect(shown(drawPlan(approval))).not.toMatch(/by hand|set image/);
  });

  test('binds its buttons to the digest of what is drawn, not to a digest of the record', () => {
    const approval = sampleApproval({ digest: 'something else' });
    const approve = approveOf(approval);
    const value = PlanValueJson.parse(approve?.value);
    expect(value.digest).toBe(approval.plan === undefined ? '' : digestOfIntent(approval.plan.intent));
    expect(value).toMatchObject({ approval: '7F3K2QXD', workload: workload('dask-workers') });
  });

  test('asks again before a high risk is approved', () => {
    const plan = samplePlan();
    const approval = sampleApproval({ plan: { ...plan, intent: { ...plan.intent, risk: 'high' } } });
    expect(approveOf(approval)).toHaveProperty('confirm.title.text', 'High risk: approve it?');
    expect(approveOf(sampleApproval())).not.toHaveProperty('confirm');
  });

  test('says what Git owns, what the dry run refused and what is left out', () => {
    const plan = samplePlan(1);
    const targets = plan.targets.map((target) => ({
      ...target,
      dryRuns: [{ outcome: 'refused' as const, message: 'denied by policy', diff: '' }],
      git: { tool: 'argocd' as const, name: 'dask', change: 'image: x' },
      provenance: ['pushed yesterday'],
    }));
    const drawn = drawPlan(sampleApproval({ plan: { ...plan, targets, leftOut: ['deployment/web: protected'] } }));
    expect(shown(drawn)).toMatch(/refused by the API server\*: denied by policy/);
    expect(shown(drawn)).toMatch(/Argo CD \(dask\) owns this and will change it back/);
    expect(shown(drawn)).toMatch(/pushed yesterday/);
    expect(shown(drawn)).toMatch(/deployment\/web: protected/);
  });

  test('fifty targets fit, keep effects, undo and buttons, and say how many are not shown', () => {
    const drawn = drawPlan(sampleApproval({ plan: samplePlan(50, { warnings: ['mind this'] }) }));
    expect(faultsOfMessage(drawn)).toEqual([]);
    expect(validateMessage(drawn.blocks, drawn.text)).toBeUndefined();
    expect(shown(drawn)).toMatch(/and \*\d+ more targets\*: \*Full diff\* shows every one/);
    for (const text of ['mind this', '*Effects:*', '*Undo:*', '*Risk:*', 'Approve'])
      expect(shown(drawn)).toContain(text);
    const diff = drawDiff(sampleApproval({ plan: samplePlan(50) }));
    expect(faultsOfModal(diff)).toEqual([]);
    expect(JSON.stringify(diff)).toContain('dask-scheduler-49');
  });

  test('shows the changed lines of the dry run as the API server’s, and whole commands', () => {
    const plan = samplePlan(2);
    const diff = [
      '--- deployment/x\tbefore',
      '+++ deployment/x\tafter',
      ' -1,3 +1,4 @@',
      '   annotations:',
      '+    imagecheck.dev/last-approval: 7F3K2QXD',
      '+    kubernetes.io/change-cause: imagecheck set-image',
      '-        - image: worker:88a216e `<!channel>`',
      ...Array.from({ length: 8 }, (_, index) => `+          line: ${index}`),
      '',
    ].join('\n');
    const [target] = plan.targets;
    const drawn = drawPlan(
      sampleApproval({
        plan: {
          ...plan,
          targets: [{ ...target, dryRuns: [{ outcome: 'accepted', diff }] }, ...plan.targets.slice(1)] as never,
        },
      }),
    );
    const text = drawn.blocks.flatMap((block) => (block.type === 'section' ? [block.text?.text ?? ''] : [])).join('\n');
    const [, block = ''] = /\*Diff\* \(server-side dry run[^\n]*\n```\n([^]*?)\n```/.exec(text) ?? [];
    expect(block.split('\n').slice(0, 3)).toEqual([
      'deployment/dask-workers',
      '- - image: worker:88a216e ˋ&lt;!channel&gt;ˋ',
      '+ line: 0',
    ]);
    expect(block).toContain('… 3 more lines\ndeployment/dask-scheduler-1\n- image: ghcr.io/acme/worker:88a216e');
    expect(block).not.toMatch(/change-cause|last-approval|@@/);
    expect(text).toContain(`*Or do it yourself with kubectl*:\n\`\`\`\n${plan.kubectl.join('\n')}\n\`\`\``);
    expect(text.indexOf('*Risk:*')).toBeLessThan(text.indexOf('*Diff*'));
  });

  test('shows no command that is not the plan’s, and none in part', () => {
    const plan = samplePlan(12);
    const strange = 'kubectl delete namespace prod';
    const drawn = shown(drawPlan(sampleApproval({ plan: { ...plan, kubectl: [strange, ...plan.kubectl] } })));
    expect(drawn).not.toContain(strange);
    expect(drawn).toContain('1 recorded line is not shown');
    const commands = drawn.match(/kubectl -n [^`]*?(?=\\n)/g) ?? [];
    expect(commands.length).toBeGreaterThan(2);
    for (const command of commands) expect(plan.kubectl).toContain(command);
    expect(drawn).toContain(`(${12 - commands.length} more: *kubectl*)`);
    expect(drawn).toContain('… 6 more workloads');
  });

  test('carries what it is about as metadata', () => {
    expect(changeMetadata({ view: 'plan', approval: sampleApproval() })).toEqual({
      event_type: 'imagecheck_plan',
      event_payload: {
        approval: '7F3K2QXD',
        cluster: 'dev-eu',
        workload: 'modelops-dask-dev/deployment/dask-workers',
        made_at: '2026-11-20T14:10:30.000Z',
      },
    });
  });
});

describe('the result', () => {
  const result = (outcome: Approval['results'][number]['outcome'], name = 'dask-workers', more: object = {}) => ({
    subject: workload(name),
    outcome,
    ...more,
  });
  test.each<[string, Partial<Approval>, RegExp, readonly string[]]>([
    [
      'fixed',
      { results: [result('fixed', 'a', { pods: pods(3, 3) }), result('fixed', 'b', { pods: pods(1, 1) })] },
      /<@U0ANA> \*FIXED\* in 48 s: 4 of 4 pods are running the intended image and are Ready/,
      ['Undo…'],
    ],
    [
      'one of two',
      { results: [result('fixed'), result('not-fixed', 'b', { reportId: 'r9', detail: 'ImagePullBackOff' })] },
      /PARTLY FIXED: 1 of 2 workloads.*b: 🔴 not fixed · ImagePullBackOff/s,
      ['Undo…', 'Show what’s wrong: deployment/b'],
    ],
    ['the image runs, the probe fails', { results: [result('not-ready')] }, /IMAGE FIXED, PODS NOT READY/, ['Undo…']],
    [
      'what the report told besides',
      { results: [result('fixed')], remains: ['BUNDLE_REF names no repository'] },
      /Still open:\* BUNDLE_REF names no repository/,
      ['Undo…'],
    ],
    ['nothing helped', { results: [result('not-fixed')] }, /NOT FIXED/, ['Undo…']],
    ['inconclusive', { results: [result('unknown')] }, /INCONCLUSIVE/, ['Undo…']],
    ['a guard held', { state: 'failed', results: [result('not-done')] }, /NOT DONE/, []],
    [
      'partly undone',
      { results: [{ ...result('fixed'), undoneBy: 'ABCD1234' }, result('fixed')] },
      /undone by plan \*ABCD1234\*/,
      ['Undo…'],
    ],
    ['undone', { results: [result('fixed')], undoneBy: 'ABCD1234' }, /Undone by plan \*ABCD1234\*/, []],
  ])('%s', (_, part, text, buttons) => {
    const drawn = drawResult(sampleApproval({ ...finished, ...part }));
    expect(faultsOfMessage(drawn)).toEqual([]);
    expect(shown(drawn)).toMatch(text);
    expect(labels(drawn)).toEqual(buttons);
  });
});
