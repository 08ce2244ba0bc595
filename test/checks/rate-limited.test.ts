import { describe, expect, it } from 'vitest';
import { rateLimited } from '../../src/checks/rate-limited.ts';
import type { ProbeOutcome } from '../../src/model/image/outcome.ts';
import type { ImageProbe } from '../../src/model/snapshot/snapshot.ts';
import { concluded } from '../support/checks.ts';
import { as, found, notProbed } from '../support/probes.ts';
import { aContainer, aSecret, aSnapshot, type Patch, type Story, waiting } from '../support/snapshot.ts';

const image = 'shop.registry.test/acme/web:1';
const containers = [aContainer({ image })];
const backOff = waiting('ImagePullBackOff', `Back-off pulling image "${image}"`);
const limited: ProbeOutcome = { kind: 'rate-limited', message: 'toomanyrequests', retryAfterMs: 120_000 };

function failing(attempts: ImageProbe['attempts'], text?: string, more: Story = {}) {
  const state: Patch<object> = text === undefined ? backOff : waiting('ErrImagePull', text);
  return aSnapshot({ containers, state, probe: { attempts }, ...more });
}

const hubLimit =
  'failed to pull and unpack image: toomanyrequests: You have reached your pull rate limit. You may increase the limit by authenticating and upgrading: https://www.docker.com/increase-rate-limit';

describe('rate-limited', () => {
  it.each([
    ['the kubelet says so', failing([as('workload', found('x'))], hubLimit), ['fail rate_limited certain']],
    ['the text is gone, our own probe is limited', failing([as('workload', limited)]), ['fail rate_limited likely']],
    [
      'not tried yet',
      aSnapshot({ containers, podCount: 0, probe: { attempts: [as('workload', limited)] } }),
      ['unknown rate_limited possible'],
    ],
    [
      'not tried, quota spared',
      aSnapshot({ containers, podCount: 0, probe: { attempts: [as('workload', notProbed('spared'))] } }),
      ['unknown rate_limited possible'],
    ],
    // Look-alikes.
    ['limited here, refused there', failing([as('workload', limited)], 'unexpected status: 401 Unauthorized'), []],
    ['runs', aSnapshot({ containers, probe: { attempts: [as('workload', limited)] } }), []],
    ['the kubelet’s own limit', failing([as('workload', found('x'))], 'pull QPS exceeded'), []],
  ])('%s', (_, snapshot, expected) => {
    expect(concluded(rateLimited, snapshot)).toEqual(expected);
  });

  it('says how long to wait and offers a pull secret for anonymous pulls', () => {
    const [finding] = rateLimited.run(failing([as('workload', limited)])).findings;
    expect(finding?.next).toContain('2 minutes');
    expect(finding?.proposals.map(({ remedy }) => remedy)).toEqual(['add-pull-secret']);
    const signedIn = failing([as('workload', limited, 'hub')], undefined, {
      pullSecrets: [aSecret('hub', ['shop.registry.test'])],
    });
    expect(rateLimited.run(signedIn).findings[0]?.proposals).toEqual([]);
  });

  describe('a cache whose upstream limits it', () => {
    const upstream =
      'UpstreamTooManyRequests: too many requests to the upstream registry; configure a credential for the rule';

    it.each([
      ['Docker Hub’s words from another host', failing([as('workload', limited)], hubLimit)],
      ['the code of ECR', failing([as('workload', { ...limited, message: upstream })])],
    ])('is mended in the cache: %s', (_, snapshot) => {
      const [finding] = rateLimited.run(snapshot).findings;
      expect(finding?.conclusion).toContain('passes on the limit of the registry behind it');
      expect(finding?.next).toContain('Give the cache at shop.registry.test an account at its upstream');
      expect(finding?.proposals).toEqual([]);
    });

    it('may be one, where the host says nothing', () => {
      const [finding] = rateLimited.run(failing([as('workload', limited)])).findings;
      expect(finding?.next).toContain('If shop.registry.test is a pull-through cache');
    });

    it('is not Docker Hub itself', () => {
      const hub = aSnapshot({
        containers: [aContainer({ image: 'nginx:1' })],
        state: waiting('ErrImagePull', hubLimit),
        probe: { attempts: [as('workload', limited)] },
      });
      const [finding] = rateLimited.run(hub).findings;
      expect(finding?.next).toContain('Add a pull secret for docker.io');
      expect(finding?.next).not.toContain('If docker.io');
    });
  });
});
