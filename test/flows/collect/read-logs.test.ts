import { expect, test } from 'vitest';
import { readLogs } from '../../../src/flows/collect/read-logs.ts';
import type { ContainerState, Pod } from '../../../src/model/snapshot/snapshot.ts';
import { known, unknown } from '../../../src/model/values/fact.ts';
import { type ClusterStory, endless, memoryCluster, recorder } from '../../support/in-memory.ts';
import { aContainer, aPod, aState, crashed, minutesAgo, now, type Patch, waiting } from '../../support/snapshot.ts';

const container = aContainer();
const telling = '2026-03-10T14:03:00.000000000Z exec /app: exec format error';

function pod(state: Patch<ContainerState>, patch: Partial<Pod> = {}): Pod {
  return aPod([aState(container, state)], { name: 'a', ...patch });
}

async function read(pods: readonly Pod[], logs: NonNullable<ClusterStory['logs']> = {}) {
  const record = recorder();
  const extracts = await readLogs('shop', pods, memoryCluster({ logs }, record), endless);
  return { asked: record.asked, extracts };
}

const found = (value: string) => ({ kind: 'found' as const, value });

test.each<[string, Pod, string[]]>([
  ['runs and is ready', pod({}), []],
  ['never started', pod(waiting('ImagePullBackOff')), []],
  ['is done', pod({ ready: false, terminated: { reason: 'Completed', exitCode: 0, message: '' } }), []],
  ['is not ready', pod({ ready: false }), ['log a/web']],
  ['failed for good', pod({ ready: false, terminated: { reason: 'Error', exitCode: 1, message: '' } }), ['log a/web']],
  ['restarted', pod({ restartCount: 2 }), ['log a/web/previous', 'log a/web']],
  ['crash loop', pod(crashed(1)), ['log a/web/previous', 'log a/web']],
])('of a container that %s', async (_, one, expected) => {
  expect((await read([one])).asked).toEqual(expected);
});

test('only lines that a pattern knows leave the worker, redacted and in order', async () => {
  const { extracts } = await read([pod(crashed(1))], {
    'a/web/previous': found(`2026-03-10T14:01:00Z starting\n${telling}`),
    'a/web': found('2026-03-10T14:04:00Z toomanyrequests: token=abcdefghijkl rate limit\nthe password is hunter2\n'),
  });
  expect(extracts).toEqual([
    {
      pod: 'a',
      container: 'web',
      lines: known([
        { text: 'exec /app: exec format error', previous: true, at: '2026-03-10T14:03:00.000000000Z' },
        { text: 'toomanyrequests: token=[redacted] rate limit', previous: false, at: '2026-03-10T14:04:00Z' },
      ]),
    },
  ]);
});

test('termination messages are read like the log, and are kept beside many lines', async () => {
  const noise = Array.from({ length: 100 }, () => telling).join('\n');
  const { extracts } = await read([pod({ ...crashed(1, 'Error', 'boring\nUnable to locate credentials') })], {
    'a/web': found(noise),
  });
  const lines = extracts[0]?.lines.known === true ? extracts[0].lines.value : [];
  expect(lines).toHaveLength(20);
  expect(lines[0]).toEqual({ text: 'Unable to locate credentials', previous: true, at: minutesAgo(2) });
});

test('two pods per container are enough: those that stay, the youngest first', async () => {
  const { asked } = await read([
    pod({ ready: false }, { name: 'going', createdAt: minutesAgo(1), deletedAt: now }),
    pod({ ready: false }, { name: 'old', createdAt: minutesAgo(100) }),
    pod({ ready: false }, { name: 'new', createdAt: minutesAgo(5) }),
    pod({ ready: false }, { name: 'older', createdAt: minutesAgo(200) }),
  ]);
  expect(asked).toEqual(['log new/web', 'log old/web']);
});

test('a missing right is said, also beside what a termination message told', async () => {
  const refused = { kind: 'unknown' as const, why: 'forbidden', missingRight: 'get pods/log in shop' };
  const logs = { 'a/web': refused, 'a/web/previous': refused };
  expect((await read([pod(crashed(1))], logs)).extracts[0]?.lines).toEqual(
    unknown('forbidden', 'get pods/log in shop'),
  );
  const told = await read([pod(crashed(1, 'Error', 'exec format error'))], logs);
  expect(told.extracts[0]?.lines).toMatchObject({
    known: true,
    incomplete: ['a part of them (no right to get pods/log in shop)'],
  });
});

test('a line of a megabyte is cut', async () => {
  const { extracts } = await read([pod({ ready: false })], {
    'a/web': found(`exec format error ${'x'.repeat(1_000_000)}`),
  });
  const lines = extracts[0]?.lines.known === true ? extracts[0].lines.value : [];
  expect(lines[0]?.text.length).toBe(500);
});
