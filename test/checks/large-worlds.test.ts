import { describe, expect, test } from 'vitest';
import { checks } from '../../src/checks/index.ts';
import { mergeFindings } from '../../src/checks/merge.ts';
import type { Snapshot } from '../../src/model/snapshot/snapshot.ts';
import { known, unknown } from '../../src/model/values/fact.ts';
import type { Container } from '../../src/model/workload/workload.ts';
import { countedReads } from '../support/counted-reads.ts';
import { as, html, notFound, refused } from '../support/probes.ts';
import { aContainer, aLog, aNode, anEvent, aSnapshot, crashed, minutesAgo, waiting } from '../support/snapshot.ts';

function many<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

const imageOf = (index: number): string => `registry.test/acme/i${index}:1`;
const pod = 'web-7d9f-1';
const missing = (index: number): string =>
  `Failed to pull image "${imageOf(index)}": failed to resolve reference "${imageOf(index)}": not found`;

/** Each with an image and a variable of its own. */
function containers(count: number): Container[] {
  const env = [{ name: 'REGISTRY', value: 'other.test', from: 'env' as const }];
  return many(count, (index) => aContainer({ name: `c${index}`, image: imageOf(index), env }));
}

/** Worlds that grow in one direction; each took seconds at a few thousand. */
const worlds: Readonly<Record<string, (count: number) => Snapshot>> = {
  'containers that crash, and say why': (count) =>
    aSnapshot({
      containers: containers(count),
      state: crashed(1),
      logs: many(count, (index) => aLog(`c${index}`, [`panic: ${index} exec format error`])),
    }),
  'containers that were killed, with events and without logs': (count) =>
    aSnapshot({
      containers: containers(count),
      state: crashed(137),
      logs: many(count, (index) => ({ pod, container: `c${index}`, lines: unknown<never>(`no ${index}`) })),
      events: known(many(count, (index) => anEvent(pod, 'Killing', `Container c${index} failed liveness probe`))),
    }),
  'images that are missing': (count) =>
    aSnapshot({
      containers: containers(count),
      state: ({ name }) => waiting('ImagePullBackOff', missing(Number(name.slice(1)))),
      probe: { attempts: [as('workload', notFound('tag'))], digest: unknown('not found') },
      events: known(many(count, (index) => anEvent(pod, 'Failed', missing(index)))),
    }),
  'images that are refused': (count) =>
    aSnapshot({
      containers: containers(count),
      state: waiting('ErrImagePull', 'pull access denied'),
      probe: { attempts: [as('workload', refused(401))] },
    }),
  'images behind a page': (count) =>
    aSnapshot({ containers: containers(count), probe: { attempts: [as('workload', html)] } }),
  'references that are none': (count) =>
    aSnapshot({
      containers: many(count, (index) => aContainer({ name: `c${index}`, image: `Registry.test/ACME/${index}` })),
      state: waiting('InvalidImageName'),
    }),
  'containers that run': (count) => aSnapshot({ containers: containers(count) }),
  'containers that admission rewrote': (count) =>
    aSnapshot({ containers: containers(count), state: ({ name }) => ({ image: `mirror.test/${name}:1` }) }),
  'pods with a crash text each': (count) =>
    aSnapshot({ podCount: count, state: (_, index) => crashed(1, 'Error', `panic ${index}`) }),
  'pods with a pull text each': (count) =>
    aSnapshot({
      podCount: count,
      state: (_, index) => waiting('ImagePullBackOff', missing(index)),
      events: known(many(count, (index) => anEvent(`web-7d9f-${index + 1}`, 'Failed', missing(index)))),
    }),
  'pods on a node each that are not ready': (count) =>
    aSnapshot({
      podCount: count,
      state: { ready: false },
      pod: (index) => ({ node: `node-${index}` }),
      nodes: known(many(count, (index) => aNode({ name: `node-${index}`, diskPressure: true }))),
    }),
  'pods that run an image each': (count) =>
    aSnapshot({
      podCount: count,
      state: (_, index) => ({ imageId: `ghcr.io/acme/web@sha256:${index.toString(16).padStart(64, '0')}` }),
    }),
  'crash texts in one log': (count) =>
    aSnapshot({ state: crashed(1), logs: many(count, (index) => aLog('web', [`panic: ${index}`], `p${index}`)) }),
  'events about one pod': (count) =>
    aSnapshot({
      state: crashed(137),
      events: known(many(count, (index) => anEvent(pod, 'BackOff', `Back-off ${index}`, { lastAt: minutesAgo(1) }))),
    }),
};

/** The factor by which work may grow when the world doubles; sorting takes a little more than twice. */
const doubled = 2.4;
const size = 150;

/** Reads of the snapshot by each check, and of the findings by the merge. */
function workOf(world: (count: number) => Snapshot, count: number): ReadonlyMap<string, number> {
  const { data, reads } = countedReads(world(count));
  const work = new Map<string, number>();
  const findings = checks.flatMap((check) => {
    const before = reads();
    const found = check.run(data).findings;
    work.set(check.id, reads() - before);
    return found;
  });
  const merged = countedReads(findings);
  mergeFindings(merged.data);
  return work.set('merge', merged.reads());
}

describe('twice the world is twice the work', () => {
  test.each(Object.entries(worlds))('%s', (_, world) => {
    const [one, two] = [workOf(world, size), workOf(world, 2 * size)];
    const slow = [...two].filter(([id, reads]) => reads > doubled * (one.get(id) ?? 0) + 1000);
    expect(slow.map(([id, reads]) => `${id}: ${one.get(id)} reads, then ${reads}`)).toEqual([]);
  });
});
