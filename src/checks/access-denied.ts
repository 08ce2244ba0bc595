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
import { runsBeside, verifiesCredentials, verifyingText } from './evidence/verified-copies.ts';

/**
 * The registry refuses the workload, and no pull secret is the reason: the workload names none, the user may not read
 * this repository, or the registry hides whether the image exists. If the pods run, the node gave them access: that is
 * a note.
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
  if (!runs) {
    return `${images} is private and no pull secret covers it: pods need one, unless the nodes have access of their own (AKS, EKS, GKE).`;
  }
  return `${images} runs and no pull secret covers ${groupRegistry(group)}: it was probably pulled using the node's own identity or a mirror, or is a copy from before. The running image was not compared with the registry.`;
}

function denied(group: PullGroup): Draft {
  return pullDraft(group, {
    title: `${groupText(group)}: ${problems[group.reason]?.(group)}`,
    conclusion: [conclusions[group.reason]?.(group) ?? '', copyText(group), waitingText(group)]
      .filter((text) => text !== '')
      .join(' '),
    next: actions[group.reason]?.(group) ?? '',
    proposals: group.status === 'fail' && group.reason !== 'not-permitted' ? [proposePullSecret(group)] : [],
  });
}

/**
 * A pod of the same node has the image, and this one is refused: only the credential of each pod tells them apart. With
 * the policy Always each start asks the registry anyway.
 */
function copyText(group: PullGroup): string {
  const isBeside = group.rulings.some(
    (ruling) =>
      ruling.use.seen.every(({ state }) => state.pullPolicy === 'IfNotPresent') && runsBeside(ruling).length > 0,
  );
  return isBeside && verifiesCredentials(group) ? `The node has the image already. ${verifyingText}` : '';
}

type Words = Partial<Record<PullReason, (group: PullGroup) => string>>;

const problems: Words = {
  'not-permitted': (group) =>
    `${group.rulings[0].access.sentCredential ? 'the user of the pull secret' : 'the identity of the node'} isn't allowed to read it at ${groupRegistry(group)}`,
  'no-credential': (group) =>
    isImageQuestion(group.rulings[0].snapshot)
      ? `private, and ${groupRegistry(group)} was asked without a credential`
      : `private, and the workload has no credential for ${groupRegistry(group)}`,
  'unread-secret': (group) => `${groupRegistry(group)} refused it, and the pull secrets couldn't be read`,
  ambiguous: (group) =>
    `${groupRegistry(group)} refused the pull; the image is either private or doesn’t exist (the registry won’t say which)`,
};

const conclusions: Words = {
  'not-permitted': () => 'The credential is accepted, but not for this repository.',
  'no-credential': ({ rulings: [{ access }] }) =>
    isFound(access.bot)
      ? 'The image exists: imagecheck’s own credential can read it.'
      : 'The registry’s answer is the one it gives for a private image that exists.',
  'unread-secret': ({ rulings: [{ secrets }] }) =>
    `Not seen: ${listed(
      secrets.unread.map(
        ({ name, why, missingRight }) =>
          `secret ${name} (${missingRight === undefined ? cut(why, 80) : `no right to ${missingRight}`})`,
      ),
    )}.`,
  ambiguous: ({ cause }) =>
    cause === 'expired_credentials'
      ? 'The node sent an expired credential; no pull secret covers the registry, so it is the node’s own.'
      : 'imagecheck has no credential that could tell a private image from one that doesn’t exist.',
};

const actions: Words = {
  'not-permitted': (group) =>
    policyAdvice(group) ??
    `Give that user read access to this repository (at GHCR, also authorise the token for the organisation).${nearHint(group)}`,
  'no-credential': (group) =>
    `Add a pull secret for ${groupRegistry(group)}, or let the nodes' identity pull (AcrPull, ECR read policy).`,
  'unread-secret': () =>
    'Let imagecheck read these secrets, or test them by hand; then check the spelling of the image.',
  ambiguous: (group) =>
    `Check the spelling first, then access: a pull secret for ${groupRegistry(group)} or the node's role; a credential in imagecheck's configuration would settle which.${nearHint(group)}`,
};

function policyAdvice({ rulings: [ruling] }: PullGroup): string | undefined {
  const refusal = policyRefusal(ruling);
  if (refusal === undefined) return undefined;
  const { who, action, resource, missing } = refusal;
  switch (missing) {
    case 'deny':
      return `Find the policy that denies ${action} to ${who} (often an organisation-wide one); granting another right won’t help.`;
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
  return near.length === 0
    ? ''
    : ` Similar images already used in this cluster: ${listed(near.map((name) => cut(name, 120)))}.`;
}
