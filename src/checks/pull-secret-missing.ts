import { cut, listed } from '../model/text/words.ts';
import { accessOf, refusalOf } from './evidence/access.ts';
import { defineCheck } from './evidence/check.ts';
import { type PullGroup, pullGroups } from './evidence/pull.ts';
import { groupRegistry, groupText, proposePullSecret, pullDraft, waitingText } from './evidence/pull-draft.ts';
import { useOf } from './evidence/seen.ts';
import type { PullReason } from './evidence/verdict.ts';

/**
 * A pull secret that should give access does not exist, cannot be read by the kubelet, is for another registry, or did
 * not reach the pods. A missing secret is harmless if another one works, and is then only a note.
 */
export const pullSecretMissing = defineCheck({
  id: 'pull-secret-missing',
  *run(snapshot) {
    const groups = pullGroups(snapshot, 'pull-secret-missing');
    for (const group of groups) {
      yield pullDraft(group, {
        title: `${groupText(group)}: ${problems[group.reason]?.(group)}`,
        conclusion: [conclusions[group.reason]?.(group) ?? '', waitingText(group)]
          .filter((text) => text !== '')
          .join(' '),
        next: actions[group.reason]?.(group) ?? '',
        prevent: {
          sentence: 'Keep pull secrets in the manifests of the namespace and attach them to the service account.',
          snippet: serviceAccountSnippet(group),
        },
        proposals: group.status === 'fail' ? [proposalOf(group)] : [],
      });
    }
    if (groups.length > 0) return;
    for (const { name, content } of snapshot.pullSecrets) {
      if (content.known && content.value.state !== 'usable') {
        const problem = content.value.state === 'missing' ? 'does not exist' : 'is not usable as a pull secret';
        const needed = snapshot.images.some(
          (probe) => refusalOf(accessOf(probe).workload) !== undefined && useOf(snapshot, probe).use !== 'runs',
        );
        yield {
          note: `Pull secret ${name} ${problem}; ${needed ? 'it may also be needed once the image exists' : 'no image of this workload needs it'}.`,
        };
      }
    }
  },
});

type Words = Partial<Record<PullReason, (group: PullGroup) => string>>;

const problems: Words = {
  'secret-absent': ({ rulings: [{ secrets }] }) =>
    `pull secret ${listed(secrets.missing)} does not exist in the namespace`,
  'secret-unusable': ({ rulings: [{ secrets }] }) =>
    `pull secret ${listed(secrets.unusable.map(({ name }) => name))} cannot be used`,
  'secret-elsewhere': () => 'no pull secret covers this registry',
  'secret-not-attached': ({ rulings: [{ access }] }) =>
    `the pods were created without pull secret ${access.workload?.secretName ?? ''}`,
};

const conclusions: Words = {
  'secret-absent': ({ confidence }) =>
    confidence === 'certain'
      ? 'The image exists, but the workload has no credential for it.'
      : 'The registry refuses anonymous pulls; whether the image exists couldn’t be confirmed.',
  'secret-unusable': ({ rulings: [{ secrets }] }) =>
    secrets.unusable.map(({ name, problem }) => `${name}: ${cut(problem, 160)}.`).join(' '),
  'secret-elsewhere': (group) => {
    const { elsewhere } = group.rulings[0].secrets;
    const keys = elsewhere.flatMap(({ name, keys }) => keys.map((key) => `${name} is for ${cut(key, 80)}`));
    return `${listed(keys)}; the image is at ${groupRegistry(group)}.`;
  },
  'secret-not-attached': ({ rulings: [{ access }] }) =>
    `Secret ${access.workload?.secretName ?? ''} gives access now, but a service account's secrets are copied into a pod only when it is created.`,
};

const actions: Words = {
  'secret-absent': (group) => {
    const [{ snapshot, secrets }] = group.rulings;
    return `Create secret ${listed(secrets.missing)} of type kubernetes.io/dockerconfigjson for ${groupRegistry(group)} in ${snapshot.workload.ref.namespace}, or correct the name in imagePullSecrets.`;
  },
  'secret-unusable': () =>
    'Recreate the secret with type kubernetes.io/dockerconfigjson and an "auths" object (kubectl create secret docker-registry does both).',
  'secret-elsewhere': (group) =>
    `Add an entry for ${groupRegistry(group)}: the key must be the host of the image, for Docker Hub https://index.docker.io/v1/.`,
  'secret-not-attached': () => 'Recreate the pods so they get the secret.',
};

function proposalOf(group: PullGroup): ReturnType<typeof proposePullSecret> {
  return group.reason === 'secret-not-attached'
    ? {
        remedy: 'force-repull',
        params: { containers: group.rulings.flatMap(({ probe }) => probe.containers) },
        summary: 'Recreate the pods',
      }
    : proposePullSecret(group);
}

function serviceAccountSnippet({ rulings: [{ snapshot, secrets, access }] }: PullGroup): string {
  const name = secrets.missing[0] ?? secrets.unusable[0]?.name ?? access.workload?.secretName ?? 'registry-pull';
  return `apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: ${snapshot.template.serviceAccount}\n  namespace: ${snapshot.workload.ref.namespace}\nimagePullSecrets:\n  - name: ${name}`;
}
