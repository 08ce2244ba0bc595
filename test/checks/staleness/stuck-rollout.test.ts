import { describe, expect, it } from 'vitest';
import { staleImage } from '../../../src/checks/stale-image.ts';
import { known, unknown } from '../../../src/model/values/fact.ts';
import { concluded } from '../../support/checks.ts';
import {
  aContainer,
  aPod,
  aRevision,
  aSnapshot,
  aState,
  minutesAgo,
  runningOf,
  type Story,
} from '../../support/snapshot.ts';

describe('a template that changed', () => {
  const wanted = 'registry.test/acme/web:2';
  const pods = known([aPod([aState(aContainer({ image: 'registry.test/acme/web:1' }))], { revision: 'web-old' })]);
  const changed = (minutes: number): Story => ({
    containers: [aContainer({ image: wanted })],
    pods,
    running: runningOf(pods.known ? pods.value : []),
    revisions: known([
      aRevision({ name: 'web-new', number: 2, createdAt: minutesAgo(minutes), images: { web: wanted } }),
      aRevision({ name: 'web-old', images: { web: 'registry.test/acme/web:1' } }),
    ]),
  });
  it.each<[string, Story, string[]]>([
    ['and no pod was made for 20 minutes', changed(20), ['fail stale_image likely']],
    ['but the rollout is paused', { ...changed(20), workload: { paused: true } }, ['warn stale_image certain']],
    [
      'while paused, so that no revision has it',
      {
        ...changed(20),
        workload: { paused: true },
        revisions: known([aRevision({ name: 'web-old', images: { web: 'registry.test/acme/web:1' } })]),
      },
      ['warn stale_image certain'],
    ],
    [
      'under the strategy OnDelete',
      {
        ...changed(2),
        workload: { ref: { kind: 'StatefulSet', namespace: 'shop', name: 'web' }, updateStrategy: 'OnDelete' },
      },
      ['warn stale_image certain'],
    ],
    [
      'and revisions are not readable',
      { ...changed(20), revisions: unknown('forbidden', 'list replicasets') },
      ['unknown stale_image possible'],
    ],
    // Look-alikes.
    ['a minute ago', changed(1), ['note']],
    [
      'this moment, so that no revision has it',
      {
        ...changed(20),
        revisions: known([aRevision({ name: 'web-old', images: { web: 'registry.test/acme/web:1' } })]),
      },
      ['note'],
    ],
    [
      'and new pods are being made',
      {
        ...changed(20),
        pods: known([
          ...(pods.known ? pods.value : []),
          aPod([aState(aContainer({ image: wanted }))], { name: 'web-new-1', revision: 'web-new' }),
        ]),
      },
      ['note'],
    ],
    [
      'for the next run of a CronJob',
      { ...changed(20), workload: { ref: { kind: 'CronJob', namespace: 'shop', name: 'web' } } },
      [],
    ],
  ])('%s', (_, story, expected) => {
    expect(concluded(staleImage, aSnapshot(story))).toEqual(expected);
  });

  it('is not called stale when admission rewrote the image', () => {
    const snapshot = aSnapshot({
      containers: [aContainer({ image: wanted })],
      state: { image: 'mirror.test/acme/web:2' },
    });
    expect(staleImage.run(snapshot)).toEqual({
      findings: [],
      notes: [`Container web: admission rewrote ${wanted} to mirror.test/acme/web:2.`],
    });
  });
});
