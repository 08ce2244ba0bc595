import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { makePlan } from '../../../../src/flows/change/plan/plan.ts';
import { digestOfIntent } from '../../../../src/model/change/plan.ts';
import { known, unknown } from '../../../../src/model/values/fact.ts';
import type { Applied } from '../../../../src/ports/changes.ts';
import { nothingMore, type Remedy } from '../../../../src/remedies/parts/remedy.ts';
import { sampleApproval } from '../../../support/approval-samples.ts';
import { type ClusterStory, secretFor } from '../../../support/in-memory.ts';
import { allowAll, aRequest, clusterOf, planHow, planReach } from '../../../support/planning.ts';
import { digestOf, refused } from '../../../support/probes.ts';
import { plan, planOf, small, typed, web } from '../../../support/small-remedy.ts';
import { aContainer, now } from '../../../support/snapshot.ts';

const ownedPod = (...owners: readonly (readonly [kind: string, name: string])[]) => ({
  cluster: {
    workload: {
      ref: { kind: 'Pod' as const, namespace: 'shop', name: 'web' },
      owners: owners.map(([kind, name]) => ({ apiVersion: 'v1', kind, name })),
    },
  },
});

describe('a plan for one workload', () => {
  test('holds what will happen, and what people need to decide', async () => {
    const { outcome, applied } = await plan(typed('ghcr.io/acme/web:2'));
    const { plan: made, request } = planOf(outcome);
    expect(made.intent).toMatchObject({
      remedy: 'set-image',
      remedyVersion: 3,
      cluster: 'dev-eu',
      risk: 'low',
      targets: [
        {
          subject: { kind: 'Deployment', namespace: 'shop', name: 'web', uid: 'uid' },
          params: { image: 'ghcr.io/acme/web:2' },
          operations: [{ type: 'edit-template' }],
          expects: [{ digests: [digestOf('two')] }],
        },
      ],
    });
    expect(made).toMatchObject({
      targets: [{ dryRuns: [{ outcome: 'accepted', diff: '-old\n+new\n' }] }],
      effects: ['3 pods restart'],
      warnings: [],
      kubectl: ['kubectl set image web ghcr.io/acme/web:2'],
      undo: { how: 'back', cannot: [], targets: [{ operations: [] }] },
      leftOut: [],
      madeAt: now.replace('Z', '.000Z'),
    });
    expect(request.targets).toEqual([
      { subject: { kind: 'Deployment', namespace: 'shop', name: 'web' }, params: { image: 'ghcr.io/acme/web:2' } },
    ]);
    expect(applied).toMatchObject([{ how: { dryRun: true, mark: { approval: '7F3K2QXD' } } }]);
  });

  test('is the same plan again from the request that it gives, without asking the server', async () => {
    const first = planOf((await plan(typed('ghcr.io/acme/web:2'))).outcome);
    const again = await plan(first.request, { how: { dryRun: false } });
    expect(digestOfIntent(planOf(again.outcome).plan.intent)).toBe(digestOfIntent(first.plan.intent));
    expect(again.applied).toEqual([]);
  });

  test.each<[string, Parameters<typeof plan>[0], Parameters<typeof plan>[1], string, string?]>([
    [
      'parameters that the remedy does not take',
      { typed: { ...typed('x').typed, params: { picture: 1 } } as never },
      {},
      'image',
    ],
    ['an image that does not exist', typed('ghcr.io/acme/web:9'), {}, 'web:9'],
    ['a text that is no image', typed('UPPER'), {}, 'lower case'],
    ['a workload that does not exist', typed(web), { cluster: { lookup: { kind: 'absent' } } }, 'no deployment/web'],
    [
      'a workload that may not be read',
      typed(web),
      { cluster: { lookup: { kind: 'unknown', why: 'forbidden', missingRight: 'get deployments.apps' } } },
      'could not be read',
      'get deployments.apps',
    ],
    [
      'owners that want to be left alone',
      typed(web),
      { cluster: { workload: { annotations: { 'imagecheck.dev/protect': 'true' } } } },
      'protected',
    ],
    [
      'a worker that may do nothing',
      typed('ghcr.io/acme/web:2'),
      { reach: { remediation: { ...allowAll, remedies: [] } } },
      'may not do',
      'remediation.remedies',
    ],
    [
      'a pod that a Deployment made',
      typed('ghcr.io/acme/web:2', 'web', { kind: 'Pod' }),
      ownedPod(['ReplicaSet', 'web-6d4cf56db6'], ['Deployment', 'web'], ['DaskCluster', 'main']),
      'pod/web was made by replicaset/web-6d4cf56db6 of deployment/web of daskcluster/main',
      'Ask for it there: set-image deployment/web ghcr.io/acme/web:2 -n shop',
    ],
    [
      'a pod that an operator made',
      typed('ghcr.io/acme/web:2', 'web', { kind: 'Pod' }),
      ownedPod(['DaskCluster', 'main']),
      'pod/web was made by daskcluster/main',
      'The kind DaskCluster cannot be changed here',
    ],
    ['no workload', {}, {}, 'names no workload'],
    [
      'a report that is gone',
      { from: { reportId: 'r', finding: 0, proposals: [0], everywhere: false } },
      {},
      'is gone',
    ],
    ['an undo without its record', { remedy: 'undo', undoes: '7F3K2QXD' }, {}, 'no record of 7F3K2QXD'],
  ])('is refused: %s', async (_, request, options, why, remedy?: string) => {
    const { outcome, applied } = await plan(request, options);
    expect(outcome).toMatchObject({
      kind: 'refused',
      why: expect.stringContaining(why),
      ...(remedy === undefined ? {} : { remedy: expect.stringContaining(remedy) }),
    });
    expect(applied).toEqual([]);
  });

  test.each([
    [{}, 'Did you mean deployment/web in shop, deployment/web in other?'],
    [{ confined: true }, 'Did you mean deployment/web in shop?'],
  ])('of a mistyped name says near ones, within what may be known: %j', async (scope, remedy) => {
    const reader = clusterOf({}, { workload: { ref: { kind: 'Deployment', namespace: 'other', name: 'web' } } });
    const cluster = {
      ...reader,
      workload: async () => ({ kind: 'absent' as const }),
      workloadNames: async (
        where: { readonly namespace?: string },
        reading: Parameters<typeof reader.workloads>[1],
      ) => {
        const all = await reader.workloadNames({}, reading);
        if (!all.known) return all;
        return known(all.value.filter((ref) => where.namespace === undefined || ref.namespace === where.namespace));
      },
    };
    const { reach } = planReach(cluster);
    const target = { type: 'workload', kind: 'Deployment', namespace: 'shop', name: 'wbe', ...scope } as const;
    const params = { images: [{ image: ':2' }] };
    for (const targets of [[], [{ subject: { kind: target.kind, namespace: 'shop', name: 'wbe' } as const, params }]]) {
      const outcome = await makePlan(aRequest({ targets, typed: { target, params } }), reach, planHow);
      expect(outcome).toMatchObject({ kind: 'refused', why: 'There is no deployment/wbe in shop.', remedy });
    }
  });

  test('is asked back when the name is used twice', async () => {
    const cluster = clusterOf({}, { workload: { ref: { kind: 'StatefulSet', namespace: 'shop', name: 'web' } } });
    const { reach } = planReach(cluster);
    const target = { type: 'workload', name: 'web' } as const;
    const outcome = await makePlan(aRequest({ typed: { target, params: {} } }), reach, planHow);
    expect(outcome).toMatchObject({ kind: 'ambiguous', candidates: [{ kind: 'Deployment' }, { kind: 'StatefulSet' }] });
  });

  test('ends with its deadline, and says what it could not read', async () => {
    const { outcome } = await plan(typed('ghcr.io/acme/web:2'), { how: { signal: AbortSignal.abort() } });
    expect(outcome).toMatchObject({ kind: 'refused', why: expect.stringContaining('could not be read') });
  });

  test.each<[string, Applied, object, RegExp]>([
    [
      'a missing right',
      { kind: 'forbidden', missingRight: 'patch deployments.apps in shop' },
      { outcome: 'forbidden', missingRight: 'patch deployments.apps in shop' },
      /lacks the right to patch deployments\.apps in shop.*run the commands below/,
    ],
    [
      'an admission policy',
      { kind: 'refused', message: 'denied by policy x' },
      { outcome: 'refused', message: 'denied by policy x' },
      /would refuse this now: denied by policy x/,
    ],
    ['a guard', { kind: 'conflict', what: 'it says web:3' }, { outcome: 'refused' }, /it says web:3/],
    [
      'a server that does not answer',
      { kind: 'unknown', why: 'timeout', maybeDone: false },
      { outcome: 'unknown' },
      /could not be tried.*timeout/,
    ],
  ])('tells what the dry run said: %s', async (_, said, dryRun, warning) => {
    const { plan: made } = planOf(
      (await plan(typed('ghcr.io/acme/web:2'), { reach: { story: { apply: () => said } } })).outcome,
    );
    expect(made.targets[0]?.dryRuns).toMatchObject([dryRun]);
    expect(made.warnings).toEqual([expect.stringMatching(warning)]);
    expect(made.kubectl).not.toEqual([]);
  });

  test('keeps a diff short, at a line', async () => {
    const diff = '+a line of the diff\n'.repeat(1000);
    const apply = (): Applied => ({ kind: 'applied', diff, before: '', after: '' });
    const { plan: made } = planOf((await plan(typed('ghcr.io/acme/web:2'), { reach: { story: { apply } } })).outcome);
    const shown = made.targets[0]?.dryRuns[0]?.diff ?? '';
    expect(shown.length).toBeLessThanOrEqual(6000);
    expect(shown).toMatch(/diff\n…$/);
  });
});

