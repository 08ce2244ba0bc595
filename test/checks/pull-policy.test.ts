import { describe, expect, it } from 'vitest';
import { pullPolicy } from '../../src/checks/pull-policy.ts';
import { known } from '../../src/model/values/fact.ts';
import { concluded, textOf } from '../support/checks.ts';
import { as, digestOf, refused } from '../support/probes.ts';
import { aContainer, aNode, aSnapshot, type Story, waiting } from '../support/snapshot.ts';

describe('pull-policy', () => {
  const latest = 'registry.test/acme/web:latest';
  it.each<[string, Story, string[]]>([
    [
      'Never, and not on the node',
      {
        containers: [aContainer({ pullPolicy: 'Never' })],
        state: waiting('ErrImageNeverPull', 'Container image "x" is not present with pull policy of Never'),
      },
      ['fail never_pull certain'],
    ],
    ['latest with IfNotPresent', { containers: [aContainer({ image: latest })] }, ['warn pull_policy likely']],
    [
      'no tag with IfNotPresent',
      { containers: [aContainer({ image: 'registry.test/acme/web' })] },
      ['warn pull_policy likely'],
    ],
    // Look-alikes.
    ['latest with Always', { containers: [aContainer({ image: latest, pullPolicy: 'Always' })] }, []],
    ['latest by digest', { containers: [aContainer({ image: `${latest}@${digestOf('x')}` })] }, []],
    ['a version with IfNotPresent', {}, []],
    ['Never, and on the node', { containers: [aContainer({ pullPolicy: 'Never' })] }, []],
  ])('%s', (_, story, expected) => {
    expect(concluded(pullPolicy, aSnapshot(story))).toEqual(expected);
  });

  it('says what changed with Kubernetes 1.35', () => {
    const state = waiting('ErrImageNeverPull');
    const containers = [aContainer({ pullPolicy: 'Never' })];
    expect(textOf(aSnapshot({ containers, state, nodes: known([aNode({ kubeletVersion: 'v1.35.0' })]) }))).toContain(
      'a credential that was verified',
    );
    expect(textOf(aSnapshot({ containers, state }))).not.toContain('1.35');
  });

  it.each([
    [
      'the node lists it',
      12,
      ['ghcr.io/acme/web:1f2c9aa'],
      /lists ghcr.io.*refuses the copy|refuses the copy.*lists ghcr.io/,
    ],
    ['a short list lacks it', 12, ['ghcr.io/acme/web:other'], /doesn't have the image/],
    ['a full list lacks it', 50, [], /finds no copy.*it may have others/],
  ])('%s', (_, listed, names, words) => {
    const containers = [aContainer({ pullPolicy: 'Never' })];
    const nodeImages = [{ node: 'node-1', listed, names }];
    expect(textOf(aSnapshot({ containers, state: waiting('ErrImageNeverPull'), nodeImages }))).toMatch(words);
  });

  it('does not propose a pull that the registry refuses', () => {
    const containers = [aContainer({ pullPolicy: 'Never' })];
    const state = waiting('ErrImageNeverPull');
    const probe = { attempts: [as('workload', refused(401))] };
    const text = textOf(aSnapshot({ containers, state, probe }));
    expect(text).not.toContain('IfNotPresent');
    expect(text).toContain('refused the pull with the credentials of the pods');
    expect(textOf(aSnapshot({ containers, state }))).toContain('"pullPolicy":"IfNotPresent"');
  });

  it('a pod that runs the image on the same node shows that the node has it', () => {
    const containers = [aContainer({ pullPolicy: 'Never' })];
    const beside = (node: string) =>
      textOf(
        aSnapshot({
          containers,
          podCount: 2,
          pod: (index) => ({ node: index === 0 ? 'node-1' : node }),
          state: (_, index) => (index === 0 ? waiting('ErrImageNeverPull') : {}),
          nodeImages: [{ node: 'node-1', listed: 7, names: [] }],
        }),
      );
    expect(beside('node-1')).toContain('the kubelet refuses the copy that the node has');
    expect(beside('node-2')).toMatch(/the node doesn.t have the image/);
  });
});
