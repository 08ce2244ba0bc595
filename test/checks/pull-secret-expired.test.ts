import { describe, expect, it } from 'vitest';
import { pullSecretExpired } from '../../src/checks/pull-secret-expired.ts';
import type { ImageProbe, PullSecret } from '../../src/model/snapshot/snapshot.ts';
import { concluded } from '../support/checks.ts';
import { as, found, refused, unreachable } from '../support/probes.ts';
import { aContainer, aSecret, aSnapshot, minutesAgo, type Story, waiting } from '../support/snapshot.ts';

const image = 'registry.test/acme/web:1';
const containers = [aContainer({ image })];
const backOff = waiting('ImagePullBackOff', `Back-off pulling image "${image}"`);
const expiredText = waiting(
  'ErrImagePull',
  'failed to resolve reference: unexpected status: 403 Forbidden: denied: Your authorization token has expired. Reauthenticate and try again.',
);

function failing(attempts: ImageProbe['attempts'], pullSecrets: readonly PullSecret[] = [], more: Story = {}) {
  return aSnapshot({ containers, state: backOff, probe: { attempts }, pullSecrets, ...more });
}

const mine = aSecret('regcred', ['registry.test']);
const old = aSecret('ecr', ['registry.test'], minutesAgo(60));
const fresh = aSecret('ecr', ['registry.test'], minutesAgo(-600));

describe('pull-secret-expired', () => {
  it.each([
    [
      'the secret says so and is refused',
      failing([as('workload', refused(403), 'ecr')], [old]),
      ['fail expired_credentials certain'],
    ],
    [
      'the registry says so',
      failing([as('workload', refused(403, { hint: 'credential-expired' }), 'regcred')], [mine]),
      ['fail expired_credentials certain'],
    ],
    [
      'the kubelet says so, the registry is not reached from here',
      failing([as('workload', unreachable(), 'regcred')], [mine], { state: expiredText }),
      ['fail expired_credentials likely'],
    ],
    [
      'pods run from their nodes',
      aSnapshot({ containers, pullSecrets: [old], probe: { attempts: [as('workload', refused(403), 'ecr')] } }),
      ['warn expired_credentials likely'],
    ],
    // Look-alikes.
    [
      'past its date, but accepted',
      aSnapshot({ containers, pullSecrets: [old], probe: { attempts: [as('workload', found(image), 'ecr')] } }),
      [],
    ],
    ['refused before its end', failing([as('workload', refused(401), 'ecr')], [fresh]), []],
    [
      'an expired secret of another registry',
      failing([as('workload', refused(401))], [aSecret('x', ['other.test'], minutesAgo(60))]),
      [],
    ],
  ])('%s', (_, snapshot, expected) => {
    expect(concluded(pullSecretExpired, snapshot)).toEqual(expected);
  });
});
