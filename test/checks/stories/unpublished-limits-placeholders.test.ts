import { describe, expect, it } from 'vitest';
import { runChecks, statusOf } from '../../../src/checks/index.ts';
import { diagnosed, expectWords, textOf } from '../../support/checks.ts';
import { namesFrom } from '../../support/names.ts';
import { as, found, notFound, refused, serverError, unreachable } from '../../support/probes.ts';
import { aContainer, aSecret, aSnapshot, waiting } from '../../support/snapshot.ts';

function anonymous403(image: string): string {
  return `failed to pull and unpack image "${image}": failed to resolve reference "${image}": failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://ghcr.io/token?scope=x: 403 Forbidden`;
}

describe('three images that nobody published', () => {
  it.each([1, 2, 3])('are one finding, likely, with similar real names (%i)', (seed) => {
    const { owner, word } = namesFrom(seed);
    const parts = ['operate-ui', 'runtime', 'engine'];
    const containers = parts.map((name) =>
      aContainer({ name, image: `ghcr.io/${owner}-project/${name}:latest`, pullPolicy: 'Always' }),
    );
    const published = parts.map((name) => `ghcr.io/${word()}/${owner}-${name}:main`);
    const snapshot = aSnapshot({
      containers,
      state: (container) =>
        waiting(
          'ImagePullBackOff',
          `Back-off pulling image "${container.image}": ErrImagePull: ${anonymous403(container.image)}`,
        ),
      probe: {
        attempts: [as('workload', refused(403, { code: 'DENIED', hint: 'never-published' })), as('bot', notFound())],
      },
      knownRepositories: published,
    });
    expect(diagnosed(snapshot)).toEqual(['fail image-missing image_never_published likely']);
    expect(runChecks(snapshot).findings[0]?.images).toEqual(containers.map(({ image }) => image));
    expectWords(textOf(snapshot), ['a pull secret won’t help', published[0] ?? '']);
  });

  it('twin: such a name at a registry that is down is not called unpublished', () => {
    const image = 'ghcr.io/demo/ui:latest';
    const snapshot = aSnapshot({
      containers: [aContainer({ image })],
      state: waiting('ImagePullBackOff', `Back-off pulling image "${image}"`),
      probe: { attempts: [as('workload', serverError(502)), as('bot', unreachable('refused'))] },
    });
    expect(diagnosed(snapshot)).toEqual(['fail registry-unreachable registry_5xx likely']);
  });

  it('twin: the same text for a private image that exists asks for a credential', () => {
    const image = 'ghcr.io/demo/ui:latest';
    const snapshot = aSnapshot({
      containers: [aContainer({ image })],
      state: waiting('ErrImagePull', anonymous403(image)),
      probe: { attempts: [as('workload', refused(401, { hint: 'exists-private' })), as('bot', found('x'))] },
    });
    expect(diagnosed(snapshot)).toEqual(['fail access-denied no_credentials likely']);
  });
});

describe('Docker Hub’s rate limit', () => {
  const text =
    'failed to pull and unpack image "docker.io/library/nats:2": failed to copy: httpReadSeeker: failed open: unexpected status code https://registry-1.docker.io/v2/library/nats/manifests/sha256:x: 429 Too Many Requests - Server message: toomanyrequests: You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit';
  const containers = [aContainer({ name: 'nats', image: 'nats:2' })];

  it('is found, and a pull secret is offered', () => {
    const snapshot = aSnapshot({
      containers,
      state: waiting('ErrImagePull', text),
      probe: { attempts: [as('workload', found('nats'))] },
    });
    expect(diagnosed(snapshot)).toEqual(['fail rate-limited rate_limited certain']);
    expectWords(textOf(snapshot), ['docker.io', 'https://index.docker.io/v1/', 'add-pull-secret']);
  });

  it('twin: a refused login at Docker Hub is no limit', () => {
    const snapshot = aSnapshot({
      containers,
      state: waiting(
        'ErrImagePull',
        'failed to authorize: failed to fetch oauth token: unexpected status: 401 Unauthorized',
      ),
      pullSecrets: [aSecret('hub', ['https://index.docker.io/v1/'])],
      probe: { attempts: [as('workload', refused(401), 'hub'), as('anonymous', found('nats'))] },
    });
    expect(diagnosed(snapshot)).toEqual(['fail pull-secret-rejected pull_secret_rejected certain']);
  });
});

describe('placeholder images', () => {
  const story = (name: string, command: readonly string[]) =>
    aSnapshot({
      containers: [aContainer({ name, image: 'nginx:alpine', command })],
      probe: { placeholder: 'nginx:alpine' },
    });

  it('are a warning, and the workload counts as healthy', () => {
    const snapshot = story('engine', ['sh', '-c', 'while true; do sleep 3600; done']);
    expect(diagnosed(snapshot)).toEqual(['warn placeholder-image placeholder_image likely']);
    expect(statusOf(runChecks(snapshot).findings)).toBe('healthy');
  });

  it('twin: a web server that is intended', () => {
    expect(diagnosed(story('nginx', []))).toEqual([]);
  });
});
