import { describe, expect, it } from 'vitest';
import { staleImage } from '../../../src/checks/stale-image.ts';
import { known } from '../../../src/model/values/fact.ts';
import { concluded } from '../../support/checks.ts';
import {
  aConfig,
  amd64,
  anImage,
  anIndex,
  arm64,
  as,
  digestOf,
  found,
  notProbed,
  refused,
  serverError,
  unreachable,
  viaMirror,
} from '../../support/probes.ts';
import { aContainer, aNode, anEvent, aSnapshot, minutesAgo, type Story } from '../../support/snapshot.ts';

describe('a tag that moved', () => {
  const image = 'registry.test/acme/web:stable';
  const one = [aContainer({ image })];
  const index = {
    attempts: [as('workload', found('now'))],
    manifest: known(anIndex('now', [amd64, arm64])),
    configs: known([aConfig('now', { created: minutesAgo(200) })]),
  };
  const pulled = (message: string) => known([anEvent('web-7d9f-1', 'Pulled', message)]);
  const present = pulled(`Container image "${image}" already present on machine`);
  const runs = (word: string) => ({ imageId: `registry.test/acme/web@${digestOf(word)}` });
  it.each<[string, Story, string[]]>([
    ['the new pods took the copy of the node', { probe: index, events: present }, ['fail stale_image likely']],
    ['the new pods still run the old image', { probe: index }, ['fail stale_image likely']],
    [
      'moved after the pods started',
      { probe: { ...index, configs: known([aConfig('now', { created: minutesAgo(10) })]) } },
      ['warn stale_image likely'],
    ],
    [
      'policy Always: moved after the start',
      { containers: [aContainer({ image, pullPolicy: 'Always' })], probe: index },
      ['warn stale_image likely'],
    ],
    [
      'pulled at the start: moved after it',
      { probe: index, events: pulled(`Successfully pulled image "${image}" in 1.2s`) },
      ['warn stale_image likely'],
    ],
    [
      'a mirror serves the old image, and a restart did not help',
      {
        template: { restartedAt: minutesAgo(95) },
        probe: { attempts: [viaMirror(found(image)), as('workload', found('now'))] },
      },
      ['fail stale_image likely'],
    ],
    [
      'a mirror serves the old image, nobody restarted',
      { probe: { attempts: [viaMirror(found(image)), as('workload', found('now'))] } },
      ['warn stale_image likely'],
    ],
    [
      'a mirror that is up to date',
      { probe: { attempts: [viaMirror(found(image)), as('workload', found(image))] } },
      [],
    ],
    ['a mirror that is broken', { probe: { attempts: [viaMirror(serverError()), as('workload', found(image))] } }, []],
    // Look-alikes: the same image by other names.
    ['a platform child, as CRI-O says it', { probe: index, state: runs('now arm64') }, []],
    [
      'the id of the config',
      { probe: { ...index, manifest: known(anImage('now')) }, state: { imageId: digestOf('now config') } },
      [],
    ],
    [
      'docker-pullable',
      {
        probe: { attempts: [as('workload', found(image))] },
        state: { imageId: `docker-pullable://registry.test/acme/web@${digestOf(image)}` },
      },
      [],
    ],
    ['another repository’s name for the same digest', { state: { imageId: `mirror.test/x@${digestOf(image)}` } }, []],
    [
      'a digest that CRI-O made up',
      { probe: index, nodes: known([aNode({ runtime: 'cri-o://1.31.0' })]) },
      ['unknown stale_image possible'],
    ],
    // What could not be compared.
    [
      'the registry is not reached',
      { probe: { attempts: [as('workload', unreachable())] } },
      ['unknown stale_image possible'],
    ],
    [
      'the registry is down',
      { probe: { attempts: [as('workload', serverError())] } },
      ['unknown stale_image possible'],
    ],
    [
      'the quota was spared',
      { probe: { attempts: [as('workload', notProbed('spared'))] } },
      ['unknown stale_image possible'],
    ],
    ['granted by the node, nothing to compare with', { probe: { attempts: [as('workload', refused(401))] } }, []],
    [
      'policy Never: nothing is pulled',
      {
        containers: [aContainer({ image, pullPolicy: 'Never' })],
        probe: { attempts: [as('workload', unreachable())] },
      },
      [],
    ],
  ])('%s', (_, story, expected) => {
    expect(concluded(staleImage, aSnapshot({ containers: one, ...story }))).toEqual(expected);
  });

  const copied = { probe: index, events: present };
  it.each([
    // A build may be older than the move of the tag to it, so the order is never certain.
    ['older than what the tag names', 300, ['fail stale_image likely'], 'and the pod still runs the old one'],
    ['newer than what the tag names: it was moved back', 150, ['warn stale_image certain'], 'was moved back'],
  ])('what runs is %s', (_, builtMinutesAgo, expected, said) => {
    const snapshot = aSnapshot({ containers: one, ...copied });
    const config = known(aConfig(image, { created: minutesAgo(builtMinutesAgo) }));
    const read = {
      ...snapshot,
      running: snapshot.running.map((run) => ({ ...run, manifest: known(anImage(image)), config })),
    };
    expect(concluded(staleImage, read)).toEqual(expected);
    expect(JSON.stringify(staleImage.run(read).findings)).toContain(said);
  });

  it.each([
    ['one has the new image', [image, 'now'], ['fail stale_image likely']],
    ['both are the tag’s, on two platforms', ['now amd64', 'now arm64'], []],
  ])('pods disagree: %s', (_, words, expected) => {
    const snapshot = aSnapshot({
      containers: one,
      podCount: 2,
      probe: index,
      state: (_, pod) => ({ imageId: `registry.test/acme/web@${digestOf(words[pod] ?? '')}` }),
    });
    expect(concluded(staleImage, snapshot)).toEqual(expected);
  });

  it('does not compare pods of an older revision while a rollout is under way', () => {
    const snapshot = aSnapshot({
      containers: one,
      podCount: 2,
      probe: index,
      pod: (pod) => (pod === 0 ? { revision: 'web-old' } : {}),
      state: (_, pod) => ({ imageId: `registry.test/acme/web@${digestOf(pod === 0 ? image : 'now')}` }),
    });
    expect(concluded(staleImage, snapshot)).toEqual([]);
  });
});
