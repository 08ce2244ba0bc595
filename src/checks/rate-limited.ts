import { limiterIn, providerOf } from '../model/providers/index.ts';
import { confidenceInAbsence } from './evidence/access.ts';
import { type Draft, defineCheck } from './evidence/check.ts';
import { type PullGroup, pullGroups } from './evidence/pull.ts';
import { groupRegistry, groupText, proposePullSecret, pullDraft, waitingText } from './evidence/pull-draft.ts';
import { spanText } from './evidence/time.ts';

/** The registry limits the number of pulls and refuses more (Docker Hub: by address for anonymous pulls). */
export const rateLimited = defineCheck({
  id: 'rate-limited',
  *run(snapshot) {
    for (const group of pullGroups(snapshot, 'rate-limited'))
      yield group.status === 'unknown' ? spared(group) : limited(group);
  },
});

function limited(group: PullGroup): Draft {
  const registry = groupRegistry(group);
  const [{ access, said }] = group.rulings;
  const anonymous = !access.sentCredential;
  const byNode = said.some(({ cause }) => cause === 'rate_limited');
  const ofUpstream = isOfUpstream(group);
  return pullDraft(group, {
    title: `${groupText(group)}: ${registry}'s rate limit is reached`,
    conclusion: [
      ofUpstream
        ? `The image isn’t the problem: ${registry} is a cache and passes on the limit of the registry behind it.`
        : byNode
          ? 'The image isn’t the problem: the node has used up its pulls.'
          : 'The registry’s rate limit is reached for imagecheck; the nodes may have another address and quota.',
      anonymous && !ofUpstream ? 'The pods pull anonymously, so all nodes behind one address share a quota.' : '',
      waitingText(group),
    ]
      .filter((text) => text !== '')
      .join(' '),
    next: `${waitText(group)}${ofUpstream ? `Give the cache at ${registry} an account at its upstream; a pull secret of the pods doesn’t change that limit.` : ownLimitNext(group)}`,
    prevent: ofUpstream
      ? { sentence: 'Give every rule of the cache an account at its upstream.' }
      : {
          sentence: 'Pull shared base images through a cache or a registry of your own, and sign in where you pull.',
          snippet: `kubectl create secret docker-registry ${registry.split('.')[0] ?? 'registry'}-pull --docker-server=${providerOf(registry).secretKey(registry, undefined)} --docker-username=USER --docker-password=TOKEN -n ${group.rulings[0].snapshot.workload.ref.namespace}`,
        },
    proposals: anonymous && !ofUpstream ? [proposePullSecret(group)] : [],
  });
}

function ownLimitNext(group: PullGroup): string {
  const registry = groupRegistry(group);
  const [{ access, probe }] = group.rulings;
  const account = access.sentCredential
    ? 'Use an account with a higher limit.'
    : `Add a pull secret for ${registry}: a signed-in user has their own quota.`;
  return confidenceInAbsence(probe) === 'certain'
    ? `${account} A mirror or pull-through cache avoids the limit.`
    : `${account} If ${registry} is a pull-through cache, the limit may be its upstream’s: give the cache an account there.`;
}

/** Whether a cache repeats the limit of the registry behind it; ECR has a code of its own for that. */
function isOfUpstream({ rulings: [{ said, probe, access }] }: PullGroup): boolean {
  if (!probe.image.known) return false;
  const asked = providerOf(probe.image.value.registry);
  const outcome = access.workload?.outcome;
  const told = said.filter(({ cause }) => cause === 'rate_limited').map(({ text }) => text);
  return [...told, outcome?.kind === 'rate-limited' ? outcome.message : ''].some(
    (text) => (limiterIn(text) ?? asked) !== asked || text.includes('UpstreamTooManyRequests'),
  );
}

function waitText({ rulings }: PullGroup): string {
  const waits = rulings.flatMap(({ probe }) =>
    probe.attempts.flatMap(({ outcome }) => (outcome.kind === 'rate-limited' ? (outcome.retryAfterMs ?? []) : [])),
  );
  return waits.length === 0 ? '' : `The registry allows the next attempt in ${spanText(Math.max(...waits))}. `;
}

function spared(group: PullGroup): Draft {
  const registry = groupRegistry(group);
  return pullDraft(group, {
    title: `${groupText(group)}: not checked because the quota at ${registry} is nearly used up`,
    next: `Check again later, or configure a credential for ${registry}: imagecheck does not spend the last of a shared quota.`,
  });
}
