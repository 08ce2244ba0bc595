import { describe, expect, it } from 'vitest';
import { accessDenied } from '../../src/checks/access-denied.ts';
import type { ImageProbe, PullSecret } from '../../src/model/snapshot/snapshot.ts';
import { known, unknown } from '../../src/model/values/fact.ts';
import { concluded, diagnosed, textOf } from '../support/checks.ts';
import { as, found, notFound, refused } from '../support/probes.ts';
import { aContainer, aNode, aSecret, aSnapshot, missingSecret, type Story, waiting } from '../support/snapshot.ts';

const image = 'registry.test/acme/web:1';
const containers = [aContainer({ image })];
const backOff = waiting('ImagePullBackOff', `Back-off pulling image "${image}"`);

function failing(attempts: ImageProbe['attempts'], pullSecrets: readonly PullSecret[] = [], more: Story = {}) {
  return aSnapshot({ containers, state: backOff, probe: { attempts }, pullSecrets, ...more });
}

const unread: PullSecret = { name: 'hidden', referencedBy: 'pod', content: unknown('forbidden', 'get secrets') };
const mine = aSecret('regcred', ['registry.test']);

const role = 'arn:aws:sts::111122223333:assumed-role/nodes/i-0';
function notAuthorized(because: string): string {
  return `failed to resolve image: unexpected status from HEAD request to https://x: 403 Forbidden\ndenied: User: ${role} is not authorized to perform: ecr:BatchGetImage on resource: arn:aws:ecr:us-east-1:444455556666:repository/web ${because}`;
}

describe('access-denied', () => {
  it.each([
    [
      'the bot gets it, the workload has no secret',
      failing([as('workload', refused(401)), as('bot', found('x'))]),
      ['fail no_credentials likely'],
    ],
    [
      'GHCR says that it exists',
      failing([as('workload', refused(401, { hint: 'exists-private' }))]),
      ['fail no_credentials likely'],
    ],
    [
      'the user may not read this repository',
      failing([as('workload', refused(403, { stage: 'request' }), 'regcred'), as('bot', found('x'))], [mine]),
      ['fail forbidden certain'],
    ],
    [
      '404 for the secret, found by the bot',
      failing([as('workload', notFound(), 'regcred'), as('bot', found('x'))], [mine]),
      ['fail forbidden likely'],
    ],
    [
      'Docker Hub does not tell',
      failing([as('workload', refused(401, { hint: 'absent-or-private' }))]),
      ['fail denied_or_absent possible'],
    ],
    [
      'the pull secrets cannot be read',
      failing([as('workload', refused(401))], [unread]),
      ['fail denied_or_absent possible'],
    ],
    [
      'nobody tried yet, and nobody can tell',
      aSnapshot({ containers, podCount: 0, probe: { attempts: [as('workload', refused(401))] } }),
      ['unknown denied_or_absent possible'],
    ],
    [
      'AWS names the role that lacks the right, whatever secrets are named',
      aSnapshot({
        containers,
        state: waiting('ErrImagePull', notAuthorized('because no identity-based policy allows it')),
        probe: { attempts: [as('workload', refused(401))] },
        pullSecrets: [missingSecret('lost')],
      }),
      ['fail forbidden certain'],
    ],
    // Look-alikes.
    [
      'the nodes pulled it with their own identity',
      aSnapshot({ containers, probe: { attempts: [as('workload', refused(401))] } }),
      ['note'],
    ],
    [
      'private, not tried yet, the bot sees it',
      aSnapshot({
        containers,
        podCount: 0,
        probe: { attempts: [as('workload', refused(401)), as('bot', found('x'))] },
      }),
      ['note'],
    ],
    ['public', aSnapshot({ containers }), []],
  ])('%s', (_, snapshot, expected) => {
    expect(concluded(accessDenied, snapshot)).toEqual(expected);
  });

  it('names the missing permission', () => {
    expect(textOf(failing([as('workload', refused(401))], [unread]))).toContain('no right to get secrets');
  });

  it('is one finding among all checks', () => {
    expect(diagnosed(failing([as('workload', refused(401)), as('bot', found('x'))]))).toEqual([
      'fail access-denied no_credentials likely',
    ]);
  });

  it.each([
    ['because no identity-based policy allows the action', 'in a policy of arn:aws:sts::111122223333'],
    ['because no resource-based policy allows the action', 'repository’s policy'],
    ['with an explicit deny in a service control policy', 'Find the policy that denies'],
  ])('says whose policy it is: %s', (because, said) => {
    const snapshot = aSnapshot({
      containers,
      state: waiting('ErrImagePull', notAuthorized(because)),
      probe: { attempts: [as('workload', refused(401))] },
    });
    const [finding] = accessDenied.run(snapshot).findings;
    expect(finding?.next).toContain(said);
    expect(finding?.title).toContain('the identity of the node');
  });

  it('does not say that no pull secret matches where it could not read them', () => {
    const text = textOf(failing([as('workload', refused(401))], [unread]));
    expect(text).toContain('without its pull secrets, which couldn’t be read');
    expect(text).not.toContain('no pull secret matches');
  });

  it('does not mention a workload if only an image was asked about', () => {
    const snapshot = aSnapshot({
      containers,
      podCount: 0,
      asked: { reference: image },
      probe: { attempts: [as('workload', refused(401, { hint: 'exists-private' }))] },
    });
    const [finding] = accessDenied.run(snapshot).findings;
    expect(finding?.title).toBe(`${image}: private, and registry.test was asked without a credential`);
  });

  it.each<[string, Story, boolean]>([
    ['another pod of its node runs the image, and Kubernetes verifies credentials', {}, true],
    ['the other pod is on another node', { pod: (index) => ({ node: `node-${index + 1}` }) }, false],
    ['Kubernetes does not verify them yet', { nodes: known([aNode()]) }, false],
    [
      'the policy Always asks the registry anyway',
      { containers: [aContainer({ image, pullPolicy: 'Always' })] },
      false,
    ],
  ])('says why a node may refuse the copy that it has: %s', (_, more, expected) => {
    const snapshot = failing([as('workload', refused(401))], [], {
      podCount: 2,
      nodes: known([aNode({ kubeletVersion: 'v1.35.2' }), aNode({ name: 'node-2', kubeletVersion: 'v1.35.2' })]),
      state: (_container, index) => (index === 0 ? backOff : {}),
      ...more,
    });
    expect(textOf(snapshot).includes('The node has the image already. From Kubernetes 1.35')).toBe(expected);
  });
});
