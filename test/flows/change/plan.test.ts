import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Applied } from '../../../src/change-ports.ts';
import { makePlan, type PlanHow, type PlanOutcome, type PlanReach } from '../../../src/flows/change/plan.ts';
import type { ChangeRequest } from '../../../src/model/change.ts';
import { unknown } from '../../../src/model/fact.ts';
import type { Finding, Proposal } from '../../../src/model/finding.ts';
import { digestOfIntent, Plan } from '../../../src/model/plan.ts';
import type { Report } from '../../../src/model/report.ts';
import type { Planned, Remedy } from '../../../src/remedies/remedy.ts';
import { nothingMore } from '../../../src/remedies/remedy.ts';
import { type ClusterStory, memoryCluster, type RegistryStory, secretFor } from '../../support/in-memory.ts';
import { allowAll, aRequest, clusterOf, planHow, planReach } from '../../support/planning.ts';
import { digestOf, refused } from '../../support/probes.ts';
import { aContainer, now } from '../../support/snapshot.ts';

const web = 'ghcr.io/acme/web:1';
const api = 'ghcr.io/acme/api:1';

/** Sets the first container to an image, and asks the registry about it first. */
const small: Remedy<{ image: string }> = {
  id: 'set-image',
  version: 3,
  title: 'Set the image',
  params: z.strictObject({ image: z.string() }),
  needs: ({ image }) => ({ ...nothingMore, images: [image], secrets: ['regcred'], serviceAccount: true }),
  plan: ({ image }, world) => {
    const { snapshot, images } = world;
    const { ref, uid } = snapshot.workload;
    const [container] = snapshot.template.containers;
    const facts = images.get(image);
    if (facts?.known !== true || container === undefined) {
      return {
        kind: 'refused',
        why: `${image}: ${facts?.known === false ? facts.why : 'nothing'}`,
        kubectl: ['kubectl'],
      };
    }
    const key = { type: 'main', name: container.name } as const;
    const back = { image: image, container: key, digests: [] };
    const planned: Planned = {
      kind: 'planned',
      operations: [
        {
          type: 'edit-template',
          target: { ...ref, uid },
          edits: [{ field: 'image', container: key, from: container.image, to: image }],
        },
      ],
      expects: [{ container: key, image, digests: [...facts.value.digests] }],
      risk: ref.namespace === 'shop' ? 'low' : 'medium',
      changes: [`${ref.name} ${container.image} → ${image}`],
      effects: [
        `${ref.name === 'web' ? 3 : 1} pod${ref.name === 'web' ? 's' : ''} restart${ref.name === 'web' ? '' : 's'}`,
      ],
      warnings: [],
      provenance: [],
      kubectl: [`kubectl set image ${ref.name} ${image}`],
      undo: { how: 'back', cannot: [], operations: [], expects: [back] },
    };
    return planned;
  },
};

const typed = (image: string, name = 'web', more = {}): Pick<ChangeRequest, 'typed'> => ({
  typed: { target: { type: 'workload', kind: 'Deployment', namespace: 'shop', name, ...more }, params: { image } },
});

async function plan(
  request: Partial<ChangeRequest>,
  options: {
    readonly cluster?: ClusterStory;
    readonly registry?: RegistryStory;
    readonly reach?: Parameters<typeof planReach>[2];
    readonly how?: Partial<PlanHow>;
  } = {},
) {
  const cluster = memoryCluster({ template: { containers: [aContainer({ image: web })] }, ...options.cluster });
  const { reach, applied } = planReach(
    cluster,
    { references: { [web]: 'one', 'ghcr.io/acme/web:2': 'two' }, ...options.registry },
    { remedyOf: () => small, ...options.reach },
  );
  return { outcome: await makePlan(aRequest(request), reach, { ...planHow, ...options.how }), applied, reach };
}

function planOf(outcome: PlanOutcome): Extract<PlanOutcome, { kind: 'plan' }> {
  if (outcome.kind !== 'plan') throw new Error(`it is ${JSON.stringify(outcome)}`);
  expect(Plan.safeParse(outcome.plan).error).toBeUndefined();
  return outcome;
}

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
          workload: { kind: 'Deployment', namespace: 'shop', name: 'web', uid: 'uid' },
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
      { workload: { kind: 'Deployment', namespace: 'shop', name: 'web' }, params: { image: 'ghcr.io/acme/web:2' } },
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
    ['an image that is not there', typed('ghcr.io/acme/web:9'), {}, 'web:9'],
    ['a text that is no image', typed('UPPER'), {}, 'lower case'],
    ['a workload that is not there', typed(web), { cluster: { lookup: { kind: 'absent' } } }, 'no deployment/web'],
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

const scheduler: ClusterStory = {
  workload: { ref: { kind: 'Deployment', namespace: 'shop', name: 'api' }, uid: 'uid-api' },
  template: { containers: [aContainer({ image: api })] },
};
const worker: ClusterStory = { template: { containers: [aContainer({ image: web })] } };
const target = (name: string, image: string) => ({
  workload: { kind: 'Deployment' as const, namespace: 'shop', name },
  params: { image },
});

describe('a plan for several workloads', () => {
  const references = { [web]: 'one', 'ghcr.io/acme/web:2': 'two', [api]: 'three', 'ghcr.io/acme/api:2': 'four' };
  const reachOf = (patch: Partial<PlanReach> = {}) =>
    planReach(clusterOf(worker, scheduler), { references }, { remedyOf: () => small, ...patch }).reach;
  const both = [target('web', 'ghcr.io/acme/web:2'), target('api', 'ghcr.io/acme/api:2')];

  test('is one plan in the order of names, whatever was named first', async () => {
    const made = await Promise.all(
      [both, both.toReversed()].map(async (targets) =>
        planOf(await makePlan(aRequest({ targets }), reachOf(), planHow)),
      ),
    );
    const [one, other] = made;
    expect(one?.plan.intent.targets.map(({ workload }) => workload.name)).toEqual(['api', 'web']);
    expect(one?.plan.effects).toEqual(['4 pods restart']);
    expect(one?.plan.kubectl).toHaveLength(2);
    expect(other?.plan.intent).toEqual(one?.plan.intent);
  });

  test('leaves out what is refused while others remain', async () => {
    const targets = [target('web', 'ghcr.io/acme/web:2'), target('api', 'ghcr.io/acme/api:9')];
    const { plan: made, request } = planOf(await makePlan(aRequest({ targets }), reachOf(), planHow));
    expect(made.leftOut).toEqual([expect.stringMatching(/^deployment\/api: ghcr.io\/acme\/api:9/)]);
    expect(request.targets).toEqual([targets[0]]);
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
    const targets = [first, { ...second, workload: { ...second.workload, namespace: 'bank' } }];
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
    workload: { kind: 'Deployment', namespace: 'shop', name: 'web' },
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
    expect(made.leftOut).toEqual([
      'deployment/api: it does not have this problem now.',
      'deployment/gone: it is gone.',
      'rocket/web: not a workload that can be changed.',
    ]);
    expect(made.intent.targets).toHaveLength(1);
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
