import { isLatest } from '../model/image/tags.ts';
import type { Snapshot } from '../model/snapshot/snapshot.ts';
import { type Draft, defineCheck } from './evidence/check.ts';
import { containersOf } from './evidence/per-snapshot.ts';
import { type PullGroup, pullGroups } from './evidence/pull.ts';
import { groupText, imageName, pullDraft, waitingText } from './evidence/pull-draft.ts';
import { nodeOfPod, useOf } from './evidence/seen.ts';

/**
 * First Kubernetes minor version in which a node asks the registry again before it uses a private image from its cache
 * (KEP-2535).
 */
const verifiesSinceMinor = 35;

/** The pull policy forbids a pull that is needed, or keeps an old image although the tag moved. */
export const pullPolicy = defineCheck({
  id: 'pull-policy',
  *run(snapshot) {
    for (const group of pullGroups(snapshot, 'pull-policy')) yield never(snapshot, group);
    for (const probe of snapshot.images) {
      if (!probe.image.known || !isLatest(probe.image.value) || useOf(snapshot, probe).use === 'failing') continue;
      const kept = containersOf(snapshot, probe).filter(({ pullPolicy }) => pullPolicy === 'IfNotPresent');
      if (kept.length === 0) continue;
      const names = kept.map(({ name }) => name);
      yield {
        status: 'warn',
        cause: 'pull_policy',
        confidence: 'likely',
        title: `${imageName(probe)} with policy IfNotPresent: a node that has an older copy keeps it`,
        containers: names,
        images: [probe.text],
        evidence: names.map((name) => ({
          source: 'spec',
          subject: `container ${name}`,
          observed: `image: ${probe.text}, imagePullPolicy: IfNotPresent`,
        })),
        next: 'Name a version or a digest, or set the policy to Always: the node then checks the digest at each start and still reuses layers.',
        prevent: { sentence: 'Deploy a tag per commit.', snippet: 'imagePullPolicy: Always' },
        proposals: names.map((container) => ({
          remedy: 'set-pull-policy',
          params: { container, pullPolicy: 'Always' },
          summary: `Set the pull policy of ${container} to Always`,
        })),
      };
    }
  },
});

function never(snapshot: Snapshot, group: PullGroup): Draft {
  const containers = group.rulings.flatMap(({ probe }) => probe.containers);
  return pullDraft(group, {
    title: `${groupText(group)}: policy Never, and the node doesn't have the image`,
    conclusion: [verifyText(snapshot, group), waitingText(group)].filter((text) => text !== '').join(' '),
    next: 'Load the image onto every node first, or set the policy to IfNotPresent so it is pulled.',
    proposals: containers.map((container) => ({
      remedy: 'set-pull-policy',
      params: { container, pullPolicy: 'IfNotPresent' },
      summary: `Set the pull policy of ${container} to IfNotPresent`,
    })),
  });
}

function verifyText(snapshot: Snapshot, { rulings }: PullGroup): string {
  const versions = rulings.flatMap(({ use }) =>
    use.seen.flatMap(({ pod }) => nodeOfPod(snapshot, pod)?.kubeletVersion ?? []),
  );
  const verifies = versions.some((version) => Number(/^v?1\.(\d+)/.exec(version)?.[1] ?? 0) >= verifiesSinceMinor);
  return verifies
    ? 'From Kubernetes 1.35 this also happens when the node has the image, but the pod has no credential that was verified for it.'
    : '';
}
