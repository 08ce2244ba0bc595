import { distinct, listed } from '../model/text/words.ts';
import { defineCheck } from './evidence/check.ts';
import { type PullGroup, pullGroups } from './evidence/pull.ts';
import { groupRegistry, groupText, proposePullSecret, pullDraft, waitingText } from './evidence/pull-draft.ts';
import { expiredAmong } from './evidence/pull-secrets.ts';
import { millisOf, spanText } from './evidence/time.ts';

/**
 * The credential of a pull secret has expired, according to its own content or the registry (ECR tokens last 12 hours).
 */
export const pullSecretExpired = defineCheck({
  id: 'pull-secret-expired',
  *run(snapshot) {
    for (const group of pullGroups(snapshot, 'pull-secret-expired')) {
      const names = secretNames(group);
      const ended = endedText(group);
      yield pullDraft(group, {
        title: `${groupText(group)}: the credential of pull secret ${names} for ${groupRegistry(group)} has expired`,
        conclusion: [
          ended,
          group.status === 'warn' ? 'Running pods keep their node’s copy; every new pull fails.' : waitingText(group),
        ]
          .filter((text) => text !== '')
          .join(' '),
        next: `Update ${names} with a new credential; the pods retry by themselves within 5 minutes. Logging in on a laptop won’t help: the node uses the Secret.`,
        prevent: {
          sentence:
            'Renew short-lived registry tokens on a schedule, or use the node’s own identity (credential provider) instead of a Secret.',
        },
        proposals: [proposePullSecret(group)],
      });
    }
  },
});

function secretNames({ rulings }: PullGroup): string {
  const names = rulings.flatMap(({ secrets, snapshot, access }) => {
    const expired = expiredAmong(secrets, snapshot.takenAt);
    if (expired.length > 0) return expired.map(({ secret }) => secret.name);
    return access.workload?.secretName ?? secrets.covering.map(({ secret }) => secret.name);
  });
  return listed(distinct(names));
}

function endedText({ rulings: [{ secrets, snapshot }] }: PullGroup): string {
  const [first] = expiredAmong(secrets, snapshot.takenAt);
  const end = millisOf(first?.entry.expiresAt);
  const now = millisOf(snapshot.takenAt);
  if (end === undefined || now === undefined) return 'The registry reports that the credential has expired.';
  return `It expired ${spanText(now - end)} before this check.`;
}
