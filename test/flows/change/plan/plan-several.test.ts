import { describe, expect, test } from 'vitest';
import { makePlan, type PlanReach } from '../../../../src/flows/change/plan/plan.ts';
import type { Finding, Proposal } from '../../../../src/model/finding/finding.ts';
import type { Report } from '../../../../src/model/finding/report.ts';
import { formatSubject } from '../../../../src/model/subject/subject.ts';
import type { ClusterStory } from '../../../support/in-memory.ts';
import { aRequest, clusterOf, planHow, planReach } from '../../../support/planning.ts';
import { api, plan, planOf, small, typed, web } from '../../../support/small-remedy.ts';
import { aContainer, now } from '../../../support/snapshot.ts';

const scheduler: ClusterStory = {
  workload: { ref: { kind: 'Deployment', namespace: 'shop', name: 'api' }, uid: 'uid-api' },
  template: { containers: [aContainer({ image: api })] },
};
const worker: ClusterStory = { template: { containers: [aContainer({ image: web })] } };
const target = (name: string, image: string) => ({
  subject: { kind: 'Deployment' as const, namespace: 'shop', name },
  params: { image },
});

describe('a plan for several workloads', () => {
  const references = { [web]: 'one', 'ghcr.io/acme/web:2': 'two', [api]: 'three', 'ghcr.io/acme/api:2': 'four' };
  const reachOf = (patch: Partial<PlanReach> = {}) =>
    planReach(clusterOf(worker, scheduler), { references }, { remedyOf: () => small, ...patch }).reach;
  const both = [target('web', 'ghcr.io/acme/web:2'), target('api', 'ghcr.io/acme/api:2')];

  test('is one plan in the order in which they were named, and again when it is made again', async () => {
    const made = planOf(await makePlan(aRequest({ targets: both.toReversed() }), reachOf(), planHow));
    const names = both.toReversed().map(({ subject }) => formatSubject(subject));
    expect(made.plan.intent.targets.map(({ subject }) => formatSubject(subject))).toEqual(names);
    expect(made.plan.effects).toEqual(['4 pods restart']);
    expect(made.plan.kubectl).toHaveLength(2);
    const again = planOf(await makePlan(made.request, reachOf(), planHow));
    expect(again.plan.intent).toEqual(made.plan.intent);
  });

  test('leaves out what is refused while others remain', async () => {
    const targets = [target('web', 'ghcr.io/acme/web:2'), target('api', 'ghcr.io/acme/api:9')];
    const { plan: made, request } = planOf(await makePlan(aRequest({ targets }), reachOf(), planHow));
    expect(made.leftOut).toEqual([expect.stringMatching(/^deployment\/api: ghcr.io\/acme\/api:9/)]);
    expect(request.targets).toEqual([targets[0]]);
    const again = planOf(await makePlan(request, reachOf(), planHow));
    expect(again.plan.leftOut, 'a plan that takes its place says so, too').toEqual(made.leftOut);
  });

  test('is refused as a whole when nothing remains', async () => {
    const targets = [target('web', 'ghcr.io/acme/web:9'), target('api', 'ghcr.io/acme/api:9')];
    const outcome = await makePlan(aRequest({ targets }), reachOf(), planHow);
    expect(outcome).toMatchObject({
      kind: 'refused',
      why: expect.stringMatching(/deployment\/web: .*\ndeployment\/api: /),
    });
  });

  test('is of high risk across namespaces', async () => {
    const elsewhere = {
      ...scheduler,
      workload: { ...scheduler.workload, ref: { kind: 'Deployment', namespace: 'bank', name: 'api' } as const },
    };
    const { reach } = planReach(clusterOf(worker, elsewhere), { references }, { remedyOf: () => small });
    const [first, second] = both;
    if (first === undefined || second === undefined) throw new Error('there are two');
    const targets = [first, { ...second, subject: { ...second.subject, namespace: 'bank' } }];
    expect(planOf(await makePlan(aRequest({ targets }), reach, planHow)).plan.intent.risk).toBe('high');
  });
});

describe('a plan from a finding', () => {
  const proposal = (image: string): Proposal => ({ remedy: 'set-image', params: { image }, summary: '' });
  const finding = (patch: Partial<Finding> = {}): Finding => ({
    check: 'stale-image',
    cause: 'stale_image',
    status: 'fail',
    confidence: 'certain',
    title: '',
    containers: ['main'],
    images: [web],
    evidence: [],
    timeline: [],
    next: '',
    proposals: [proposal('ghcr.io/acme/web:2')],
    consequences: [],
    alsoAffects: [],
    ...patch,
  });
  const report = (of: Finding): Report => ({
    schemaVersion: 1,
    cluster: 'dev-eu',
    subject: { kind: 'Deployment', namespace: 'shop', name: 'web' },
    takenAt: now,
    durationMs: 1,
    status: 'problems',
    findings: [of],
    notes: [],
    notSeen: [],
    owners: [],
  });
  const from = { reportId: 'r', finding: 0, proposals: [0], everywhere: false };
  const elsewhere = 'docker.io/other/web:2';

  test('takes the parameters of its proposal', async () => {
    const { request } = planOf((await plan({ from }, { how: { report: report(finding()) } })).outcome);
    expect(request).toMatchObject({ from, targets: [{ params: { image: 'ghcr.io/acme/web:2' } }] });
  });

  test.each<[string, readonly string[], boolean]>([
    ['not to another owner', [], false],
    ['unless the configuration trusts it', ['docker.io/other'], true],
  ])('%s', async (_, trustedOwners, isPlanned) => {
    const options = {
      how: { report: report(finding({ proposals: [proposal(elsewhere)] })) },
      registry: { references: { [web]: 'one', [elsewhere]: 'two' } },
      reach: { trustedOwners },
    };
    const { outcome } = await plan({ from }, options);
    expect(outcome).toMatchObject(
      isPlanned ? { kind: 'plan' } : { kind: 'refused', remedy: expect.stringContaining('trustedOwners') },
    );
    const again = await plan({ from, targets: [target('web', elsewhere)] }, options);
    expect(again.outcome.kind).toBe(isPlanned ? 'plan' : 'refused');
  });

  test('asked for by name it may go anywhere', async () => {
    const registry = { references: { [web]: 'one', [elsewhere]: 'two' } };
    expect((await plan(typed(elsewhere), { registry })).outcome.kind).toBe('plan');
  });

  test('everywhere: says why the others are left out', async () => {
    const alsoAffects = ['deployment/api', 'deployment/gone', 'rocket/web'];
    const { reach } = planReach(
      clusterOf(worker, scheduler),
      { references: { [web]: 'one', 'ghcr.io/acme/web:2': 'two', [api]: api } },
      { remedyOf: () => small },
    );
    const how = { ...planHow, report: report(finding({ alsoAffects })) };
    const { plan: made } = planOf(await makePlan(aRequest({ from: { ...from, everywhere: true } }), reach, how));
    expect(made.leftOut).toEqual(['rocket/web: not a workload that can be changed.']);
    expect(made.effects).toEqual(
      expect.arrayContaining([
        'deployment/api: nothing to do, it does not have this problem now.',
        'deployment/gone: nothing to do, it is gone.',
      ]),
    );
    expect(made.intent.targets).toHaveLength(1);
  });
});
