import { describe, expect, it } from 'vitest';
import { imageMissing } from '../../src/checks/image-missing.ts';
import type { ImageProbe } from '../../src/model/snapshot/snapshot.ts';
import { known } from '../../src/model/values/fact.ts';
import { concluded, expectWords, textOf } from '../support/checks.ts';
import { as, digestOf, found, notFound, refused, serverError, unreachable } from '../support/probes.ts';
import { aContainer, aSecret, aSnapshot, type Patch, type Story, waiting } from '../support/snapshot.ts';

const image = 'ghcr.io/demo/ui:latest';
const containers = [aContainer({ image })];
const anonymous403 =
  'failed to pull and unpack image "ghcr.io/demo/ui:latest": failed to authorize: failed to fetch anonymous token: unexpected status: 403 Forbidden';
const pullFails = waiting('ErrImagePull', anonymous403);
const backOff = waiting('ImagePullBackOff', `Back-off pulling image "${image}"`);
const absent = waiting('ErrImagePull', `failed to resolve reference "${image}": ${image}: not found`);
const neverPublished = as('workload', refused(403, { code: 'DENIED', hint: 'never-published' }));

function failing(attempts: ImageProbe['attempts'], state: Patch<object> = pullFails, more: Story = {}) {
  return aSnapshot({ containers, state, probe: { attempts, ...more.probe }, ...more });
}

