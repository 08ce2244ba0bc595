import type { Cause } from '../../model/finding/cause.ts';
import { canRun } from '../../model/image/platform-fit.ts';
import { refusalOf } from './access.ts';
import { artifactTypeOf } from './artifact-type.ts';
import { danglingOf } from './dangling.ts';
import { ruleAbsent, ruleRefused, ruleWords } from './pull-refused.ts';
import type { KubeletWords } from './said.ts';
import { canRunSomewhere, targetNodes } from './targets.ts';
import {
  causeOfOutcome,
  type PullCase,
  type PullOwner,
  type PullReason,
  type PullVerdict,
  type Why,
  why,
} from './verdict.ts';

/** Causes that the kubelet's message settles: our own probe does not know better what happened on the node. */
const settled: Partial<Record<Cause, readonly [owner: PullOwner, reason: PullReason]>> = {
  disk_full: ['node-disk', 'disk'],
  platform_mismatch: ['platform-mismatch', 'no-platform'],
  rate_limited: ['rate-limited', 'limited'],
  html_instead_of_manifest: ['not-a-registry', 'html'],
  never_pull: ['pull-policy', 'never'],
  invalid_image_name: ['invalid-reference', 'invalid'],
  network_acl: ['registry-unreachable', 'network-acl'],
  dns_failure: ['registry-unreachable', 'node-network'],
  tls_untrusted_ca: ['registry-unreachable', 'node-network'],
  tls_name_mismatch: ['registry-unreachable', 'node-network'],
  tls_handshake_timeout: ['registry-unreachable', 'node-network'],
  http_on_https: ['registry-unreachable', 'node-network'],
  network_timeout: ['registry-unreachable', 'node-network'],
  connection_reset: ['registry-unreachable', 'node-network'],
  connection_refused: ['registry-unreachable', 'node-network'],
  proxy_error: ['registry-unreachable', 'node-network'],
  deadline_exceeded: ['registry-unreachable', 'node-network'],
  registry_unavailable: ['registry-unreachable', 'node-network'],
};

/** Causes that leave open what really happened at the registry: our own probe decides. */
const open: ReadonlySet<Cause> = new Set([
  'denied_or_absent',
  'image_not_found',
  'index_incomplete',
  'unauthorized',
  'no_credentials',
  'expired_credentials',
  'forbidden',
  'backoff_only',
  'unknown',
]);

/** Why a pull fails, according to the pods and our own probe. */
export function ruleFailing(pull: PullCase): PullVerdict {
  return { ...(ruleReason(pull) ?? ruleText(pull) ?? ruleMirror(pull) ?? ruleAnswer(pull)), status: 'fail' };
}

/** Kubelet reasons that state the cause themselves. */
function ruleReason({ probe, use, said }: PullCase): Why | undefined {
  const reasons = new Set(use.seen.map(({ state }) => state.waiting?.reason));
  if (!probe.image.known || reasons.has('InvalidImageName'))
    return why('invalid-reference', 'invalid', 'invalid_image_name', 'certain');
  // The image is on the node, and the runtime cannot read it there: no answer of a registry explains that.
  if (use.seen.every(({ state }) => state.waiting?.reason === 'ImageInspectError')) return ruleInspect(said);
  if (reasons.has('ErrImageNeverPull')) return why('pull-policy', 'never', 'never_pull', 'certain');
  return undefined;
}

function ruleInspect([first]: PullCase['said']): Why {
  const isTold = first !== undefined && !open.has(first.cause);
  return why('pull-error', 'inspect', isTold ? first.cause : 'unknown', isTold ? first.confidence : 'possible');
}

function ruleText({ said }: PullCase): Why | undefined {
  const [first] = said;
  if (first === undefined || open.has(first.cause) || isMirrorCause(first.cause)) return undefined;
  const [owner, reason] = settled[first.cause] ?? ['pull-error', 'other'];
  return why(owner, reason, first.cause, first.confidence);
}

function isMirrorCause(cause: Cause): boolean {
  return cause === 'streaming_mirror_unavailable' || cause === 'registry_5xx';
}

/**
 * A 5xx may come from a mirror on the way. containerd reports the mirror's status and hides the answer of the registry
 * itself, so the registry's own answer decides if there is one (docs/facts/runtimes.md#mirrors).
 */
