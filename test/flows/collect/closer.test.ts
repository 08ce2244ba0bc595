import { describe, expect, test } from 'vitest';
import { lookCloser, wasRecreated } from '../../../src/flows/collect/closer.ts';
import type { ContainerState, Pod, Revision } from '../../../src/model/snapshot/snapshot.ts';
import { type Fact, known, unknown } from '../../../src/model/values/fact.ts';
import { aWorkload } from '../../support/in-memory.ts';
import { digestOf } from '../../support/probes.ts';
import {
  aContainer,
  aPod,
  aRevision,
  aState,
  crashed,
  minutesAgo,
  now,
  type Patch,
  waiting,
} from '../../support/snapshot.ts';

const container = aContainer();
const text = container.image;

function podWith(state: Patch<ContainerState> = {}, pod: Partial<Pod> = {}): Pod {
  return aPod([aState(container, state)], pod);
}

function look(
  pods: readonly Pod[],
  seen: {
    digest?: Fact<string>;
    pinned?: boolean;
    absent?: boolean;
    runs?: readonly string[];
    recreated?: boolean;
  } = {},
) {
  const { digest = known(digestOf('one')), pinned = false, absent = false, recreated = false } = seen;
  const runningDigests = seen.runs ?? [digestOf('one')];
  const closer = lookCloser({ text, digest, pinned, absent, runningDigests, recreated }, pods, Date.parse(now));
  return Object.entries(closer)
    .filter(([, wanted]) => wanted)
    .map(([what]) => what);
}

describe('a GET only where a check uses it', () => {
  test.each<[string, readonly Pod[], string[]]>([
    ['runs and is ready', [podWith()], []],
    [
      'waits for its first start on another pod',
      [podWith(), { ...podWith({ ...waiting('ContainerCreating') }), createdAt: minutesAgo(1) }],
      [],
    ],
    ['waits for long on another pod', [podWith(), podWith({ ...waiting('ContainerCreating') })], ['content']],
    ['fails to pull', [podWith(waiting('ImagePullBackOff'))], ['content']],
    ['crashes', [podWith(crashed(1))], ['content']],
    ['is not ready', [podWith({ ready: false })], ['content']],
    [
      'crashed a while ago, and runs again',
      [
        podWith({
          restartCount: 1,
          lastTerminated: { reason: 'Error', exitCode: 1, message: '', finishedAt: minutesAgo(9) },
        }),
      ],
      ['content'],
    ],
    [
      'crashed weeks ago',
      [
        podWith({
          restartCount: 1,
          lastTerminated: { reason: 'Error', exitCode: 1, message: '', finishedAt: minutesAgo(20_000) },
        }),
      ],
      [],
    ],
    [
      'was restarted after a good end',
      [
        podWith({
          restartCount: 3,
          lastTerminated: { reason: 'Completed', exitCode: 0, message: '', finishedAt: minutesAgo(9) },
        }),
      ],
      [],
    ],
    [
      'waits for a node',
      [podWith({ imageId: '', ready: false, runningSince: undefined }, { node: undefined as never })],
      ['content'],
    ],
    ['was never started', [], ['content']],
    ['is being deleted while it fails', [podWith(), podWith(crashed(1), { deletedAt: now })], []],
    [
      'is a Job that is done',
      [
        podWith(
          { ready: false, runningSince: undefined, terminated: { reason: 'Completed', exitCode: 0, message: '' } },
          { phase: 'Succeeded' },
        ),
      ],
      [],
    ],
    ['fails under another image', [podWith(), podWith({ ...waiting('ErrImagePull'), image: 'other:1' })], []],
  ])('%s', (_, pods, expected) => {
    expect(look(pods)).toEqual(expected);
  });

  test('another digest runs than the tag names', () => {
    expect(look([podWith()], { runs: [digestOf('one'), digestOf('two')] })).toEqual(['content']);
    expect(look([podWith()], { runs: [digestOf('two')], pinned: true })).toEqual([]);
  });

  test('nothing is read of what nobody resolved', () => {
    expect(look([podWith(crashed(1))], { digest: unknown('refused') })).toEqual([]);
  });
});