describe('image-missing', () => {
  it.each([
    [
      'nobody published it: refused token, 404 for the bot',
      failing([neverPublished, as('bot', notFound())]),
      ['fail image_never_published likely'],
    ],
    ['refused token, nobody else could ask', failing([neverPublished]), ['fail image_never_published possible']],
    [
      'a member’s pull secret sees 404, nobody a token',
      failing(
        [as('workload', notFound(), 'regcred'), as('anonymous', refused(403, { hint: 'never-published' }))],
        absent,
      ),
      ['fail image_never_published likely'],
    ],
    [
      'public repository without the tag',
      failing([as('workload', notFound('tag'))], absent),
      ['fail image_not_found certain'],
    ],
    [
      'unknown repository',
      failing([as('workload', notFound('repository'))], backOff),
      ['fail image_not_found certain'],
    ],
    [
      'refused, and the bot is told 404',
      failing([as('workload', refused(401)), as('bot', notFound())]),
      ['fail image_not_found likely'],
    ],
    ['only the kubelet could ask', failing([as('workload', unreachable())], absent), ['fail image_not_found likely']],
    // Look-alikes.
    ['the bot gets it: a credential problem', failing([neverPublished, as('bot', found('x'))]), []],
    ['exists, private: GHCR says 401', failing([as('workload', refused(401, { hint: 'exists-private' }))]), []],
    ['the registry is down', failing([as('workload', serverError())], backOff), []],
    ['private and hidden by 404, the bot sees it', failing([as('workload', notFound()), as('bot', found('x'))]), []],
    ['it resolves', aSnapshot({ containers }), []],
  ])('%s', (_, snapshot, expected) => {
    expect(concluded(imageMissing, snapshot)).toEqual(expected);
  });

  describe('at a host that may be a cache of another registry', () => {
    const of = (host: string, outcome: ReturnType<typeof notFound>, more: Partial<ImageProbe> = {}) => {
      const cached = `${host}/proxy/library/nginx:1`;
      const state = waiting('ErrImagePull', `failed to resolve reference "${cached}": ${cached}: not found`);
      const probe = { attempts: [as('workload', outcome)], ...more };
      return aSnapshot({ containers: [aContainer({ image: cached })], state, probe });
    };

    it.each([
      'harbor.example.com',
      'nexus.example.com:5000',
      'acme.jfrog.io',
      'acme.azurecr.io',
      '123456789012.dkr.ecr.eu-west-1.amazonaws.com',
    ])('%s is never believed entirely, and its upstream is named', (host) => {
      for (const snapshot of [
        of(host, notFound('repository')),
        of(host, notFound('tag'), { tags: known(['2', '3']) }),
        of(host, notFound()),
      ]) {
        expect(concluded(imageMissing, snapshot)).toEqual(['fail image_not_found likely']);
        expectWords(textOf(snapshot), [`If ${host} is a pull-through cache`, 'upstream']);
      }
    });

    it.each(['ghcr.io', 'docker.io', 'public.ecr.aws'])('%s is no cache', (host) => {
      const snapshot = of(host, notFound('repository'));
      expect(concluded(imageMissing, snapshot)).toEqual(['fail image_not_found certain']);
      expect(textOf(snapshot)).not.toContain('pull-through cache');
    });

    it('still warns where the image runs and everyone gets "not found"', () => {
      const snapshot = aSnapshot({
        containers: [aContainer({ image: 'harbor.example.com/proxy/library/nginx:1' })],
        probe: { attempts: [as('workload', notFound('repository'))] },
      });
      expect(concluded(imageMissing, snapshot)).toEqual(['warn image_not_found likely']);
    });
  });

  it('offers near tags of the same repository as a change', () => {
    const snapshot = failing([as('workload', notFound('tag'))], absent, {
      probe: { attempts: [as('workload', notFound('tag'))], tags: known(['latst', 'main', 'v1']) },
    });
    const [finding] = imageMissing.run(snapshot).findings;
    expect(finding?.next).toContain('latst');
    expect(finding?.proposals.map(({ params }) => params)).toEqual([
      { container: 'web', image: 'ghcr.io/demo/ui:latst' },
    ]);
  });

  it('does not offer other repositories where only the tag is missing', () => {
    const snapshot = failing([as('workload', notFound('tag'))], absent, {
      probe: { attempts: [as('workload', notFound('tag'))], tags: known(['20250101']) },
      knownRepositories: ['ghcr.io/demo/ui2:latest'],
    });
    const next = imageMissing.run(snapshot).findings[0]?.next ?? '';
    expect(next).toContain('It has only the tag 20250101');
    expect(next).not.toContain('ui2');
  });

  it('does not rule out a pull secret if it only guesses', () => {
    const guess = imageMissing.run(failing([neverPublished], absent)).findings[0]?.next ?? '';
    expect(guess).toContain('helps only if the image exists');
  });

  it('offers names of another owner as text only', () => {
    const wanted = 'ghcr.io/demo-project/operate-ui:latest';
    const snapshot = aSnapshot({
      containers: [aContainer({ image: wanted })],
      state: pullFails,
      probe: { attempts: [neverPublished, as('bot', notFound())] },
      knownRepositories: ['ghcr.io/afewell/demo-operate-ui:main', 'quay.io/x/y:1'],
    });
    const [finding] = imageMissing.run(snapshot).findings;
    expect(finding?.next).toContain('ghcr.io/afewell/demo-operate-ui:main');
    expect(finding?.next).not.toContain('quay.io');
    expect(finding?.proposals).toEqual([]);
  });

  it('does not offer what another workload cannot pull either', () => {
    const image = 'ghcr.io/demo-project/operate-ui2:nope';
    const snapshot = aSnapshot({
      containers: [aContainer({ image: 'ghcr.io/demo-project/operate-ui:latest' })],
      state: pullFails,
      probe: { attempts: [neverPublished, as('bot', notFound())] },
      knownRepositories: [image, 'ghcr.io/afewell/demo-operate-ui:main'],
      neighbours: known([
        {
          ref: { kind: 'Deployment', namespace: 'prod', name: 'other' },
          containers: [aContainer({ image })],
          pullFailures: [{ image, message: 'not found' }],
        },
      ]),
    });
    expect(imageMissing.run(snapshot).findings[0]?.near).toEqual(['ghcr.io/afewell/demo-operate-ui:main']);
  });

  it.each([
    [false, ['ghcr.io/demo-project/operate-ui-next:1']],
    [true, undefined],
  ])('offers what a neighbour uses, unless it runs nowhere (%s)', (runsNowhere, expected) => {
    const snapshot = aSnapshot({
      containers: [aContainer({ image: 'ghcr.io/demo-project/operate-ui:latest' })],
      state: pullFails,
      probe: { attempts: [neverPublished, as('bot', notFound())] },
      neighbours: known([
        {
          ref: { kind: 'Deployment' as const, namespace: 'prod', name: 'other' },
          containers: [aContainer({ image: 'ghcr.io/demo-project/operate-ui-next:1' })],
          runsNowhere,
        },
      ]),
    });
    expect(imageMissing.run(snapshot).findings[0]?.near).toEqual(expected);
  });

  it('reports three images of one owner in one finding', () => {
    const names = ['ui', 'engine', 'runtime'];
    const three = names.map((name) => aContainer({ name, image: `ghcr.io/demo/${name}:latest` }));
    const snapshot = aSnapshot({
      containers: three,
      state: pullFails,
      probe: { attempts: [neverPublished, as('bot', notFound())] },
    });
    const { findings } = imageMissing.run(snapshot);
    expect(findings).toHaveLength(1);
    expect(findings[0]?.images).toEqual(three.map(({ image }) => image));
    expect(findings[0]?.containers).toEqual(names);
    expectWords(findings[0]?.conclusion ?? '', ['not a credentials problem']);
  });

  it.each([
    ['deleted after the pods pulled it', {}, [as('workload', notFound('tag'))], ['warn image_not_found likely']],
    [
      'side-loaded',
      { state: { imageId: digestOf('config') } },
      [as('workload', notFound())],
      ['warn image_not_found likely'],
    ],
    [
      'side-loaded on purpose',
      { state: { imageId: digestOf('config'), pullPolicy: 'Never' as const } },
      [as('workload', notFound())],
      ['note'],
    ],
    ['the nodes have a credential', {}, [as('workload', refused(401))], []],
    [
      'refused to a name that is not there for the bot either',
      { pullSecrets: [aSecret('regcred', ['ghcr.io'])] },
      [as('workload', refused(401), 'regcred'), as('bot', notFound())],
      ['warn image_not_found possible'],
    ],
  ])('runs, but: %s', (_, story, attempts, expected) => {
    expect(concluded(imageMissing, aSnapshot({ containers, probe: { attempts }, ...story }))).toEqual(expected);
  });

  it('does not look up the image that admission replaces', () => {
    const snapshot = aSnapshot({
      containers,
      state: { image: 'mirror.test/demo/ui:latest' },
      probe: { attempts: [as('workload', notFound('tag'))] },
    });
    expect(concluded(imageMissing, snapshot)).toEqual([]);
  });

  it('names other workloads with the same image', () => {
    const neighbours = known([{ ref: { kind: 'Job' as const, namespace: 'shop', name: 'migrate' }, containers }]);
    const snapshot = failing([as('workload', notFound('tag'))], absent, { neighbours });
    expect(imageMissing.run(snapshot).findings[0]?.alsoAffects).toEqual(['job/migrate']);
  });

  it('is a warning before a pod tried, and a failure when the image is the question', () => {
    const probe = { attempts: [as('workload', notFound('tag'))] };
    const idle = aSnapshot({ containers, probe, podCount: 0 });
    const question = aSnapshot({
      containers,
      probe,
      podCount: 0,
      asked: { reference: image },
    });
    expect(concluded(imageMissing, idle)).toEqual(['warn image_not_found certain']);
    expect(concluded(imageMissing, question)).toEqual(['fail image_not_found certain']);
  });
});
