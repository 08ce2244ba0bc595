import { describe, expect, it } from 'vitest';
import { staleImage } from '../../../src/checks/stale-image.ts';
import type { RunningImage, TagCandidate } from '../../../src/model/snapshot/snapshot.ts';
import { known, unknown } from '../../../src/model/values/fact.ts';
import { concluded } from '../../support/checks.ts';
import { aConfig, anImage, digestOf } from '../../support/probes.ts';
import { aContainer, aRevision, aSnapshot, minutesAgo, type Story } from '../../support/snapshot.ts';

const day = 24 * 60;
const old = 'ghcr.io/acme/worker:88a216e';
const containers = [aContainer({ name: 'worker', image: old })];
/** The template has named the old image for three weeks; it was restarted 3 minutes ago. */
const restart = [
  aRevision({
    name: 'web-7d9f',
    number: 3,
    createdAt: minutesAgo(3),
    restartedAt: minutesAgo(3),
    images: { worker: old },
  }),
  aRevision({ name: 'web-1111', number: 2, createdAt: minutesAgo(20 * day), images: { worker: old } }),
];

const newer: TagCandidate = { tag: 'latest', digest: digestOf('newer'), built: minutesAgo(13), revision: '1f2c9aa' };
const running = (created: string | undefined): readonly RunningImage[] => [
  {
    container: 'worker',
    digest: digestOf(old),
    pods: ['web-7d9f-1', 'web-7d9f-2'],
    manifest: known(anImage(old)),
    config: known(aConfig(old, created === undefined ? {} : { created })),
  },
];
const restarted: Story = {
  containers,
  podCount: 2,
  template: { restartedAt: minutesAgo(3) },
  revisions: known(restart),
  pod: { createdAt: minutesAgo(2) },
  probe: { candidates: [newer] },
  running: running(minutesAgo(21 * day)),
};