function ruleMirror(pull: PullCase): Why | undefined {
  const [first] = pull.said;
  if (first === undefined || !isMirrorCause(first.cause)) return undefined;
  const ofMirror = first.cause === 'streaming_mirror_unavailable' || isOfMirror(first);
  if (!ofMirror) return why('registry-unreachable', 'everyone', first.cause, first.confidence);
  const { workload, sentCredential } = pull.access;
  const origin = workload?.outcome.kind;
  const definite = origin === 'not-found' || (refusalOf(workload) !== undefined && sentCredential);
  const hidden = definite ? ruleAnswer({ ...pull, said: [] }) : undefined;
  if (hidden !== undefined && hidden.confidence !== 'possible') return { ...hidden, masked: true };
  return why('registry-unreachable', 'mirror', first.cause, origin === 'found' ? 'certain' : 'likely');
}

/** Whether the address that the kubelet's message quotes is a mirror's, which is told whom it stands for. */
function isOfMirror({ text }: KubeletWords): boolean {
  return /[?&]ns=/.test(text);
}

/** What our own probe found, if the kubelet's message leaves the cause open. */
function ruleAnswer(pull: PullCase): Why {
  const outcome = pull.access.workload?.outcome;
  switch (outcome?.kind) {
    case 'found':
      return ruleFound(pull);
    case 'not-found':
      return ruleAbsent(pull, outcome);
    case 'unauthorized':
    case 'forbidden':
      return ruleRefused(pull, outcome);
    case 'rate-limited':
      return isTelling(pull) ? ruleWords(pull) : why('rate-limited', 'limited', 'rate_limited', 'likely');
    case 'not-a-registry':
      return isTelling(pull) ? ruleWords(pull) : why('not-a-registry', 'html', 'not_a_registry', 'likely');
    case 'unreachable':
    case 'server-error': {
      const cause = causeOfOutcome(outcome) ?? 'registry_unavailable';
      return isTelling(pull) ? ruleWords(pull) : why('registry-unreachable', 'everyone', cause, 'likely');
    }
    case 'bad-content':
    case 'not-probed':
    case undefined:
      return ruleWords(pull);
    default:
      return outcome satisfies never;
  }
}

/** Whether the kubelet's message states a cause at all. */
function isTelling({ said: [first] }: PullCase): boolean {
  return first !== undefined && first.cause !== 'unknown' && first.cause !== 'backoff_only';
}

/**
 * The workload can get the image now although its pods do not have it: something changed since, or these pods differ.
 */
function ruleFound(pull: PullCase): Why {
  const { access, use, snapshot, probe, said } = pull;
  const dangling = danglingOf(pull);
  if (dangling !== undefined) return why('index-incomplete', 'no-child', 'index_incomplete', dangling.confidence);
  if (artifactTypeOf(probe) !== undefined) return why('not-an-image', 'artifact', 'reference_format', 'certain');
  const secretName = access.workload?.secretName;
  if (secretName !== undefined && use.seen.every(({ pod }) => !pod.pullSecretNames.includes(secretName))) {
    return why('pull-secret-missing', 'secret-not-attached', 'pull_secret_missing', 'likely');
  }
  if (said[0]?.cause === 'image_not_found' && canRunSomewhere(snapshot, probe) === 'nowhere') {
    return why('platform-mismatch', 'no-platform', 'platform_mismatch', 'likely');
  }
  const [first] = said;
  if (first !== undefined && isTelling(pull) && isOfMirror(first)) {
    return why('registry-unreachable', 'mirror', 'registry_other_status', 'likely');
  }
  if (!isContentSeen(pull) || said.some(({ cause }) => cause === 'unknown')) {
    // What the node was told before is no longer what the registry answers, except about the image behind the tag.
    const isOver = isTelling(pull) && first?.cause !== 'index_incomplete';
    return why('pull-error', isOver ? 'reference-resolves' : 'other', first?.cause ?? 'unknown', 'possible');
  }
  return why('pull-error', 'resolves-now', isTelling(pull) ? (said[0]?.cause ?? 'unknown') : 'backoff_only', 'likely');
}

/**
 * Whether the registry has what these nodes would pull. HEAD of a tag proves the index only, not the image behind it;
 * the image for another platform proves nothing.
 */
function isContentSeen({ snapshot, probe, use, said }: PullCase): boolean {
  if (!probe.manifest.known) return false;
  if (probe.manifest.value.body.kind !== 'index') return true;
  const configs = probe.configs.known ? probe.configs.value : [];
  const nodes = targetNodes(
    snapshot,
    use.seen.map(({ pod }) => pod),
  );
  if (nodes.length === 0) return configs.length > 0 && said.every(({ cause }) => cause !== 'index_incomplete');
  return nodes.every((node) => configs.some(({ platform }) => canRun(node.platform, platform)));
}
