import type { Cause } from '../../model/finding/cause.ts';
import type { Confidence, Status } from '../../model/finding/finding.ts';
import type { ProbeOutcome, Unreachable } from '../../model/image/outcome.ts';
import type { ImageProbe, Snapshot } from '../../model/snapshot/snapshot.ts';
import type { Access } from './access.ts';
import type { SecretsFor } from './pull-secrets.ts';
import type { KubeletWords } from './said.ts';
import type { ImageUse } from './seen.ts';

/** The check that reports a ruling; every image has at most one ruling, so one fault gives one finding. */
export type PullOwner =
  | 'invalid-reference'
  | 'image-missing'
  | 'index-incomplete'
  | 'not-an-image'
  | 'not-a-registry'
  | 'pull-secret-missing'
  | 'pull-secret-rejected'
  | 'pull-secret-expired'
  | 'access-denied'
  | 'rate-limited'
  | 'registry-unreachable'
  | 'platform-mismatch'
  | 'pull-policy'
  | 'node-disk'
  | 'pull-error';

/** The reason as a code; each check turns its reasons into sentences. */
export type PullReason =
  | 'invalid'
  | 'never-published'
  | 'repository'
  | 'tag'
  | 'digest'
  | 'unclear'
  | 'deleted'
  | 'side-loaded'
  | 'html'
  | 'secret-absent'
  | 'secret-unusable'
  | 'secret-elsewhere'
  | 'secret-not-attached'
  | 'rejected'
  | 'public-but-rejected'
  | 'expired'
  | 'no-credential'
  | 'not-permitted'
  | 'unread-secret'
  | 'ambiguous'
  | 'granted-by-node'
  | 'limited'
  | 'spared'
  | 'node-network'
  | 'everyone'
  | 'mirror'
  | 'network-acl'
  | 'not-asked'
  | 'no-platform'
  | 'no-child'
  | 'artifact'
  | 'inspect'
  | 'never'
  | 'disk'
  | 'resolves-now'
  | 'reference-resolves'
  | 'other';

/** The conclusion about pulling one image. */
export interface PullVerdict {
  readonly owner: PullOwner;
  readonly reason: PullReason;
  readonly cause: Cause;
  readonly confidence: Confidence;
  readonly status: Status;
  /**
   * A mirror on the way answered with an error that hides the registry's own answer (docs/facts/runtimes.md#mirrors).
   */
  readonly masked?: boolean;
}

/** Everything that a verdict about one image is based on. */
export interface PullCase {
  readonly snapshot: Snapshot;
  readonly probe: ImageProbe;
  readonly use: ImageUse;
  readonly said: readonly KubeletWords[];
  readonly access: Access;
  readonly secrets: SecretsFor;
}

/** A verdict before it is known whether the problem stops the workload now. */
export type Why = Omit<PullVerdict, 'status'>;

/** A verdict without its status. */
export function why(owner: PullOwner, reason: PullReason, cause: Cause, confidence: Confidence): Why {
  return { owner, reason, cause, confidence };
}

const causeOfUnreachable: Readonly<Record<Unreachable, Cause>> = {
  dns: 'dns_failure',
  refused: 'connection_refused',
  timeout: 'network_timeout',
  reset: 'connection_reset',
  'tls-untrusted': 'tls_untrusted_ca',
  'tls-name': 'tls_name_mismatch',
  'tls-expired': 'tls_untrusted_ca',
  'tls-other': 'tls_handshake_timeout',
  'http-on-https': 'http_on_https',
  proxy: 'proxy_error',
  other: 'registry_unavailable',
};

/** The cause code for an outcome about reaching the registry; undefined for every other outcome. */
export function causeOfOutcome(outcome: ProbeOutcome): Cause | undefined {
  if (outcome.kind === 'unreachable') return causeOfUnreachable[outcome.how];
  return outcome.kind === 'server-error' ? 'registry_5xx' : undefined;
}