describe('images are asked for as the workload', () => {
  const attached: ClusterStory = {
    template: { containers: [aContainer({ image: web })], pullSecretNames: ['regcred'] },
    secrets: { regcred: secretFor({ 'ghcr.io': 'robot' }) },
  };
  const two = 'ghcr.io/acme/web:2';

  test('with its own pull secret', async () => {
    const registry = { references: { [two]: refused(401) }, forUser: { robot: { [two]: 'two' } } };
    const { plan: made } = planOf((await plan(typed(two), { cluster: attached, registry })).outcome);
    expect(made.warnings).toEqual([]);
  });

  test('what only the product reaches comes with a warning', async () => {
    const registry = { references: { [two]: refused(401) }, forUser: { bot: { [two]: 'two' } }, own: 'bot' };
    const { plan: made } = planOf((await plan(typed(two), { cluster: attached, registry })).outcome);
    expect(made.warnings).toEqual([expect.stringMatching(/web:2 was found, but not with what the pods pull with/)]);
  });
});

test('what may not be read is a value that the remedy judges', async () => {
  const seen: unknown[] = [];
  const curious: Remedy = {
    ...small,
    params: z.object({ image: z.string() }),
    plan: (_, world) => {
      seen.push(world.rollout, world.budgets, world.serviceAccount, world.secrets.get('regcred'));
      return { kind: 'refused', why: 'enough', kubectl: [] };
    },
    needs: () => ({ ...nothingMore, secrets: ['regcred'], serviceAccount: true }),
  };
  const denied = { kind: 'unknown', why: 'forbidden', missingRight: 'get secrets' } as const;
  await plan(typed(web), {
    reach: {
      remedyOf: () => curious,
      story: { rollout: denied, budgets: unknown('forbidden'), identities: { 'Secret/regcred': denied } },
    },
  });
  expect(seen).toEqual([denied, unknown('forbidden'), { kind: 'absent' }, denied]);
});

