import type { Cause } from '../../model/finding/cause.ts';
import type { ProbeFailure } from '../../model/image/outcome.ts';
import { type AccessRefusal, confidenceInAbsence, isAbsent, isFound, refusalOf } from './access.ts';
import { policyRefusal } from './policy-refusal.ts';
import { expiredAmong } from './pull-secrets.ts';
import { type PullCase, type PullReason, type Why, why } from './verdict.ts';

type NotFound = Extract<ProbeFailure, { kind: 'not-found' }>;

/**
 * The registry answers the workload with "not found". If everyone gets a 404, the name or the tag is wrong; if only
 * some do, access is hidden.
 */
export function ruleAbsent(pull: PullCase, outcome: NotFound): Why {
  const { access } = pull;
  if (access.sentCredential && isFound(access.anonymous)) {
    return why('pull-secret-rejected', 'public-but-rejected', 'pull_secret_rejected', 'likely');
  }
  if (isFound(access.bot)) {
    return access.sentCredential ? why('access-denied', 'not-permitted', 'forbidden', 'likely') : ruleGap(pull, true);
  }
  if (isNeverPublished(pull)) return why('image-missing', 'never-published', 'image_never_published', 'likely');
  const reason = whatIsMissing(pull, outcome);
  const confidence = isOpenAbsence(pull, outcome) ? confidenceInAbsence(pull.probe) : 'likely';
  return why('image-missing', reason, 'image_not_found', confidence);
}

/** Whether a "not found" hides nothing from the identity that got it: it is no refusal in disguise. */
export function isOpenAbsence({ access, probe }: PullCase, outcome: NotFound): boolean {
  const listedWithoutIt = probe.tags.known && probe.tags.value.length > 0;
  return isAbsent(access.anonymous) || listedWithoutIt || outcome.what === 'repository';
}

/**
 * For a name that was never published, GHCR refuses an anonymous token, and answers a member with a plain 404
 * (docs/facts/registries.md#ghcr).
 */
function isNeverPublished({ access }: PullCase): boolean {
  const refusedToken = refusalOf(access.anonymous)?.hint === 'never-published';
  const absentWithCredential = isAbsent(access.bot) || (access.sentCredential && isAbsent(access.workload));
  return refusedToken && absentWithCredential;
}

/** Which part of the reference does not exist. */
export function whatIsMissing({ probe }: PullCase, outcome: NotFound | undefined): PullReason {
  if (probe.image.known && probe.image.value.digest !== undefined) return 'digest';
  if (outcome?.what === 'repository') return 'repository';
  if (probe.tags.known) return probe.tags.value.length > 0 ? 'tag' : 'repository';
  return outcome?.what === 'tag' ? 'tag' : 'unclear';
}

/**
 * The registry refuses the workload. If the bot gets the image and the workload does not, the credential is the cause;
 * if nobody gets it, the name is.
 */
export function ruleRefused(pull: PullCase, outcome: AccessRefusal): Why {
  const { access, said } = pull;
  const hints = [access.workload, access.anonymous, access.bot].map((attempt) => refusalOf(attempt)?.hint);
  if (outcome.hint === 'network-acl') return why('registry-unreachable', 'network-acl', 'network_acl', 'likely');
  const exists = isFound(access.bot) || isFound(access.anonymous) || hints.includes('exists-private');
  if (!exists && isAbsent(access.bot)) {
    if (isNeverPublished(pull)) return why('image-missing', 'never-published', 'image_never_published', 'likely');
    return why('image-missing', whatIsMissing(pull, absenceOf(pull)), 'image_not_found', 'likely');
  }
  if (policyRefusal(pull) !== undefined) return why('access-denied', 'not-permitted', 'forbidden', 'certain');
  if (access.sentCredential) return ruleCredential(pull, outcome, exists);
  if (exists) return ruleGap(pull, true);
  if (hints.includes('never-published')) {
    return why('image-missing', 'never-published', 'image_never_published', 'possible');
  }
  if (said[0]?.cause === 'image_not_found') return why('image-missing', 'unclear', 'image_not_found', 'likely');
  return ruleGap(pull, false);
}

