import { afterAll, beforeAll, expect, test } from 'vitest';
import { diagnose, reportOfSnapshot } from '../../../src/flows/ask/diagnose.ts';
import type { Cause } from '../../../src/model/finding/cause.ts';
import type { Finding } from '../../../src/model/finding/finding.ts';
import type { Report } from '../../../src/model/finding/report.ts';
import { readSnapshot, writeSnapshot } from '../../../src/model/snapshot/snapshot-file.ts';
import type { WorkloadRef } from '../../../src/model/workload/workload.ts';
import type { Sandbox } from '../../../src/sandbox/start.ts';
import type { Story } from '../../../src/sandbox/stories/story.ts';
import type { OpenReach } from '../../../src/wire/reach.ts';

/** What must be reported for each workload of a story; `never` lists causes that must not even be suspected. */
interface Expected {
  /** Several where it depends on how long ago the story began. */
  readonly status: Report['status'] | readonly Report['status'][];
  readonly cause?: Cause;
  readonly confidence?: readonly Finding['confidence'][];
  /** Texts that the first finding contains somewhere. */
  readonly says?: readonly RegExp[];
  readonly notes?: RegExp;
  readonly never?: readonly Cause[];
}

const expectations: Readonly<Record<string, Expected>> = {
  'stale-images': {
    status: 'problems',
    cause: 'stale_image',
    confidence: ['certain'],
    says: [/the template still names/, /rollout restart by kubectl-rollout/, /same digest/, /built/],
  },
  'pinned-version': { status: 'healthy', notes: /pinned on purpose/, never: ['stale_image'] },
  'same-digest': { status: 'healthy', never: ['stale_image'] },
  'bundle-mismatch': {
    status: 'problems',
    cause: 'reference_format',
    says: [/names no repository/, /Expecting value: line 1 column 1/, /job\/smoke-test/],
  },
  'own-crash': { status: 'problems', cause: 'application_crash', never: ['reference_format', 'not_a_registry'] },
  'never-published': {
    status: 'problems',
    cause: 'image_never_published',
    confidence: ['likely'],
    says: [/never published/, /a pull secret won’t help/, /Similar images already used in this cluster/],
  },
  'registry-down': { status: 'problems', cause: 'registry_5xx', never: ['image_never_published', 'image_not_found'] },
  'rate-limit': { status: 'problems', cause: 'rate_limited', says: [/pull secret for docker\.io/] },
  'signed-in': { status: 'healthy', never: ['rate_limited'] },
  placeholder: { status: 'healthy', cause: 'placeholder_image' },
  'real-nginx': { status: 'healthy', never: ['placeholder_image'] },
  'expired-secret': {
    status: 'problems',
    cause: 'expired_credentials',
    confidence: ['certain'],
    says: [/It expired 9 hours before/],
  },
  'harmless-missing-secret': {
    status: 'healthy',
    notes: /does not exist; no image of this workload needs it/,
    never: ['expired_credentials', 'pull_secret_missing'],
  },
  'node-identity': {
    status: 'healthy',
    notes: /using the node's own identity/,
    never: ['expired_credentials', 'pull_secret_missing', 'no_credentials', 'denied_or_absent', 'unauthorized'],
  },
  'arm64-builder': {
    status: 'problems',
    cause: 'exec_format',
    confidence: ['certain'],
    says: [/built for linux\/arm64, but its nodes are linux\/amd64/, /exec format error/],
  },
  'both-platforms': { status: 'healthy', never: ['exec_format', 'platform_mismatch', 'stale_image'] },
  'out-of-memory': { status: 'problems', cause: 'out_of_memory', confidence: ['certain'] },
  'failing-build': { status: 'problems', cause: 'application_crash', never: ['out_of_memory'] },
  'mirror-503': {
    status: 'problems',
    cause: 'streaming_mirror_unavailable',
    says: [/localhost:8578/, /AcrPull/],
    never: ['registry_5xx'],
  },
  'mirror-fallback': { status: 'healthy', never: ['streaming_mirror_unavailable', 'registry_5xx'] },
  'hung-pull': {
    status: 'problems',
    cause: 'pull_stalled',
    says: [/has not ended for 40 minutes/, /120 MB to transfer/],
  },
  'slow-pull': { status: 'progressing', never: ['pull_stalled'] },
  'dangling-index': {
    status: 'problems',
    cause: 'index_incomplete',
    confidence: ['certain'],
    says: [/its image for linux\/amd64 was deleted/, /The tag \S+ is complete/],
    never: ['image_not_found'],
  },
  'unused-child': { status: 'healthy', never: ['index_incomplete'] },
  'missing-volume': {
    status: 'problems',
    cause: 'image_not_found',
    says: [/\(volume model\)/],
    never: ['not_image_related'],
  },
  'mounted-volume': { status: 'healthy', never: ['image_not_found'] },
  'pause-image': {
    status: 'problems',
    cause: 'unauthorized',
    says: [/eks\/pause:3\.5/, /On the node/],
    never: ['not_image_related', 'pull_secret_missing'],
  },
  'network-plugin': { status: ['progressing', 'problems'], never: ['unauthorized', 'no_credentials', 'unknown'] },
  'damaged-store': {
    status: 'problems',
    cause: 'node_image_store',
    says: [/crictl rmi/],
    never: ['image_not_found', 'blob_unknown'],
  },
  'sound-store': { status: 'healthy', never: ['node_image_store'] },
};

