import { describe, expect, it } from 'vitest';
import { changesOf, commandsOf } from '../../src/flows/change/show/intent-lines.ts';
import { known } from '../../src/model/values/fact.ts';
import { aWorld, operationTexts, planned, type WorldStory } from '../support/remedy-world.ts';
import { aContainer, aPod, aState, waiting } from '../support/snapshot.ts';

const web = aContainer({ image: 'ghcr.io/acme/web:missing' });
const ref = { kind: 'StatefulSet', namespace: 'shop', name: 'db' } as const;
const stuckPod = aPod([aState(web, { ...waiting('ImagePullBackOff'), ready: false })], {
  name: 'db-1',
  conditions: [{ type: 'Ready', status: 'False' }],
});
const readyPod = aPod([aState(web)], { name: 'db-0', conditions: [{ type: 'Ready', status: 'True' }] });
const images = { 'ghcr.io/acme/web:1': 'one', 'ghcr.io/acme/web:missing': 'missing' };
const ordered = { desired: 2, ordered: true } as const;

function world(pods: readonly (typeof stuckPod)[], patch: WorldStory = {}) {
  const story = { containers: [web], workload: { ref }, pods: known(pods) };
  return aWorld({ story, images, rollout: ordered, ...patch });
}

describe('a StatefulSet that replaces pods in order', () => {
  const edit = 'edit image main/web ghcr.io/acme/web:missing → ghcr.io/acme/web:1';
  const back = 'edit image main/web ghcr.io/acme/web:1 → ghcr.io/acme/web:missing';

  it('has pods that are not Ready deleted after its template is changed, and after it is changed back', () => {
    const plan = planned('set-image', { image: ':1' }, world([readyPod, stuckPod]));
    expect(operationTexts(plan)).toEqual([edit, 'delete pods not Ready']);
    expect(operationTexts(plan.undo)).toEqual([back, 'delete pods not Ready']);
    expect(plan.effects).toContainEqual(expect.stringMatching(/not Ready \(now db-1\) are deleted/));
    expect(plan.kubectl.at(-1)).toBe('kubectl -n shop delete pods db-1');
  });

  it('has the same operations while they are Ready, so that flapping supersedes no approval; no command then', () => {
    const [stuck, healthy] = [[readyPod, stuckPod], [readyPod]].map((pods) =>
      planned('set-image', { image: ':1' }, world(pods)),
    );
    expect(healthy?.operations).toEqual(stuck?.operations);
    expect(healthy?.effects).toContainEqual(expect.stringMatching(/not Ready \(none now\)/));
    expect(healthy?.kubectl.join('\n')).not.toContain('delete');
  });

  it('shows both to whoever approves', () => {
    const plan = planned('set-image', { image: ':1' }, world([readyPod, stuckPod]));
    const workload = { ...ref, uid: 'uid' };
    expect(changesOf({ subject: workload, operations: [...plan.operations], expects: [] })).toContainEqual(
      'pods of the previous template that are not Ready by then are deleted and recreated',
    );
    expect(commandsOf([{ operations: [...plan.operations] }], plan.kubectl)).toEqual({
      commands: plan.kubectl,
      strange: 0,
    });
  });

  it.each<[string, string, object, WorldStory]>([
    ['force-repull', 'force-repull', {}, {}],
    ['set-pull-policy', 'set-pull-policy', { policy: 'Always' }, {}],
    [
      'add-pull-secret',
      'add-pull-secret',
      { registry: 'ghcr', attach: 'template' },
      {
        credentials: [{ name: 'ghcr', host: 'ghcr.io' }],
        secrets: new Map([['imagecheck-ghcr', { kind: 'absent' }]]),
      },
    ],
  ])('is treated so by %s', (_, id, params, patch) => {
    const plan = planned(id, params, world([readyPod, stuckPod], patch));
    expect(operationTexts(plan).at(-1)).toBe('delete pods not Ready');
  });

  it.each<[string, NonNullable<WorldStory['rollout']>]>([
    ['Parallel', { desired: 2 }],
    ['OnDelete', { desired: 2, ordered: true, strategy: 'OnDelete' }],
  ])('is not treated so when it is %s', (_, rollout) => {
    const plan = planned('set-image', { image: ':1' }, world([readyPod, stuckPod], { rollout }));
    expect(operationTexts(plan)).not.toContain('delete pods not Ready');
  });
});
