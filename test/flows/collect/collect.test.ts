import { describe, expect, test } from 'vitest';
import { known, unknown } from '../../../src/model/values/fact.ts';
import { collected, container, ref, web } from '../../support/collected.ts';

import { amd64, anIndex, arm64, digestOf } from '../../support/probes.ts';
import {
  aContainer,
  aNode,
  anEvent,
  aPod,
  aRevision,
  aState,
  crashed,
  env,
  now,
  waiting,
} from '../../support/snapshot.ts';

describe('what is taken in', () => {
  test('events of the workload, its revisions and its pods, and of no namesake', async () => {
    const about = (kind: string, name: string, uid?: string) =>
      anEvent(name, 'FailedCreate', `${kind} ${name} ${uid ?? ''}`, {
        object: { kind, name, ...(uid === undefined ? {} : { uid }) },
      });
    const { snapshot } = await collected({
      events: known([
        about('Deployment', 'web'),
        about('ReplicaSet', 'web-7d9f'),
        about('ReplicaSet', 'web-newest'),
        about('Pod', 'web-7d9f-1', 'uid-1'),
        about('Pod', 'web-7d9f-1'),
        about('Pod', 'web-7d9f-1', 'uid-of-an-earlier-pod'),
        about('Pod', 'other'),
        about('Service', 'web'),
        about('Job', 'web-1'),
      ]),
      workload: { desired: 2 },
      revisions: known([aRevision({ name: 'web-newest', images: { web } })]),
      pods: known([aPod([aState(container, crashed(1))], { name: 'web-7d9f-1' })]),
    });
    expect(snapshot.events.known && snapshot.events.value.map(({ message }) => message.trim())).toEqual([
      'Deployment web',
      'ReplicaSet web-7d9f',
      'ReplicaSet web-newest',
      'Pod web-7d9f-1 uid-1',
      'Pod web-7d9f-1',
    ]);
  });

  test('events of Jobs of a CronJob, also of those that have no pod', async () => {
    const object = { kind: 'Job', name: 'web-28391' };
    const { snapshot } = await collected({
      workload: { ref: { ...ref, kind: 'CronJob' } },
      pods: known([]),
      revisions: known([]),
      events: known([
        anEvent('', 'FailedCreate', 'quota', { object }),
        anEvent('', 'x', 'y', { object: { kind: 'Job', name: 'job' } }),
      ]),
    });
    expect(snapshot.events.known && snapshot.events.value.map(({ message }) => message)).toEqual(['quota']);
  });

  test('images of init containers and those that admission wrote, but not of pods that are going', async () => {
    const init = aContainer({ name: 'init', type: 'init', image: 'ghcr.io/acme/init:1' });
    const { snapshot } = await collected({
      template: { containers: [init, container] },
      pods: known([
        aPod([
          aState(init, { runningSince: undefined, terminated: { reason: 'Completed', exitCode: 0, message: '' } }),
          aState({ ...container, image: 'mirror.test/acme/web:1f2c9aa' }),
        ]),
        aPod([aState({ ...container, image: 'ghcr.io/acme/web:old' })], { name: 'going', deletedAt: now }),
        aPod([aState({ ...container, image: 'ghcr.io/acme/web:done' })], { name: 'done', phase: 'Succeeded' }),
      ]),
    });
    expect(snapshot.images.map(({ text }) => text)).toEqual([
      'ghcr.io/acme/init:1',
      web,
      'mirror.test/acme/web:1f2c9aa',
    ]);
  });

  test('running digests by container, whatever the runtime writes around them', async () => {
    const one = digestOf('one');
    const state = (imageId: string) => [aState(container, { imageId })];
    const { snapshot, asked } = await collected({
      pods: known([
        aPod(state(`ghcr.io/acme/web@${one}`), { name: 'a' }),
        aPod(state(`docker-pullable://ghcr.io/acme/web@${one}`), { name: 'b' }),
        aPod(state(digestOf('side-loaded')), { name: 'c' }),
        aPod(state(''), { name: 'd' }),
      ]),
    });
    expect(snapshot.running.map(({ digest, pods }) => [digest, pods])).toEqual([
      [one, ['a', 'b']],
      [digestOf('side-loaded'), ['c']],
    ]);
    expect(snapshot.running[1]?.manifest).toEqual(unknown('the node reports only the image id'));
    // An image id is no manifest: no registry is asked for it.
    expect(asked.filter((what) => what === 'GET ghcr.io/acme/web@other')).toHaveLength(1);
  });

  test('the platforms where a waiting pod may go, beside those where pods are', async () => {
    const index = anIndex(web, [amd64, arm64]);
    const { asked } = await collected(
      {
        nodes: known([aNode({ name: 'a' }), aNode({ name: 'b', platform: arm64 })]),
        pods: known([
          aPod([aState(container)], { node: 'a' }),
          aPod([aState(container, { imageId: '', ready: false })], { name: 'waits', node: undefined as never }),
        ]),
      },
      { manifests: { [digestOf(web)]: { kind: 'ok', value: index } } },
    );
    expect(asked.filter((what) => what.startsWith('GET'))).toHaveLength(3);
  });

  test('the environment: the image’s own, then ConfigMaps, then the container’s', async () => {
    const { snapshot } = await collected(
      {
        template: {
          containers: [
            {
              ...container,
              envFrom: [
                { source: 'configMap/app', prefix: 'APP_' },
                { source: 'secret/app', prefix: '' },
              ],
              env: [
                ...env({ A: 'own' }),
                { name: 'B', from: 'configMap/app', key: 'b' },
                { name: 'C', from: 'configMap/app', key: 'constructor' },
                { name: 'S', from: 'secret/app', key: 's' },
              ],
            },
          ],
        },
        pods: known([aPod([aState(container, crashed(1))])]),
        configMaps: { app: { kind: 'found', value: { b: 'from map' } } },
      },
      {
        configs: {
          [digestOf(`${web} config`)]: {
            kind: 'ok',
            value: { digest: 'd', platform: amd64, env: ['A=image', 'PATH=/bin', 'NOVALUE'] },
          },
        },
      },
    );
    expect(snapshot.environment['web']).toEqual([
      { name: 'A', value: 'own', from: 'env' },
      { name: 'PATH', value: '/bin', from: 'image' },
      { name: 'APP_b', value: 'from map', from: 'configMap/app', key: 'b' },
      { name: 'B', value: 'from map', from: 'configMap/app', key: 'b' },
      { name: 'C', from: 'configMap/app', key: 'constructor' },
      { name: 'S', from: 'secret/app', key: 's' },
    ]);
  });

  test('the other workloads of the namespace, without itself', async () => {
    const entry = (name: string, kind: 'Deployment' | 'Job' = 'Deployment') => ({
      ref: { ...ref, kind, name },
      containers: [],
      ready: 1,
    });
    const { snapshot } = await collected({
      pods: known([aPod([aState(container, waiting('ImagePullBackOff'))])]),
      neighbours: known([entry('web'), entry('web', 'Job'), entry('push')], ['no right to list jobs']),
    });
    expect(snapshot.neighbours).toEqual(
      known(
        [
          { ref: { ...ref, kind: 'Job', name: 'web' }, containers: [] },
          { ref: { ...ref, name: 'push' }, containers: [] },
        ],
        ['no right to list jobs'],
      ),
    );
    expect(snapshot.notSeen).toEqual(['other workloads of the namespace: no right to list jobs']);
  });
});
