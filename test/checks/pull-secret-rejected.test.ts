import { describe, expect, it } from 'vitest';
import { pullSecretRejected } from '../../src/checks/pull-secret-rejected.ts';
import type { ImageProbe, PullSecret } from '../../src/model/snapshot/snapshot.ts';
import { concluded } from '../support/checks.ts';
import { as, found, refused } from '../support/probes.ts';
import { aContainer, aSecret, aSnapshot, minutesAgo, type Story, waiting } from '../support/snapshot.ts';

const image = 'registry.test/acme/web:1';
const containers = [aContainer({ image })];
const backOff = waiting('ImagePullBackOff', `Back-off pulling image "${image}"`);

function failing(attempts: ImageProbe['attempts'], pullSecrets: readonly PullSecret[] = [], more: Story = {}) {
  return aSnapshot({ containers, state: backOff, probe: { attempts }, pullSecrets, ...more });
}

const mine = aSecret('regcred', ['registry.test']);
const old = aSecret('ecr', ['registry.test'], minutesAgo(60));
const fresh = aSecret('ecr', ['registry.test'], minutesAgo(-600));

describe('pull-secret-rejected', () => {
  it.each([
    [
      'the bot gets the image',
      failing([as('workload', refused(401), 'regcred'), as('bot', found('x'))], [mine]),
      ['fail pull_secret_rejected certain'],
    ],
    [
      'nobody else could tell',
      failing([as('workload', refused(401), 'regcred')], [mine]),
      ['fail pull_secret_rejected likely'],
    ],
    [
      'a public image: the secret itself breaks it',
      failing([as('workload', refused(403), 'regcred'), as('anonymous', found('x'))], [mine]),
      ['fail pull_secret_rejected certain'],
    ],
    [
      'runs from the node',
      aSnapshot({
        containers,
        pullSecrets: [mine],
        probe: { attempts: [as('workload', refused(401), 'regcred'), as('bot', found('x'))] },
      }),
      ['warn pull_secret_rejected likely'],
    ],
    [
      'GHCR refuses the name to everybody',
      failing(
        [as('workload', refused(403), 'regcred'), as('anonymous', refused(403, { hint: 'never-published' }))],
        [mine],
      ),
      ['fail pull_secret_rejected possible'],
    ],
    // Look-alikes.
    [
      'accepted, but without the right',
      failing([as('workload', refused(403, { stage: 'request' }), 'regcred'), as('bot', found('x'))], [mine]),
      [],
    ],
    ['it has expired', failing([as('workload', refused(401), 'ecr'), as('bot', found('x'))], [old]), []],
    [
      'the second secret works',
      aSnapshot({
        containers,
        pullSecrets: [mine, fresh],
        probe: { attempts: [as('workload', refused(401), 'regcred'), as('workload', found(image), 'ecr')] },
      }),
      [],
    ],
  ])('%s', (_, snapshot, expected) => {
    expect(concluded(pullSecretRejected, snapshot)).toEqual(expected);
  });
});
