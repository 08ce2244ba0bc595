import { volumeAt } from '../../model/workload/volume-place.ts';
import { isFound, refusalOf } from './access.ts';
import { artifactTypeOf } from './artifact-type.ts';
import { danglingOf } from './dangling.ts';
import { isConfigId } from './digests.ts';
import { isOpenAbsence, ruleAbsent, ruleRefused } from './pull-refused.ts';
import { containersWith, isImageQuestion } from './seen.ts';
import { causeOfOutcome, type PullCase, type PullVerdict, type Why, why } from './verdict.ts';

/**
 * What to expect of an image that no pod has tried to pull. The next pod will try, so a certain failure is a warning.
 */
export function ruleUntried(pull: PullCase): PullVerdict | undefined {
  const { probe, access, snapshot } = pull;
  const status = isImageQuestion(snapshot) ? 'fail' : 'warn';
  if (!probe.image.known) return { ...why('invalid-reference', 'invalid', 'invalid_image_name', 'certain'), status };
  const outcome = access.workload?.outcome;
  switch (outcome?.kind) {
    case undefined:
      return undefined;
    case 'found':
      return ruleArtifact(pull, status) ?? ruleDangling(pull, status);
    case 'not-found':
      return prospect(pull, ruleAbsent(pull, outcome), status);
    case 'unauthorized':
    case 'forbidden':
      return prospect(pull, ruleRefused(pull, outcome), status);
    case 'not-a-registry':
      return { ...why('not-a-registry', 'html', 'not_a_registry', 'likely'), status };
    case 'rate-limited':
      return { ...why('rate-limited', 'spared', 'rate_limited', 'possible'), status: 'unknown' };
    case 'not-probed':
      return ruleNotProbed(outcome.why);
    case 'unreachable':
    case 'server-error':
    case 'bad-content': {
      const cause = causeOfOutcome(outcome) ?? 'registry_other_status';
      return { ...why('registry-unreachable', 'not-asked', cause, 'possible'), status: 'unknown' };
    }
    default:
      return outcome satisfies never;
  }
}

/** No runtime starts an artifact. A volume may mount one, and a WebAssembly runtime may run one: the nodes will tell. */
function ruleArtifact({ probe, snapshot }: PullCase, status: 'warn' | 'fail'): PullVerdict | undefined {
  if (artifactTypeOf(probe) === undefined) return undefined;
  if (probe.containers.some((name) => volumeAt(name) !== undefined)) return undefined;
  const confidence = isImageQuestion(snapshot) ? 'certain' : 'likely';
  return { ...why('not-an-image', 'artifact', 'reference_format', confidence), status };
}

/** The reference resolves, but what the nodes would pull is gone. */
function ruleDangling(pull: PullCase, status: 'warn' | 'fail'): PullVerdict | undefined {
  const dangling = danglingOf(pull);
  if (dangling === undefined) return undefined;
  const reason = why('index-incomplete', 'no-child', 'index_incomplete', dangling.confidence);
  return { ...reason, status: dangling.everywhere ? status : 'warn' };
}

/**
 * The nodes may have their own credential (kubelet identity), so an anonymous refusal proves nothing. While a pod is
 * being created, the node is about to tell.
 */
function prospect(
  { access, snapshot, probe }: PullCase,
  reason: Why,
  status: 'warn' | 'fail',
): PullVerdict | undefined {
  const secretAtFault = reason.owner === 'pull-secret-missing' && reason.reason !== 'secret-elsewhere';
  if (reason.owner === 'image-missing' || access.sentCredential || secretAtFault) return { ...reason, status };
  if (isFound(access.bot)) {
    return { ...why('access-denied', 'granted-by-node', reason.cause, 'possible'), status: 'pass' };
  }
  return containersWith(snapshot, probe.text).length > 0 ? undefined : { ...reason, status: 'unknown' };
}

function ruleNotProbed(reason: 'spared' | 'guarded' | 'realm-not-allowed' | 'deadline'): PullVerdict {
  return reason === 'spared'
    ? { ...why('rate-limited', 'spared', 'rate_limited', 'possible'), status: 'unknown' }
    : { ...why('registry-unreachable', 'not-asked', 'unknown', 'possible'), status: 'unknown' };
}

/**
 * An image that is on the nodes. What runs is not broken; only a problem that will stop the next pull deserves a
 * warning. If no pull secret matches and the pods run, the node's own identity gave access: never a failure
 * (docs/how-it-decides.md#as-whom-an-image-resolves).
 */
export function ruleRunning(pull: PullCase): PullVerdict | undefined {
  const { access } = pull;
  const outcome = access.workload?.outcome;
  if (outcome === undefined) return undefined;
  if (outcome.kind === 'found') return ruleDangling(pull, 'warn');
  if (outcome.kind === 'not-found') {
    if (ruleAbsent(pull, outcome).owner !== 'image-missing') return granted(pull);
    return gone(pull, access.sentCredential || isOpenAbsence(pull, outcome) ? 'likely' : 'possible');
  }
  const refusal = refusalOf(access.workload);
  if (refusal === undefined) return undefined;
  // A registry that tells private images from absent ones says that this one is gone; a node may still know better.
  if (!access.sentCredential) return refusal.hint === 'never-published' ? gone(pull, 'possible') : granted(pull);
  const reason = ruleRefused(pull, refusal);
  if (reason.owner === 'image-missing') return gone(pull, 'possible');
  return { ...reason, confidence: reason.confidence === 'possible' ? 'possible' : 'likely', status: 'warn' };
}

function granted({ probe }: PullCase): PullVerdict | undefined {
  return probe.digest.known
    ? undefined
    : { ...why('access-denied', 'granted-by-node', 'denied_or_absent', 'likely'), status: 'pass' };
}

/** The registry does not have the running image: it was deleted since, or loaded onto the node directly. */
function gone({ use }: PullCase, confidence: 'likely' | 'possible'): PullVerdict {
  const loaded = use.seen.some(({ state }) => isConfigId(state.imageId));
  const never = use.seen.every(({ state }) => state.pullPolicy === 'Never');
  const reason = loaded || never ? 'side-loaded' : 'deleted';
  return { ...why('image-missing', reason, 'image_not_found', confidence), status: never ? 'pass' : 'warn' };
}
