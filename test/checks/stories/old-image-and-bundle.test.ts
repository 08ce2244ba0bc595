import { describe, expect, it } from 'vitest';
import { runChecks, statusOf } from '../../../src/checks/index.ts';
import type { Snapshot } from '../../../src/model/snapshot/snapshot.ts';
import { known } from '../../../src/model/values/fact.ts';
import { diagnosed, expectWords, textOf } from '../../support/checks.ts';
import { namesFrom } from '../../support/names.ts';
import { aConfig, anImage, digestOf } from '../../support/probes.ts';
import { aContainer, aLog, aRevision, aSnapshot, env, minutesAgo, type Story } from '../../support/snapshot.ts';

const day = 24 * 60;

/** Dask workers that were restarted after a push, and fetch bundles from another repository than the smoke test pushes to. */
function daskWorkers(
  seed: number,
  more: Story = {},
): { readonly snapshot: Snapshot; readonly words: readonly string[] } {
  const { host, owner, word, hex } = namesFrom(seed);
  const [app, tag, pushed, fetched, commit] = [word(), hex(7), `${word()}_bundle`, `${word()}-bundles`, hex(7)];
  const image = `${host}/${owner}/${app}-worker:${tag}`;
  const bundle = digestOf(`${seed} bundle`);
  const container = aContainer({
    name: 'worker',
    image,
    env: env({ BUNDLE_REF: bundle, [`${app.toUpperCase()}_BUNDLE_REPOSITORY`]: fetched }),
  });
  const snapshot = aSnapshot({
    containers: [container],
    podCount: 3,
    workload: { ref: { kind: 'Deployment', namespace: 'dask', name: `${app}-workers` } },
    template: { restartedAt: minutesAgo(3) },
    pod: { createdAt: minutesAgo(3) },
    state: { ready: false, restartCount: 1 },
    revisions: known([
      aRevision({
        number: 2,
        createdAt: minutesAgo(3),
        restartedAt: minutesAgo(3),
        images: { worker: image },
        by: 'kubectl-rollout',
      }),
      aRevision({ name: 'before', number: 1, createdAt: minutesAgo(20 * day), images: { worker: image } }),
    ]),
    probe: {
      candidates: [{ tag: 'latest', digest: digestOf(`${seed} newest`), built: minutesAgo(13), revision: commit }],
    },
    running: [1, 2, 3].slice(0, 1).map(() => ({
      container: 'worker',
      digest: digestOf(image),
      pods: ['web-7d9f-1', 'web-7d9f-2', 'web-7d9f-3'],
      manifest: known(anImage(image)),
      config: known(aConfig(image, { created: minutesAgo(21 * day), revision: tag })),
    })),
    logs: [aLog('worker', ['ERROR fetch failed: Expecting value: line 1 column 1 (char 0)'])],
    neighbours: known([
      {
        ref: { kind: 'Deployment', namespace: 'dask', name: 'scheduler' },
        containers: [aContainer({ name: 'scheduler', image: `${host}/${owner}/${app}-scheduler:${tag}` })],
      },
      {
        ref: { kind: 'Job', namespace: 'dask', name: 'smoke' },
        containers: [aContainer({ name: 'push', env: env({ BUNDLE_REPOSITORY: pushed }) })],
      },
    ]),
    ...more,
  });
  return { snapshot, words: [tag, commit, pushed, fetched, 'deployment/scheduler', 'Expecting value'] };
}

describe('an older tag with a restart that changed nothing, and bundles that are fetched from another repository', () => {
  it.each([1, 2, 3, 4])('is found under any name (%i)', (seed) => {
    const { snapshot, words } = daskWorkers(seed);
    expect(diagnosed(snapshot)).toEqual(['fail stale-image stale_image certain']);
    expectWords(textOf(snapshot), words);
  });

  it('is one problem: the bundle is a consequence of the old image, and says what remains', () => {
    const { findings } = runChecks(daskWorkers(7).snapshot);
    expect(findings).toHaveLength(1);
    expect(findings[0]?.consequences.join(' ')).toMatch(
      /BUNDLE.*If the problem persists: Name the artifact as repository@sha256/,
    );
    expect(findings[0]?.evidence.some(({ source }) => source === 'log')).toBe(true);
    expect(findings[0]?.timeline.map(({ what }) => what)).toEqual([
      expect.stringContaining('what runs was built'),
      expect.stringContaining('template named'),
      expect.stringContaining(':latest'),
      'rollout restart by kubectl-rollout',
      expect.stringContaining('3 pods created, same digest'),
    ]);
  });

  it('is only the bundle if the image is the newest', () => {
    const { snapshot } = daskWorkers(5, { probe: {} });
    expect(diagnosed(snapshot)).toEqual(['fail reference-format reference_format likely']);
  });
});

describe('twins of the older tag', () => {
  it.each([1, 2, 3])('a version pinned on purpose while newer ones exist is healthy (%i)', (seed) => {
    const { host, owner, word } = namesFrom(seed);
    const image = `${host}/${owner}/${word()}:1.4.2`;
    const snapshot = aSnapshot({
      containers: [aContainer({ image })],
      pod: { createdAt: minutesAgo(9 * day) },
      revisions: known([aRevision({ createdAt: minutesAgo(9 * day), images: { web: image } })]),
      probe: {
        candidates: [{ tag: '1.5.0', digest: digestOf('newer'), built: minutesAgo(2 * day) }],
        configs: known([aConfig(image, { created: minutesAgo(30 * day) })]),
      },
    });
    const { findings, notes } = runChecks(snapshot);
    expect(statusOf(findings)).toBe('healthy');
    expect(notes.join(' ')).toContain('1.5.0');
  });

  it('workers that fetch from where the smoke test pushes have no bundle problem', () => {
    const { snapshot } = daskWorkers(1, { probe: {}, neighbours: known([]), logs: [], state: {} });
    expect(runChecks(snapshot).findings).toEqual([]);
  });
});
