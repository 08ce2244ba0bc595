import { describe, expect, test } from 'vitest';
import { makePlan } from '../../../../src/flows/change/plan/plan.ts';
import type { ChangeRequest, RemedyId, RemedyParams } from '../../../../src/model/change/change.ts';
import { digestOfIntent } from '../../../../src/model/change/plan.ts';
import type { Pod } from '../../../../src/model/snapshot/snapshot.ts';
import { known } from '../../../../src/model/values/fact.ts';
import type { Container } from '../../../../src/model/workload/workload.ts';
import type { ClusterStory, RegistryStory } from '../../../support/in-memory.ts';
import { memoryCluster, memoryKeychain } from '../../../support/in-memory.ts';
import { aRequest, type ChangeStory, planHow, planReach } from '../../../support/planning.ts';
import { digestOf } from '../../../support/probes.ts';
import { aRollout } from '../../../support/rollout.ts';
import { aContainer, anEvent, aPod, aState, minutesAgo, now } from '../../../support/snapshot.ts';

const web = 'ghcr.io/acme/web:latest';
const cron = 'ghcr.io/acme/cron:latest';
const next = 'ghcr.io/acme/web:2';

/** What a plan looks at; each row of the tables changes one thing of it. */
interface World {
  readonly containers: readonly Container[];
  readonly cluster: ClusterStory;
  readonly registry: RegistryStory;
  readonly changes: ChangeStory;
  readonly pods: readonly Pod[];
}

const main = aContainer({ name: 'web', image: web, pullPolicy: 'IfNotPresent' });
const second = aContainer({ name: 'cron', image: cron, pullPolicy: 'IfNotPresent' });
const sidecar = aContainer({ name: 'istio-proxy', image: 'ghcr.io/istio/proxy:latest' });

/** Pods that run what the tags named before. */
function podsOf(containers: readonly Container[], count = 2): readonly Pod[] {
  return Array.from({ length: count }, (_, index) =>
    aPod(
      containers.map((container) =>
        aState(container, { imageId: `${container.image.split(':')[0]}@${digestOf(`old ${container.name}`)}` }),
      ),
      { name: `web-${index}`, uid: `pod-${index}` },
    ),
  );
}

const usual: World = {
  containers: [main, second],
  cluster: {},
  registry: {
    references: {
      [web]: 'web now',
      [cron]: 'cron now',
      [next]: 'two',
      'ghcr.io/acme/web:3': 'three',
      'ghcr.io/istio/proxy:latest': 'proxy',
      [`ghcr.io/acme/web@${digestOf('old web')}`]: 'old web',
      [`ghcr.io/acme/cron@${digestOf('old cron')}`]: 'old cron',
    },
  },
  changes: {
    identities: {
      'ServiceAccount/default': {
        kind: 'found',
        value: { uid: 'account', owners: [], annotations: {}, managers: [] },
      },
    },
    earlierTemplates: known([
      {
        name: 'web-1',
        number: 1,
        createdAt: minutesAgo(5000),
        containers: [
          { type: 'main', name: 'web', image: next, pullPolicy: 'IfNotPresent' },
          { type: 'main', name: 'cron', image: cron, pullPolicy: 'IfNotPresent' },
        ],
        pullSecretNames: [],
        otherDifferences: [],
      },
    ]),
  },
  pods: podsOf([main, second]),
};

async function planIn(request: ChangeRequest, world: World) {
  const { template, ...cluster } = world.cluster;
  const story = { pods: known(world.pods), ...cluster, template: { containers: world.containers, ...template } };
  const { reach } = planReach(memoryCluster(story), world.registry, {
    story: world.changes,
    keychain: memoryKeychain(undefined, [{ name: 'ghcr', host: 'ghcr.io' }]),
  });
  return makePlan(request, reach, planHow);
}

async function shown(remedy: RemedyId, params: RemedyParams) {
  const target = { type: 'workload', kind: 'Deployment', namespace: 'shop', name: 'web' } as const;
  const outcome = await planIn(aRequest({ remedy, typed: { target, params } }), usual);
  if (outcome.kind !== 'plan') throw new Error(JSON.stringify(outcome));
  return { request: outcome.request, digest: digestOfIntent(outcome.plan.intent) };
}

/** The digest of the plan that the request gives now, or why there is none. */
async function again(request: ChangeRequest, world: World): Promise<string> {
  const outcome = await planIn(request, world);
  return outcome.kind === 'plan' ? digestOfIntent(outcome.plan.intent) : `no plan: ${JSON.stringify(outcome)}`;
}