describe('a plan of an undo', () => {
  const two = 'ghcr.io/acme/web:2';
  const running = (image: string): ClusterStory => ({ template: { containers: [aContainer({ image })] } });

  test.each([
    [{ [web]: 'one', [two]: 'two' }, ''],
    [{ [two]: 'two' }, `${web} does not exist`],
  ])('says whether the image of before is still there: %j', async (references, warning) => {
    const before = planReach(clusterOf(running(web)), { references: { [web]: 'one', [two]: 'two' } });
    const targets = [
      { subject: { kind: 'Deployment' as const, namespace: 'shop', name: 'web' }, params: { image: two } },
    ];
    const done = planOf(await makePlan(aRequest({ targets }), before.reach, planHow));
    const [workload, image] = [targets[0]?.subject, done.plan.intent.targets[0]?.expects[0]?.image];
    if (workload === undefined || image === undefined) throw new Error('no image is set');
    const undone = sampleApproval({
      id: 'VND0NE00',
      state: 'done',
      request: done.request,
      plan: done.plan,
      results: [{ subject: workload, outcome: 'fixed' }],
    });
    const after = planReach(clusterOf(running(image)), { references });
    const request = aRequest({ remedy: 'undo', undoes: undone.id });
    const { plan: made } = planOf(await makePlan(request, after.reach, { ...planHow, undone }));
    expect(made.intent.targets).toMatchObject([{ operations: [{ edits: [{ field: 'image' }] }] }]);
    expect(made.warnings.filter((line) => line.includes('exist')).join()).toContain(warning);
    if (warning === '') expect(made.warnings.join()).not.toMatch(/does not exist|Couldn’t check|couldn’t check/);
  });
});