describe('an older tag', () => {
  it.each<[string, Story, string[]]>([
    ['restarted after the newest push', restarted, ['fail stale_image certain']],
    [
      'pods deleted after the newest push',
      {
        ...restarted,
        template: {},
        revisions: known([aRevision({ createdAt: minutesAgo(20 * day), images: { worker: old } })]),
      },
      ['fail stale_image certain'],
    ],
    [
      'another part of the template changed',
      {
        ...restarted,
        template: {},
        revisions: known([aRevision({ createdAt: minutesAgo(3), images: { worker: old } }), restart[1]!]),
      },
      ['fail stale_image likely'],
    ],
    ['the age of what runs is not known', { ...restarted, running: running(undefined) }, ['fail stale_image likely']],
    [
      'revisions are not readable',
      { ...restarted, revisions: unknown('forbidden', 'list replicasets') },
      ['fail stale_image likely'],
    ],
    [
      'a push time from the registry',
      { ...restarted, probe: { candidates: [{ ...newer, pushedAt: minutesAgo(10) }] } },
      ['fail stale_image certain'],
    ],
    [
      'a release, restarted within the day',
      {
        ...restarted,
        containers: [aContainer({ name: 'worker', image: 'ghcr.io/acme/worker:1.2.0' })],
        revisions: known(restart.map((one) => ({ ...one, images: { worker: 'ghcr.io/acme/worker:1.2.0' } }))),
        running: [{ ...running(minutesAgo(21 * day))[0]!, digest: digestOf('ghcr.io/acme/worker:1.2.0') }],
      },
      ['fail stale_image likely'],
    ],
    [
      'recreated long after',
      {
        ...restarted,
        template: {},
        revisions: known([aRevision({ createdAt: minutesAgo(40 * day), images: { worker: old } })]),
        probe: { candidates: [{ ...newer, built: minutesAgo(20 * day) }] },
        running: running(minutesAgo(41 * day)),
      },
      ['fail stale_image possible'],
    ],
    [
      'neither build says when',
      {
        ...restarted,
        running: running(undefined),
        probe: { candidates: [{ tag: 'latest', digest: digestOf('newer') }] },
      },
      ['warn stale_image possible'],
    ],
    // Look-alikes.
    [
      'pinned: no restart since the push',
      {
        ...restarted,
        template: {},
        revisions: known([aRevision({ createdAt: minutesAgo(20 * day), images: { worker: old } })]),
        pod: { createdAt: minutesAgo(20 * day) },
      },
      ['note'],
    ],
    [
      'restarted before the push',
      { ...restarted, probe: { candidates: [{ ...newer, built: minutesAgo(1) }] } },
      ['note'],
    ],
    [
      'only one pod was recreated',
      {
        ...restarted,
        template: {},
        revisions: known([aRevision({ createdAt: minutesAgo(20 * day), images: { worker: old } })]),
        pod: (index) => ({ createdAt: minutesAgo(index === 0 ? 2 : 20 * day) }),
      },
      ['note'],
    ],
    [
      'the older image was set after the newer push',
      {
        ...restarted,
        revisions: known([
          aRevision({ createdAt: minutesAgo(3), images: { worker: old } }),
          aRevision({ name: 'x', createdAt: minutesAgo(12), images: { worker: 'ghcr.io/acme/worker:latest' } }),
        ]),
      },
      ['note'],
    ],
    [
      'rolled back to an old revision after the newer push',
      {
        ...restarted,
        template: {},
        revisions: known([
          aRevision({ number: 4, createdAt: minutesAgo(30 * day), images: { worker: old } }),
          aRevision({
            name: 'x',
            number: 3,
            createdAt: minutesAgo(12),
            images: { worker: 'ghcr.io/acme/worker:latest' },
          }),
        ]),
      },
      ['note'],
    ],
    [
      'a release, restarted weeks later',
      {
        ...restarted,
        containers: [aContainer({ name: 'worker', image: 'postgres:16.1' })],
        revisions: known(restart.map((one) => ({ ...one, images: { worker: 'postgres:16.1' } }))),
        probe: { candidates: [{ ...newer, tag: '16.4', built: minutesAgo(10 * day) }] },
        running: [{ ...running(minutesAgo(21 * day))[0]!, digest: digestOf('postgres:16.1') }],
      },
      ['note'],
    ],
    ['what runs is the newest push', { ...restarted, running: running(minutesAgo(5)) }, []],
    [
      'the newest push is the same image',
      { ...restarted, probe: { candidates: [{ ...newer, digest: digestOf(old) }] } },
      [],
    ],
    [
      'reproducible builds: the epoch orders nothing',
      { ...restarted, template: {}, probe: { candidates: [{ ...newer, built: '1970-01-01T00:00:00Z' }] } },
      [],
    ],
    ['the newest push is a pull request’s', { ...restarted, probe: { candidates: [{ ...newer, tag: 'pr-17' }] } }, []],
    [
      'pinned by digest',
      { ...restarted, containers: [aContainer({ name: 'worker', image: `${old}@${digestOf(old)}` })] },
      [],
    ],
  ])('%s', (_, story, expected) => {
    expect(concluded(staleImage, aSnapshot(story))).toEqual(expected);
  });

  it('shows the timeline, both commits, other workloads with it, and what to set', () => {
    const snapshot = aSnapshot({
      ...restarted,
      neighbours: known([
        {
          ref: { kind: 'Deployment', namespace: 'shop', name: 'scheduler' },
          containers: [aContainer({ image: 'ghcr.io/acme/scheduler:88a216e' })],
        },
        {
          ref: { kind: 'Deployment', namespace: 'shop', name: 'other' },
          containers: [aContainer({ image: 'ghcr.io/else/scheduler:88a216e' })],
        },
      ]),
    });
    const [finding] = staleImage.run(snapshot).findings;
    expect(finding?.timeline.map(({ what }) => what)).toEqual([
      'what runs was built',
      `template named ${old}`,
      ':latest sha256:' + digestOf('newer').slice(7, 19) + '… (commit 1f2c9aa) built',
      'rollout restart',
      expect.stringContaining('2 pods created, same digest'),
    ]);
    expect(finding?.conclusion).toContain("Restarting won't help; the image must be set.");
    expect(finding?.alsoAffects).toEqual(['deployment/scheduler']);
    expect(finding?.proposals.map(({ params }) => params)).toEqual([
      { container: 'worker', image: `ghcr.io/acme/worker@${digestOf('newer')}` },
      { container: 'worker', image: 'ghcr.io/acme/worker:latest', pullPolicy: 'Always' },
    ]);
    expect(JSON.stringify(finding)).not.toContain('pushed');
  });

  it('names an owner that would undo the change', () => {
    const snapshot = aSnapshot({
      ...restarted,
      workload: { owners: [{ apiVersion: 'kubernetes.dask.org/v1', kind: 'DaskCluster', name: 'main' }] },
    });
    expect(staleImage.run(snapshot).findings[0]?.next).toContain('DaskCluster/main');
  });
});