describe('tags', () => {
  test('are listed when the image is missing', () => {
    expect(look([podWith(waiting('ErrImagePull'))], { digest: unknown('404'), absent: true })).toEqual(['tags']);
    expect(look([podWith()], { absent: true })).toEqual([]);
  });

  test('are compared when pods were recreated and a tag stayed', () => {
    expect(look([podWith()], { recreated: true })).toEqual(['content', 'candidates']);
    expect(look([podWith()], { recreated: true, pinned: true })).toEqual([]);
    expect(look([podWith(waiting('ErrImagePull'))], { recreated: true, runs: [] })).toEqual(['content']);
    expect(look([podWith()], { recreated: true, digest: unknown('refused') })).toEqual([]);
  });
});

describe('recreated', () => {
  const old = aRevision({
    name: 'web-old',
    number: 1,
    createdAt: minutesAgo(5000),
    images: { web: 'web:1' },
    replicas: 0,
  });
  const newest = aRevision({ number: 2, createdAt: minutesAgo(90), images: { web: 'web:1' } });
  const changed: Revision = { ...newest, images: { web: 'web:2' } };
  const rolledOut = [podWith({}, { createdAt: minutesAgo(90) })];
  const later = [podWith({}, { createdAt: minutesAgo(30) })];
  type Case = [string, Fact<readonly Revision[]>, readonly Pod[], restartedAt: string | undefined, expected: boolean];

  test.each<Case>([
    ['a rollout of another image', known([changed, old]), rolledOut, undefined, false],
    ['a rollout of another image, long after a restart', known([changed, old]), rolledOut, minutesAgo(5000), false],
    ['a revision with the same image', known([newest, old]), rolledOut, undefined, true],
    ['a restart', known([newest, old]), rolledOut, minutesAgo(90), true],
    ['a restart of which no older revision is kept', known([newest]), rolledOut, minutesAgo(90), true],
    ['a first rollout', known([newest]), rolledOut, undefined, false],
    ['all pods deleted later', known([newest]), later, undefined, true],
    ['an autoscaler adds a pod', known([newest]), [...rolledOut, ...later], undefined, false],
    [
      'a pod that is being deleted does not count',
      known([newest]),
      [podWith({}, { createdAt: minutesAgo(90), deletedAt: now }), ...later],
      undefined,
      true,
    ],
    [
      'pods of an older revision do not count',
      known([newest]),
      [podWith({}, { createdAt: minutesAgo(1), revision: 'web-old' })],
      undefined,
      false,
    ],
    ['no pods', known([newest]), [], undefined, false],
    ['revisions that cannot be read, with a restart', unknown('no'), rolledOut, minutesAgo(90), true],
    ['revisions that cannot be read', unknown('no'), later, undefined, false],
  ])('%s', (_, revisions, pods, restartedAt, expected) => {
    const workload = aWorkload({ template: restartedAt === undefined ? {} : { restartedAt } });
    expect(wasRecreated('web', workload, revisions, pods)).toBe(expected);
  });

  test.each(['Job', 'CronJob', 'Pod'] as const)('a %s starts anew by its nature', (kind) => {
    const workload = aWorkload({
      workload: { ref: { kind, namespace: 'shop', name: 'web' } },
      template: { restartedAt: now },
    });
    expect(wasRecreated('web', workload, known([newest, old]), later)).toBe(false);
  });

  test('a container called constructor is like any other', () => {
    const named = (revision: Revision, image: string) => ({ ...revision, images: { constructor: image } });
    expect(wasRecreated('constructor', aWorkload(), known([named(newest, 'a:2'), named(old, 'a:1')]), [])).toBe(false);
    expect(wasRecreated('constructor', aWorkload(), known([named(newest, 'a:1'), named(old, 'a:1')]), [])).toBe(true);
  });
});
