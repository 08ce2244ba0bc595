import { reasonOf } from '../errors.ts';
import type { Finding } from '../model/finding/finding.ts';
import type { Progress, ReportStatus } from '../model/finding/report.ts';
import type { Snapshot } from '../model/snapshot/snapshot.ts';
import { cut, distinct } from '../model/text/words.ts';
import { volumeAt } from '../model/workload/volume-place.ts';
import { accessDenied } from './access-denied.ts';
import { applicationCrash } from './application-crash.ts';
import type { Check } from './evidence/check.ts';
import { doubted } from './evidence/doubt.ts';
import { unexplained } from './evidence/readiness.ts';
import { isImageQuestion } from './evidence/seen.ts';
import { imageFacts } from './image-facts.ts';
import { imageMissing } from './image-missing.ts';
import { indexIncomplete } from './index-incomplete.ts';
import { invalidReference } from './invalid-reference.ts';
import { mergeFindings } from './merge.ts';
import { mutableTag } from './mutable-tag.ts';
import { nodeDisk } from './node-disk.ts';
import { notARegistry } from './not-a-registry.ts';
import { notAnImage } from './not-an-image.ts';
import { notReady } from './not-ready.ts';
import { outOfMemory } from './out-of-memory.ts';
import { placeholderImage } from './placeholder-image.ts';
import { platformMismatch } from './platform-mismatch.ts';
import { pullError } from './pull-error.ts';
import { pullPolicy } from './pull-policy.ts';
import { pullSecretExpired } from './pull-secret-expired.ts';
import { pullSecretMissing } from './pull-secret-missing.ts';
import { pullSecretRejected } from './pull-secret-rejected.ts';
import { pullStalled } from './pull-stalled.ts';
import { rateLimited } from './rate-limited.ts';
import { referenceFormat } from './reference-format.ts';
import { registryEnvMismatch } from './registry-env-mismatch.ts';
import { registryUnreachable } from './registry-unreachable.ts';
import { sandboxImage } from './sandbox-image.ts';
import { staleImage } from './stale-image.ts';

/** Every check there is. To add a check, add one file and one line here. */
export const checks: readonly Check[] = [
  invalidReference,
  imageMissing,
  indexIncomplete,
  notAnImage,
  referenceFormat,
  notARegistry,
  pullSecretMissing,
  pullSecretRejected,
  pullSecretExpired,
  accessDenied,
  registryEnvMismatch,
  rateLimited,
  registryUnreachable,
  platformMismatch,
  staleImage,
  pullStalled,
  pullPolicy,
  mutableTag,
  placeholderImage,
  imageFacts,
  outOfMemory,
  nodeDisk,
  sandboxImage,
  applicationCrash,
  notReady,
  pullError,
];

/** The conclusions of all checks together. */
export interface Conclusions {
  /** fail, warn and unknown; merged, root cause first. */
  readonly findings: readonly Finding[];
  /** Remarks of checks that passed. */
  readonly notes: readonly string[];
}

/** Runs every check on a snapshot. A check that throws is a bug: it becomes `unknown`, and the others still run. */
export function runChecks(snapshot: Snapshot, list: readonly Check[] = checks): Conclusions {
  const results = list.map((check) => runOne(check, snapshot));
  const findings = mergeFindings(results.flatMap(({ findings }) => findings).map((one) => doubted(one, snapshot)));
  const explained = isExplained(findings) ? findings : [...findings, ...runOne(unexplained, snapshot).findings];
  return {
    findings: explained.map((finding) => ({ ...finding, proposals: possible(finding.proposals, snapshot) })),
    notes: distinct(results.flatMap(({ notes }) => notes)),
  };
}

/** A question about an image names no workload that could be changed, and no remedy changes a volume. */
function possible(proposals: Finding['proposals'], snapshot: Snapshot): Finding['proposals'] {
  if (isImageQuestion(snapshot)) return [];
  return proposals.filter(
    ({ params: { container } }) => typeof container !== 'string' || volumeAt(container) === undefined,
  );
}

function isExplained(findings: readonly Finding[]): boolean {
  return findings.some(({ status }) => status === 'fail' || status === 'unknown');
}

function runOne(check: Check, snapshot: Snapshot): Conclusions {
  try {
    return check.run(snapshot);
  } catch (error) {
    return { findings: [broken(check.id, error)], notes: [] };
  }
}

function broken(check: string, error: unknown): Finding {
  return {
    check,
    cause: 'unknown',
    status: 'unknown',
    confidence: 'certain',
    title: `The check ${check} couldn't be completed`,
    containers: [],
    images: [],
    evidence: [{ source: 'spec', subject: `check ${check}`, observed: cut(reasonOf(error), 200) }],
    timeline: [],
    next: 'This is a bug in imagecheck: please report it with a saved snapshot (--save-snapshot).',
    proposals: [],
    consequences: [],
    alsoAffects: [],
  };
}

/**
 * `problems` if any check fails; otherwise `progressing` while the workload is on its way to Ready; otherwise `unknown`
 * if a missing fact could change the answer.
 */
export function statusOf(
  findings: readonly Pick<Finding, 'status'>[],
  progress: readonly Progress[] = [],
): ReportStatus {
  if (findings.some(({ status }) => status === 'fail')) return 'problems';
  if (progress.length > 0) return 'progressing';
  return findings.every(({ status }) => status === 'pass' || status === 'warn') ? 'healthy' : 'unknown';
}
