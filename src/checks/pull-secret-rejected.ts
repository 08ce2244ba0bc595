import { distinct, listed } from '../model/text/words.ts';
import { defineCheck } from './evidence/check.ts';
import { type PullGroup, pullGroups } from './evidence/pull.ts';
import { groupRegistry, groupText, proposePullSecret, pullDraft, waitingText } from './evidence/pull-draft.ts';

/** The registry rejects the credential of a pull secret; at some registries that breaks even public images. */
export const pullSecretRejected = defineCheck({
  id: 'pull-secret-rejected',
  *run(snapshot) {
    for (const group of pullGroups(snapshot, 'pull-secret-rejected')) {
      const names = secretNames(group);
      const isPublic = group.reason === 'public-but-rejected';
      yield pullDraft(group, {
        title: `${groupText(group)}: ${groupRegistry(group)} rejects the credential of pull secret ${names}`,
        conclusion: [conclusionOf(group, isPublic), waitingText(group)].filter((text) => text !== '').join(' '),
        next: isPublic
          ? `Renew the credential in ${names}, or detach the secret: the image is public, and the kubelet doesn't fall back to an anonymous pull.`
          : `Renew the user and token in ${names}; check that the token can read packages of this owner.`,
        prevent: { sentence: 'Use a machine user’s token with read-only access, and renew it before it expires.' },
        proposals: group.status === 'fail' ? [proposePullSecret(group)] : [],
      });
    }
  },
});

function conclusionOf({ status, confidence }: PullGroup, isPublic: boolean): string {
  if (status === 'warn')
    return 'The pods run from their nodes’ copies; the next pull fails unless the node has its own credential.';
  if (isPublic) return 'The same image can be pulled anonymously.';
  return confidence === 'certain'
    ? 'The image exists: another credential can read it.'
    : 'No other credential could confirm whether the image exists.';
}

function secretNames({ rulings }: PullGroup): string {
  const names = rulings.flatMap(({ probe, secrets }) => [
    ...probe.attempts.flatMap(({ secretName }) => secretName ?? []),
    ...secrets.covering.map(({ secret }) => secret.name),
  ]);
  return listed(distinct(names));
}