function absenceOf({ access }: PullCase): NotFound | undefined {
  const outcome = access.bot?.outcome;
  return outcome?.kind === 'not-found' ? outcome : undefined;
}

/** A pull secret was sent and refused. */
function ruleCredential(pull: PullCase, outcome: AccessRefusal, exists: boolean): Why {
  const { access, secrets, snapshot, said } = pull;
  const saidExpired = outcome.hint === 'credential-expired' || said[0]?.cause === 'expired_credentials';
  if (saidExpired || expiredAmong(secrets, snapshot.takenAt).length > 0) {
    return why('pull-secret-expired', 'expired', 'expired_credentials', 'certain');
  }
  if (isFound(access.anonymous)) {
    return why('pull-secret-rejected', 'public-but-rejected', 'pull_secret_rejected', 'certain');
  }
  if (outcome.kind === 'forbidden' && outcome.stage === 'request') {
    return why('access-denied', 'not-permitted', 'forbidden', exists ? 'certain' : 'likely');
  }
  const maybeAbsent = refusalOf(access.anonymous)?.hint === 'never-published';
  return why(
    'pull-secret-rejected',
    'rejected',
    'pull_secret_rejected',
    exists ? 'certain' : maybeAbsent ? 'possible' : 'likely',
  );
}

/** No credential was sent, and the registry requires one. `exists`: another identity does get the image. */
function ruleGap({ secrets, said, access }: PullCase, exists: boolean): Why {
  const sure = exists ? 'certain' : 'likely';
  if (secrets.missing.length > 0) return why('pull-secret-missing', 'secret-absent', 'pull_secret_missing', sure);
  if (secrets.unusable.length > 0) return why('pull-secret-missing', 'secret-unusable', 'pull_secret_missing', sure);
  if (secrets.elsewhere.length > 0 && secrets.unread.length === 0) {
    return why('pull-secret-missing', 'secret-elsewhere', 'pull_secret_missing', exists ? 'likely' : 'possible');
  }
  const cause = refusedCause(said[0]?.cause);
  if (secrets.unread.length > 0) return why('access-denied', 'unread-secret', cause, 'possible');
  if (exists) return why('access-denied', 'no-credential', 'no_credentials', 'likely');
  const hidden = refusalOf(access.workload)?.hint === 'absent-or-private';
  return why('access-denied', 'ambiguous', hidden ? 'denied_or_absent' : cause, 'possible');
}

function refusedCause(cause: Cause | undefined): Cause {
  return cause !== undefined && (refusals.has(cause) || cause === 'expired_credentials') ? cause : 'denied_or_absent';
}

const refusals: ReadonlySet<Cause> = new Set(['unauthorized', 'forbidden', 'no_credentials', 'denied_or_absent']);

/** Only the kubelet's message is left: the registry could not be asked as the workload. */
export function ruleWords(pull: PullCase): Why {
  const { said, secrets, snapshot, access } = pull;
  const cause = said[0]?.cause ?? 'unknown';
  const covered = secrets.covering.length > 0;
  // Somebody else gets the image, so it exists, and the pods may not see it.
  const exists = isFound(access.bot) || isFound(access.anonymous);
  if (cause === 'image_not_found' && exists) {
    return covered || isFound(access.anonymous) ? why('pull-error', 'other', cause, 'possible') : ruleGap(pull, true);
  }
  if (cause === 'image_not_found') return why('image-missing', whatIsMissing(pull, undefined), cause, 'likely');
  if (cause === 'expired_credentials') {
    return covered
      ? why('pull-secret-expired', 'expired', cause, 'likely')
      : why('access-denied', 'ambiguous', cause, 'likely');
  }
  if (!refusals.has(cause)) return why('pull-error', 'other', cause, 'possible');
  if (!covered) return ruleGap(pull, exists);
  if (expiredAmong(secrets, snapshot.takenAt).length > 0) {
    return why('pull-secret-expired', 'expired', 'expired_credentials', 'likely');
  }
  return why('pull-secret-rejected', 'rejected', 'pull_secret_rejected', 'possible');
}
