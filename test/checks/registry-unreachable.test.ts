import { describe, expect, it } from 'vitest';
import { registryUnreachable } from '../../src/checks/registry-unreachable.ts';
import type { ImageProbe } from '../../src/model/snapshot/snapshot.ts';
import { concluded, diagnosed, expectWords, textOf } from '../support/checks.ts';
import { as, found, notFound, notProbed, refused, serverError, unreachable, viaMirror } from '../support/probes.ts';
import { aContainer, aSnapshot, type Patch, type Story, waiting } from '../support/snapshot.ts';

const image = 'shop.registry.test/acme/web:1';
const containers = [aContainer({ image })];
const backOff = waiting('ImagePullBackOff', `Back-off pulling image "${image}"`);

function failing(attempts: ImageProbe['attempts'], text?: string, more: Story = {}) {
  const state: Patch<object> = text === undefined ? backOff : waiting('ErrImagePull', text);
  return aSnapshot({ containers, state, probe: { attempts }, ...more });
}

const mirror503 = `failed to resolve reference "${image}": unexpected status from HEAD request to http://localhost:8578/v2/acme/web/manifests/1?ns=shop.registry.test: 503 Service Unavailable`;
const timeout = `failed to do request: Head "https://shop.registry.test/v2/acme/web/manifests/1": dial tcp 10.0.0.1:443: i/o timeout`;

describe('registry-unreachable', () => {
  it.each([
    ['a timeout on the node only', failing([as('workload', found('x'))], timeout), ['fail network_timeout likely']],
    [
      'no such host',
      failing([as('workload', unreachable('dns'))], 'dial tcp: lookup shop.registry.test: no such host'),
      ['fail dns_failure certain'],
    ],
    [
      'the text is gone, nobody reaches it',
      failing([as('workload', unreachable('refused'))]),
      ['fail connection_refused likely'],
    ],
    ['the registry is down', failing([as('workload', serverError())]), ['fail registry_5xx likely']],
    [
      'the mirror on the node, origin works',
      failing([as('workload', found('x'))], mirror503),
      ['fail streaming_mirror_unavailable certain'],
    ],
    [
      'the mirror on the node, origin unclear',
      failing([as('workload', refused(401))], mirror503),
      ['fail streaming_mirror_unavailable likely'],
    ],
    [
      'another mirror, origin works',
      failing(
        [viaMirror(serverError()), as('workload', found('x'))],
        mirror503.replace('localhost:8578', 'mirror.test'),
      ),
      ['fail registry_5xx certain'],
    ],
    ['a firewall', failing([as('workload', refused(403, { hint: 'network-acl' }))]), ['fail network_acl likely']],
    [
      'not tried yet',
      aSnapshot({ containers, podCount: 0, probe: { attempts: [as('workload', unreachable())] } }),
      ['unknown network_timeout possible'],
    ],
    [
      'not asked for lack of time',
      aSnapshot({ containers, podCount: 0, probe: { attempts: [as('workload', notProbed('deadline'))] } }),
      ['unknown unknown possible'],
    ],
    // Look-alikes.
    ['the mirror’s 503 hides that the image is absent', failing([as('workload', notFound('tag'))], mirror503), []],
    [
      'the mirror’s 503 hides a rejected secret',
      failing([as('workload', refused(401), 'regcred'), as('bot', found('x'))], mirror503),
      [],
    ],
    [
      'unreachable from here, refused there',
      failing([as('workload', unreachable())], 'unexpected status: 401 Unauthorized'),
      [],
    ],
    [
      'unreachable from here, runs there',
      aSnapshot({ containers, probe: { attempts: [as('workload', unreachable())] } }),
      [],
    ],
  ])('%s', (_, snapshot, expected) => {
    expect(concluded(registryUnreachable, snapshot)).toEqual(expected);
  });

  it('says when only one node has the problem', () => {
    const snapshot = aSnapshot({
      containers,
      podCount: 3,
      pod: (index) => ({ node: `node-${index}` }),
      state: (_, index) => (index === 1 ? waiting('ErrImagePull', timeout) : {}),
    });
    expect(diagnosed(snapshot)).toEqual(['fail registry-unreachable network_timeout likely']);
    expect(textOf(snapshot)).toContain("1 of 3 pods can't start. All of them are on node node-1.");
  });

  it.each([
    [
      'a token service',
      'failed to authorize: failed to fetch anonymous token: Get "https://auth.registry.test/token?scope=x": dial tcp 10.0.0.9:443: connect: connection refused',
      /the token service auth\.registry\.test can’t be reached/,
      /Check that the token service auth\.registry\.test runs/,
    ],
    [
      'a blob host',
      'failed to copy: httpReadSeeker: failed open: failed to do request: Get "https://cdn.test/layer/abc": dial tcp 10.0.0.8:443: i/o timeout',
      /the blob host cdn\.test can’t be reached/,
      /between the nodes and the blob host cdn\.test/,
    ],
    [
      'a proxy',
      `failed to do request: Head "https://shop.registry.test/v2/acme/web/manifests/1": proxyconnect tcp: dial tcp 10.9.9.9:3128: connect: connection refused`,
      /the proxy 10\.9\.9\.9:3128 can’t be reached/,
      /proxy settings/,
    ],
    [
      'the registry itself',
      timeout,
      /the nodes can’t reach shop\.registry\.test/,
      /between the nodes and the registry/,
    ],
  ])('names the address that failed: %s', (_, text, title, next) => {
    const [finding] = registryUnreachable.run(failing([as('workload', found('x'))], text)).findings;
    expect(finding?.title).toMatch(title);
    expect(finding?.next).toMatch(next);
  });

  it('names the host that imagecheck was sent to and did not reach', () => {
    const outcome = { ...unreachable('dns'), url: 'https://auth.registry.test/token?scope=x' } as ReturnType<
      typeof unreachable
    >;
    const [finding] = registryUnreachable.run(failing([as('workload', outcome)])).findings;
    expect(finding?.title).toMatch(/the token service auth\.registry\.test can’t be reached/);
  });

  it('advises about the registry behind a mirror', () => {
    const [finding] = registryUnreachable.run(failing([as('workload', refused(401))], mirror503)).findings;
    expect(finding?.next).toMatch(/the registry’s firewall/);
  });

  it('names the mirror, and what it hides', () => {
    expectWords(textOf(failing([as('workload', found('x'))], mirror503)), [
      'localhost:8578',
      'only the mirror is broken',
    ]);
    const masked = failing([as('workload', notFound('tag'))], mirror503);
    expect(diagnosed(masked)).toEqual(['fail image-missing image_not_found likely']);
    expect(textOf(masked)).toContain("hides the registry's own answer");
  });

  it('suggests the host that others pull from if the name does not resolve', () => {
    const typo = 'acme.azureacr.io/team/web:1';
    const snapshot = aSnapshot({
      containers: [aContainer({ image: typo })],
      state: waiting('ErrImagePull', 'dial tcp: lookup acme.azureacr.io: no such host'),
      probe: { attempts: [as('workload', unreachable('dns'))] },
      knownRepositories: ['ghcr.io/acme/web:1', 'acme.azurecr.io/team/api:2'],
    });
    const next = registryUnreachable.run(snapshot).findings[0]?.next ?? '';
    expect(next).toContain('Other workloads pull from acme.azurecr.io.');
  });
});
