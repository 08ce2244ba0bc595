import { describe, expect, test } from 'vitest';
import { collect } from '../../../src/flows/collect/collect.ts';
import { known, unknown } from '../../../src/model/values/fact.ts';
import { collected, container, ref, restarted, web } from '../../support/collected.ts';
import { endless, inRounds, memoryReach } from '../../support/in-memory.ts';
import { digestOf, notFound } from '../../support/probes.ts';
import { aPod, aState, crashed } from '../../support/snapshot.ts';

describe('what was not seen', () => {
  test('every fact that could not be read, once per reason, and what is missing from one that could', async () => {
    const { snapshot } = await collected({
      template: {
        pullSecretNames: ['regcred'],
        containers: [{ ...container, envFrom: [{ source: 'configMap/app', prefix: '' }] }],
      },
      pods: known([aPod([aState(container, crashed(1))])], ['which ReplicaSets are its own']),
      nodes: unknown('forbidden', 'list nodes'),
      events: unknown('the API server did not answer'),
      revisions: unknown('the API server did not answer'),
      secrets: { regcred: { kind: 'unknown', why: 'forbidden', missingRight: 'get secrets in shop' } },
      configMaps: { app: { kind: 'unknown', why: 'forbidden', missingRight: 'get configmaps in shop' } },
      logs: { 'web-7d9f-1/web': { kind: 'unknown', why: 'forbidden', missingRight: 'get pods/log in shop' } },
    });
    expect(snapshot.notSeen).toEqual([
      'revisions, events (the API server did not answer)',
      'nodes (no right to list nodes)',
      'pull secret regcred (no right to get secrets in shop)',
      'logs not readable: container web (no right to get pods/log in shop)',
      'ConfigMap app (no right to get configmaps in shop)',
      'pods: which ReplicaSets are its own',
    ]);
  });

  test('what a registry would not show, but not what no check needs', async () => {
    const { snapshot } = await collected(
      { pods: known([aPod([aState(container, crashed(1))])]) },
      { manifests: { [digestOf(web)]: { kind: 'not-probed', why: 'spared', message: '9 of 100 pulls are left' } } },
    );
    expect(snapshot.notSeen).toEqual([`content of ${web} (9 of 100 pulls are left)`]);
    expect((await collected()).snapshot.notSeen).toEqual([]);
  });

  test('tags that could not be compared', async () => {
    const { snapshot } = await collected(restarted, {
      tags: { 'ghcr.io/acme/web': ['1f2c9aa', 'latest', 'v1'] },
      references: { [web]: web, 'ghcr.io/acme/web:v1': 'v1', 'ghcr.io/acme/web:latest': notFound('tag') },
      configs: { [digestOf('v1 config')]: { kind: 'bad-content', message: 'not JSON', url: 'u' } },
    });
    expect(snapshot.images[0]?.candidates).toEqual([{ tag: 'v1', digest: digestOf('v1') }]);
    expect(snapshot.notSeen).toEqual([
      `tags of ${web}: tag latest: manifest unknown`,
      `tags of ${web}: when tag v1 was built: not JSON`,
    ]);
  });
});

describe('a workload that cannot be had', () => {
  test.each([
    [{ kind: 'absent' } as const],
    [{ kind: 'unknown', why: 'forbidden', missingRight: 'get deployments' } as const],
  ])('%o ends at once, and what was begun beside it is ended', async (lookup) => {
    const { reach, record } = memoryReach({ lookup });
    const work = () => collect(ref, reach, endless, () => {});
    const { value, rounds } = await inRounds(record, work);
    expect(value).toEqual(lookup);
    expect(rounds).toHaveLength(1);
  });

  test('slow reads beside it are not waited for', async () => {
    const { reach } = memoryReach({ lookup: { kind: 'absent' } });
    const cluster = {
      ...reach.cluster,
      nodes: ({ signal }: { signal: AbortSignal }) =>
        new Promise<Awaited<ReturnType<typeof reach.cluster.nodes>>>((resolve) => {
          signal.addEventListener('abort', () => resolve(unknown('ended')), { once: true });
        }),
    };
    expect(await collect(ref, { ...reach, cluster }, endless, () => {})).toEqual({ kind: 'absent' });
  });
});
