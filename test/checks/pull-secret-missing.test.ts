import { describe, expect, it } from 'vitest';
import { pullSecretMissing } from '../../src/checks/pull-secret-missing.ts';
import type { ImageProbe, PullSecret } from '../../src/model/snapshot/snapshot.ts';
import { known } from '../../src/model/values/fact.ts';
import { concluded } from '../support/checks.ts';
import { as, found, notFound, refused } from '../support/probes.ts';
import { aContainer, aSecret, aSnapshot, missingSecret, type Story, waiting } from '../support/snapshot.ts';

const image = 'registry.test/acme/web:1';
const containers = [aContainer({ image })];
const backOff = waiting('ImagePullBackOff', `Back-off pulling image "${image}"`);

function failing(attempts: ImageProbe['attempts'], pullSecrets: readonly PullSecret[] = [], more: Story = {}) {
  return aSnapshot({ containers, state: backOff, probe: { attempts }, pullSecrets, ...more });
}

const unusable: PullSecret = {
  name: 'broken',
  referencedBy: 'pod',
  content: known({ state: 'unusable', type: 'Opaque', problem: 'type Opaque is no pull secret' }),
};
const mine = aSecret('regcred', ['registry.test']);
const other = aSecret('hub', ['https://index.docker.io/v1/']);

describe('pull-secret-missing', () => {
  it.each([
    [
      'named, absent, and the bot gets the image',
      failing([as('workload', refused(401)), as('bot', found('x'))], [missingSecret('regcred')]),
      ['fail pull_secret_missing certain'],
    ],
    [
      'named, absent, nobody else asked',
      failing([as('workload', refused(401))], [missingSecret('regcred')]),
      ['fail pull_secret_missing likely'],
    ],
    [
      'of a wrong type',
      failing([as('workload', refused(401)), as('bot', found('x'))], [unusable]),
      ['fail pull_secret_missing certain'],
    ],
    [
      'for another registry',
      failing([as('workload', refused(401)), as('bot', found('x'))], [other]),
      ['fail pull_secret_missing likely'],
    ],
    [
      'attached after the pods were made',
      failing([as('workload', found('x'), 'regcred')], [mine], { pod: { pullSecretNames: [] } }),
      ['fail pull_secret_missing likely'],
    ],
    [
      'hidden by 404 from whoever has no credential',
      failing([as('workload', notFound()), as('bot', found('x'))], [missingSecret('regcred')]),
      ['fail pull_secret_missing certain'],
    ],
    // Look-alikes.
    [
      'one is absent while another works',
      aSnapshot({
        containers,
        pullSecrets: [missingSecret('old'), mine],
        probe: { attempts: [as('workload', found(image), 'regcred')] },
      }),
      ['note'],
    ],
    [
      'absent, but the image does not exist',
      failing([as('workload', refused(401)), as('bot', notFound())], [missingSecret('regcred')]),
      ['note'],
    ],
    [
      'absent, and the nodes have access',
      aSnapshot({
        containers,
        pullSecrets: [missingSecret('old')],
        probe: { attempts: [as('workload', refused(401))] },
      }),
      ['note'],
    ],
    [
      'there and accepted',
      aSnapshot({ containers, pullSecrets: [mine], probe: { attempts: [as('workload', found(image), 'regcred')] } }),
      [],
    ],
  ])('%s', (_, snapshot, expected) => {
    expect(concluded(pullSecretMissing, snapshot)).toEqual(expected);
  });

  it.each([
    ['is refused', [as('workload', refused(401)), as('bot', notFound())], 'may also be needed'],
    ['is absent for everybody', [as('workload', notFound())], 'no image of this workload needs it'],
  ])('does not call a missing secret harmless where the image %s', (_, attempts, said) => {
    const { notes } = pullSecretMissing.run(failing(attempts, [missingSecret('regcred')]));
    expect(notes.join()).toContain(said);
  });
});
