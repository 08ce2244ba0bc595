import type { Confidence, Finding, Status } from '../model/finding/finding.ts';
import { forKnown } from '../model/values/open-enum.ts';

/** Checks ordered from root cause to symptom; a report lists findings in this order. */
const rootFirst = [
  'invalid-reference',
  'image-missing',
  'index-incomplete',
  'not-an-image',
  'pull-secret-expired',
  'pull-secret-rejected',
  'pull-secret-missing',
  'access-denied',
  'rate-limited',
  'registry-unreachable',
  'node-disk',
  'sandbox-image',
  'platform-mismatch',
  'out-of-memory',
  'stale-image',
  'reference-format',
  'not-a-registry',
  'pull-stalled',
  'pull-policy',
  'pull-error',
  'application-crash',
  'not-ready',
  'registry-env-mismatch',
  'placeholder-image',
  'mutable-tag',
];

/**
 * Which findings a finding explains if both are about the same container. Example: an old image still sends a malformed
 * artifact reference, so the reference is a consequence of the old image.
 */
const explains: Readonly<Record<string, readonly string[]>> = {
  'stale-image': ['reference-format', 'not-a-registry', 'pull-policy', 'mutable-tag', 'not-ready'],
  'reference-format': ['not-a-registry', 'application-crash', 'registry-env-mismatch', 'not-ready'],
  'not-a-registry': ['application-crash', 'registry-env-mismatch', 'not-ready'],
  'image-missing': ['not-ready'],
  'index-incomplete': ['not-ready'],
  'platform-mismatch': ['application-crash', 'pull-error', 'not-ready'],
  'out-of-memory': ['application-crash', 'not-ready'],
  'node-disk': ['application-crash', 'pull-error', 'not-ready'],
  'pull-error': ['application-crash', 'not-ready'],
  'pull-stalled': ['not-ready'],
  'sandbox-image': ['not-ready'],
  'application-crash': ['not-ready'],
  'pull-policy': ['mutable-tag'],
};

const statusRank: Readonly<Record<Status, number>> = { fail: 0, warn: 1, unknown: 2, pass: 3 };
const confidenceRank: Readonly<Record<Confidence, number>> = { certain: 0, likely: 1, possible: 2 };
const mostEvidence = 10;
const mostConsequences = 8;

/** Findings that explain one another are shown as one, root cause first. */
export function mergeFindings(found: readonly Finding[]): readonly Finding[] {
  const findings = dropAnswered(unlikeOnly(found)).sort(byImportance);
  const place = new Map(findings.map((finding, index) => [finding, index]));
  const candidates = candidatesOf(findings);
  const rootOf = new Map<Finding, Finding>();
  for (const symptom of findings) {
    const roots = candidates(symptom).filter((candidate) => isExplained(symptom, candidate));
    const [root] = roots.sort((a, b) => (place.get(a) ?? 0) - (place.get(b) ?? 0));
    if (root !== undefined) rootOf.set(symptom, root);
  }
  const symptomsOf = Map.groupBy(
    findings.filter((finding) => rootOf.has(finding)),
    (finding) => topOf(finding, rootOf),
  );
  return findings.filter((finding) => !rootOf.has(finding)).map((root) => absorb(root, symptomsOf.get(root) ?? []));
}

/**
 * The findings that may explain a symptom, found by check and container: there may be a finding for each of thousands
 * of containers. Of one check and container, the first that is more than a guess and the first guess are enough.
 */
function candidatesOf(findings: readonly Finding[]): (symptom: Finding) => Finding[] {
  const places = new Map<string, Finding>();
  const keysOf = (check: string, container: string): readonly [string, string] => [
    `sure ${check} ${container}`,
    `possible ${check} ${container}`,
  ];
  for (const finding of findings) {
    for (const container of finding.containers) {
      const [sure, possible] = keysOf(finding.check, container);
      const key = finding.confidence === 'possible' ? possible : sure;
      if (!places.has(key)) places.set(key, finding);
    }
  }
  return ({ check, containers }) =>
    Object.entries(explains)
      .filter(([, symptoms]) => symptoms.includes(check))
      .flatMap(([root]) => containers.flatMap((container) => keysOf(root, container)))
      .flatMap((key) => places.get(key) ?? []);
}

/** Follows a symptom to the finding that explains it, and so on to the root; the relation has no cycles. */
function topOf(finding: Finding, rootOf: ReadonlyMap<Finding, Finding>): Finding {
  const root = rootOf.get(finding);
  return root === undefined ? finding : topOf(root, rootOf);
}

/**
 * Whether a finding about the same container explains the symptom: a guess does not explain a more certain finding, and
 * a warning does not explain a failure.
 */
function isExplained(symptom: Finding, root: Finding): boolean {
  return (
    symptom.status !== 'unknown' &&
    explains[root.check]?.includes(symptom.check) === true &&
    rankOfStatus(root) <= rankOfStatus(symptom) &&
    (root.confidence !== 'possible' || symptom.check === 'application-crash' || symptom.confidence === 'possible')
  );
}

function absorb(root: Finding, symptoms: readonly Finding[]): Finding {
  if (symptoms.length === 0) return root;
  const seen = new Set(root.evidence.map(({ subject, observed }) => `${subject} ${observed}`));
  const more = symptoms
    .flatMap(({ evidence }) => evidence)
    .filter(({ subject, observed }) => !seen.has(`${subject} ${observed}`));
  return {
    ...root,
    evidence: [...root.evidence, ...more].slice(0, mostEvidence),
    consequences: [...root.consequences, ...symptoms.map(consequenceOf)].slice(0, mostConsequences),
  };
}

/** One line: what was observed, and what remains to be done once the root cause is fixed. */
function consequenceOf({ check, title, evidence, next }: Finding): string {
  const log = evidence.find(({ source }) => source === 'log');
  const seen = log === undefined || title.includes(log.observed) ? title : `${title}; log: "${log.observed}"`;
  const remains = check === 'reference-format' || check === 'not-a-registry' || check === 'pull-error';
  return remains ? `${seen}. If the problem persists: ${next}` : seen;
}

/** One finding per reason: if a check says the same twice, it is reported once. */
function unlikeOnly(findings: readonly Finding[]): readonly Finding[] {
  const byText = new Map(findings.map((finding) => [`${finding.check} ${finding.status} ${finding.title}`, finding]));
  return [...byText.values()];
}

/** Unknown facts about an image that certainly fails no longer matter. */
function dropAnswered(findings: readonly Finding[]): Finding[] {
  const failed = new Set(findings.filter(({ status }) => status === 'fail').flatMap(({ images }) => images));
  return findings.filter(
    ({ status, images }) => status !== 'unknown' || images.length === 0 || !images.every((image) => failed.has(image)),
  );
}

function byImportance(left: Finding, right: Finding): number {
  return (
    rankOfStatus(left) - rankOfStatus(right) ||
    rankOf(left) - rankOf(right) ||
    rankOfConfidence(left) - rankOfConfidence(right)
  );
}

/** A later status or confidence says no more than the least known one. */
function rankOfStatus({ status }: Finding): number {
  return forKnown(statusRank, status) ?? statusRank.unknown;
}

function rankOfConfidence({ confidence }: Finding): number {
  return forKnown(confidenceRank, confidence) ?? confidenceRank.possible;
}

/** A check that is missing from the order above explains nothing and comes last. */
function rankOf({ check }: Finding): number {
  const place = rootFirst.indexOf(check);
  return place < 0 ? rootFirst.length : place;
}
