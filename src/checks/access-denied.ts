import { cut, distinct, listed } from '../model/text/words.ts';
import { isFound } from './evidence/access.ts';
import { type Draft, defineCheck } from './evidence/check.ts';
import { nearImages } from './evidence/near.ts';
import { policyRefusal } from './evidence/policy-refusal.ts';
import { type PullGroup, pullGroups } from './evidence/pull.ts';
import {
  groupRegistry,
  groupText,
  imageName,
  proposePullSecret,
  pullDraft,
  waitingText,
} from './evidence/pull-draft.ts';
import { isImageQuestion } from './evidence/seen.ts';
import type { PullReason } from './evidence/verdict.ts';

/**
 * The registry refuses the workload, and no pull secret is to blame: none is named, the user may not read this
 * repository, or the registry hides whether the image exists. Pods that run got their access from the node: a note.
 */
export const accessDenied = defineCheck({
  id: 'access-denied',
  *run(snapshot) {
    for (const group of pullGroups(snapshot, 'access-denied')) {
      if (group.status === 'pass') yield { note: grantedNote(group) };
      else yield denied(group);
    }
  },
});

function grantedNote(group: PullGroup): string {
  const images = listed(group.rulings.map(({ probe }) => imageName(probe)));
  const runs = group.rulings.some(({ use }) => use.use === 'runs');
  if (!runs) return `${images} is private; no pull secret covers it, so the nodes' own identity must give access.`;
  return `${images}: access was granted by the node, by its identity or a mirror (no pull secret covers ${groupRegistry(group)}); what runs was not compared with the registry.`;
}

function denied(group: PullGroup): Draft {
  return pullDraft(group, {
    title: `${groupText(group)}: ${problems[group.reason]?.(group)}`,
    conclusion: [conclusions[group.reason]?.(group) ?? '', waitingText(group)].filter((text) => text !== '').join(' '),
    next: actions[group.reason]?.(group) ?? '',
    proposals: group.status === 'fail' && group.reason !== 'not-permitted' ? [proposePullSecret(group)] : [],
  });
}

type Words = Partial<Record<PullReason, (group: PullGroup) => string>>;

const problems: Words = {
  'not-permitted': (group) =>
    `${group.rulings[0].access.sentCredential ? 'the user of the pull secret' : 'the identity of the node'} may not read it at ${groupRegistry(group)}`,
  'no-credential': (group) =>
    isImageQuestion(group.rulings[0].snapshot)
      ? `private, and ${groupRegistry(group)} was asked without a credential`
      : `private, and the workload has no credential for ${groupRegistry(group)}`,
  'unread-secret': (group) => `${groupRegistry(group)} refuses it, and the pull secrets could not be read`,
  ambiguous: (group) => `${groupRegistry(group)} refuses the pull: private or absent, it does not say which`,
};

const conclusions: Words = {
  'not-permitted': () => 'The credential is accepted, but not for this repository.',
  'no-credential': ({ rulings: [{ access }] }) =>
    isFound(access.bot)
      ? 'The image exists: imagecheck’s own credential gets it.'
      : 'The registry answers as it does for a private image that exists.',
  'unread-secret': ({ rulings: [{ secrets }] }) =>
    `Not seen: ${listed(
      secrets.unread.map(
        ({ name, why, missingRight }) =>
          `secret ${name} (${missingRight === undefined ? cut(why, 80) : `no right to ${missingRight}`})`,
      ),
    )}.`,
  ambiguous: ({ cause }) =>
    cause === 'expired_credentials'
      ? 'The node sent a credential that has ended; no pull secret covers the registry, so it is the node’s own.'
      : 'No credential is known here that could tell a private image from one that does not exist.',
};

const actions: Words = {
  'not-permitted': (group) =>
    policyAdvice(group) ??
    `Give that user the right to read this repository (at GHCR also: authorise the token for the organisation).${nearHint(group)}`,
  'no-credential': (group) =>
    `Add a pull secret for ${groupRegistry(group)}, or let the nodes' identity pull (AcrPull, ECR read policy).`,
  'unread-secret': () =>
    'Grant imagecheck the right to get these secrets, or test them by hand; then check the spelling of the image.',
  ambiguous: (group) =>
    `Check the spelling first, then access: a pull secret for ${groupRegistry(group)} or the node's role; a credential in imagecheck's configuration would tell which.${nearHint(group)}`,
};

function policyAdvice({ rulings: [ruling] }: PullGroup): string | undefined {
  const refusal = policyRefusal(ruling);
  if (refusal === undefined) return undefined;
  const { who, action, resource, missing } = refusal;
  switch (missing) {
    case 'deny':
      return `Find the policy that denies ${action} to ${who} (often one of the organisation); giving another right does not help.`;
    case 'resource':
      return `Let the account that owns ${resource} allow ${action} to ${who} in the repository’s policy.`;
    case 'identity':
      return `Allow ${action} on ${resource} in a policy of ${who} (AmazonEC2ContainerRegistryPullOnly does).`;
    default:
      return missing satisfies never;
  }
}

function nearHint({ rulings }: PullGroup): string {
  const near = distinct(
    rulings.flatMap(({ snapshot, probe }) => (probe.image.known ? nearImages(snapshot, probe.image.value) : [])),
  );
  return near.length === 0 ? '' : ` Near names used in this cluster: ${listed(near.map((name) => cut(name, 120)))}.`;
}