/** A sandbox with every story, and the product's way to read it. */
export interface StoryStage {
  readonly sandbox: Sandbox;
  readonly reach: OpenReach;
}

/**
 * What has to be said of every story and twin. Holds for the simulated cluster and for a real one alike. Gives the stage to
 * tests that stand beside these.
 */
export function storyContract(stories: readonly Story[], open: () => Promise<StoryStage>): () => StoryStage {
  let stage: StoryStage | undefined;

  beforeAll(async () => {
    const opened = await open();
    stage = opened;
    await Promise.all(stories.map(({ id }) => opened.sandbox.stories.start(id)));
  }, 120_000);

  afterAll(async () => {
    await stage?.reach.close();
    await stage?.sandbox.stop();
  }, 120_000);

  test('every story has a row here', () => {
    expect(Object.keys(expectations)).toEqual(stories.map(({ id }) => id));
  });

  test.each(stories)('$id: $title', async ({ id, workloads }) => {
    const expected = expectations[id];
    if (expected === undefined) throw new Error(`nothing is expected of ${id}`);
    for (const workload of workloads) check(await reportOn(workload), expected);
  });

  test('the stale workers: other workloads with the same problem, and its consequences', async () => {
    const [workers, scheduler] = storyOf(stories, 'stale-images').workloads;
    const [finding] = (await reportOn(workers)).findings;
    expect(finding?.alsoAffects).toEqual([`deployment/${scheduler?.name}`]);
    expect(finding?.consequences.join('\n')).toMatch(/names no repository.*Expecting value: line 1 column 1/s);
  });

  async function reportOn(ref: WorkloadRef): Promise<Report> {
    const answer = await diagnose({ type: 'workload', ...ref }, present().reach);
    if (answer.kind !== 'report') throw new Error(`${ref.name}: ${JSON.stringify(answer)}`);
    const saved = readSnapshot(writeSnapshot(answer.snapshot));
    if (!saved.ok) throw new Error(`the snapshot of ${ref.name} cannot be read: ${saved.reason}`);
    expect(reportOfSnapshot(saved.snapshot), 'the saved snapshot').toEqual({ ...answer.report, durationMs: 0 });
    return answer.report;
  }

  function present(): StoryStage {
    if (stage === undefined) throw new Error('the stories do not exist');
    return stage;
  }
  return present;
}

function check(report: Report, expected: Expected): void {
  const causes = report.findings.map(({ cause }) => cause);
  const told = JSON.stringify(report.findings[0] ?? '').replaceAll('\\"', '"');
  expect([expected.status].flat(), told).toContain(report.status);
  if (!Array.isArray(expected.status)) expect(causes[0], told).toBe(expected.cause);
  if (expected.confidence !== undefined) expect(expected.confidence).toContain(report.findings[0]?.confidence);
  for (const part of expected.says ?? []) expect(told).toMatch(part);
  if (expected.notes !== undefined) expect(report.notes.join('\n')).toMatch(expected.notes);
  for (const cause of expected.never ?? []) expect(causes).not.toContain(cause);
}

function storyOf(stories: readonly Story[], id: string): Story {
  const found = stories.find((story) => story.id === id);
  if (found === undefined) throw new Error(`no story ${id}`);
  return found;
}
