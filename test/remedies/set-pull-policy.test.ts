import { describe, expect, it } from 'vitest';
import { unknown } from '../../src/model/values/fact.ts';
import { digestOf } from '../support/probes.ts';
import { absent, aWorld, operationTexts, planned, planOf, type WorldStory } from '../support/remedy-world.ts';
import { aContainer, now } from '../support/snapshot.ts';

const { image } = aContainer();
const two = {
  containers: [aContainer(), aContainer({ name: 'migrate', type: 'init', pullPolicy: 'Always' })],
} as const;

describe('operations', () => {
  it.each<[string, object, WorldStory, readonly string[]]>([
    ['all containers', { policy: 'Always' }, {}, ['edit imagePullPolicy main/web IfNotPresent → Always']],
    [
      'as findings propose it',
      { container: 'web', pullPolicy: 'Never' },
      {},
      ['edit imagePullPolicy main/web IfNotPresent → Never'],
    ],
    [
      'only what differs',
      { policy: 'Always' },
      { story: two },
      ['edit imagePullPolicy main/web IfNotPresent → Always'],
    ],
    [
      'an init container',
      { containers: ['migrate'], policy: 'IfNotPresent' },
      { story: two },
      ['edit imagePullPolicy init/migrate Always → IfNotPresent'],
    ],
    [
      'OnDelete',
      { policy: 'Always' },
      { rollout: { strategy: 'OnDelete' } },
      ['edit imagePullPolicy main/web IfNotPresent → Always', `delete pods before ${now}`],
    ],
  ])('%s', (_, params, story, expected) => {
    const plan = planned('set-pull-policy', params, aWorld(story));
    expect(operationTexts(plan)).toEqual(expected);
  });

  it('expects a digest only where every start asks for it', () => {
    expect(planned('set-pull-policy', { policy: 'Always' }, aWorld()).expects[0]?.digests).toEqual([digestOf(image)]);
    expect(planned('set-pull-policy', { policy: 'Never' }, aWorld()).expects[0]?.digests).toEqual([]);
  });

  it('goes back to the policy of before', () => {
    expect(operationTexts(planned('set-pull-policy', { policy: 'Always' }, aWorld()).undo)).toEqual([
      'edit imagePullPolicy main/web Always → IfNotPresent',
    ]);
  });

  it('Never is riskier, and says why', () => {
    const plan = planned('set-pull-policy', { policy: 'Never' }, aWorld());
    expect(plan.risk).toBe('medium');
    expect(plan.warnings.join()).toContain('has no copy');
    expect(planned('set-pull-policy', { policy: 'Always' }, aWorld()).risk).toBe('low');
  });

  it('a registry that only the nodes may ask is a warning', () => {
    const plan = planned('set-pull-policy', { policy: 'Always' }, aWorld({ images: { [image]: unknown('401') } }));
    expect(plan.warnings.join()).toContain('Couldn’t check whether');
    expect(plan.expects[0]?.digests).toEqual([]);
  });
});

describe('refusals', () => {
  const ref = (kind: 'Job' | 'Pod') =>
    ({ story: { workload: { ref: { kind, namespace: 'shop', name: 'web' } } } }) as const;
  it.each<[string, object, WorldStory, string]>([
    ['the same policy', { policy: 'IfNotPresent' }, {}, 'Nothing to do'],
    ['a tag that is gone', { policy: 'Always' }, absent(image), 'does not exist'],
    ['a bare pod', { policy: 'Always' }, ref('Pod'), 'pull policy cannot be changed'],
    ['a Job', { policy: 'Always' }, ref('Job'), 'Job cannot be changed'],
    ['a container that does not exist', { container: 'api', policy: 'Always' }, {}, 'no container api'],
  ])('%s', (_, params, story, why) => {
    expect(planOf('set-pull-policy', params, aWorld(story))).toMatchObject({
      kind: 'refused',
      why: expect.stringContaining(why),
    });
  });
});