const remedies: readonly (readonly [RemedyId, RemedyParams])[] = [
  ['force-repull', {}],
  ['set-image', { container: 'web', image: ':2' }],
  ['set-pull-policy', { containers: ['web'], policy: 'Always' }],
  ['roll-back', {}],
  ['add-pull-secret', { registry: 'ghcr' }],
];

describe.each(remedies)('the digest of %s %j', (remedy, params) => {
  test.each<[string, Partial<World>]>([
    ['nothing changed', {}],
    ['an autoscaler', { cluster: { workload: { desired: 7, ready: 5 } }, pods: podsOf([main, second], 7) }],
    ['a status', { cluster: { workload: { conditions: [{ type: 'Available', status: 'False' }] } } }],
    [
      'how far a rollout is',
      { changes: { ...usual.changes, rollout: { kind: 'found', value: aRollout({ generation: 9, updated: 0 }) } } },
    ],
    ['names of pods', { pods: usual.pods.map((pod) => ({ ...pod, name: `${pod.name}-x`, uid: `${pod.uid}-x` })) }],
    ['texts of events', { cluster: { events: known([anEvent('web-0', 'Pulled', 'other words')]) } }],
    ['a sidecar injected into pods', { pods: podsOf([main, second, sidecar]) }],
    ['the order of containers', { containers: [second, main], pods: podsOf([second, main]) }],
    ['annotations of others', { cluster: { workload: { annotations: { 'example.com/seen': now } } } }],
  ])('stays with %s', async (_, change) => {
    const { request, digest } = await shown(remedy, params);
    expect(await again(request, { ...usual, ...change })).toBe(digest);
  });

  test('changes with the object itself', async () => {
    const { request, digest } = await shown(remedy, params);
    expect(await again(request, { ...usual, cluster: { workload: { uid: 'another' } } })).not.toBe(digest);
  });
});

describe('a sidecar injected into the template', () => {
  test.each<[RemedyId, RemedyParams]>([
    ['force-repull', {}],
    ['set-image', { container: 'web', image: ':2' }],
    ['set-pull-policy', { policy: 'Always' }],
  ])('keeps the digest of %s', async (remedy, params) => {
    const { request, digest } = await shown(remedy, params);
    const containers = [...usual.containers, sidecar];
    expect(await again(request, { ...usual, containers, pods: podsOf(containers) })).toBe(digest);
  });
});

const others = { ...usual.registry.references };

describe('the digest changes with', () => {
  test.each<[string, RemedyId, RemedyParams, Partial<World>]>([
    [
      'another image in the template',
      'set-image',
      { container: 'web', image: ':2' },
      { containers: [{ ...main, image: 'ghcr.io/acme/web:3' }, second] },
    ],
    [
      'a tag that moved, where it is set',
      'set-image',
      { container: 'web', image: ':2' },
      { registry: { references: { ...others, [next]: 'moved' } } },
    ],
    [
      'a tag that moved, where it is pulled again',
      'force-repull',
      {},
      { registry: { references: { ...others, [web]: 'moved' } } },
    ],
    ['a container that is gone', 'set-image', { container: 'web', image: ':2' }, { containers: [second] }],
    [
      'another policy in the template',
      'set-pull-policy',
      { containers: ['web'], policy: 'Always' },
      { containers: [{ ...main, pullPolicy: 'Never' }, second] },
    ],
    [
      'another earlier revision',
      'roll-back',
      {},
      {
        changes: {
          earlierTemplates: known([
            {
              name: 'web-2',
              number: 2,
              createdAt: minutesAgo(50),
              containers: [
                { type: 'main', name: 'web', image: 'ghcr.io/acme/web:3', pullPolicy: 'IfNotPresent' },
                { type: 'main', name: 'cron', image: cron, pullPolicy: 'IfNotPresent' },
              ],
              pullSecretNames: [],
              otherDifferences: [],
            },
          ]),
        },
      },
    ],
  ])('%s (%s)', async (_, remedy, params, change) => {
    const { request, digest } = await shown(remedy, params);
    expect(await again(request, { ...usual, ...change })).not.toBe(digest);
  });

  test('other parameters', async () => {
    const images = [':2', ':3', next].map((image) => shown('set-image', { container: 'web', image }));
    const digests = (await Promise.all(images)).map(({ digest }) => digest);
    expect(new Set(digests).size).toBe(3);
  });
});
