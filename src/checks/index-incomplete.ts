import type { Evidence } from '../model/finding/finding.ts';
import { formatPlatform } from '../model/image/outcome.ts';
import { cut, distinct, listed } from '../model/text/words.ts';
import { type Draft, defineCheck } from './evidence/check.ts';
import { danglingOf } from './evidence/dangling.ts';
import { type PullGroup, type PullRuling, pullGroups } from './evidence/pull.ts';
import {
  cacheHint,
  groupRegistry,
  groupText,
  imageName,
  pullDraft,
  setTag,
  waitingText,
} from './evidence/pull-draft.ts';

/**
 * The tag's index is there, but the registry no longer has the image that the index names for the nodes' platform
 * (docs/facts/registries.md#manifests). HEAD of the tag succeeds, so most tools call such an image available.
 */
export const indexIncomplete = defineCheck({
  id: 'index-incomplete',
  *run(snapshot) {
    for (const group of pullGroups(snapshot, 'index-incomplete')) yield incomplete(group);
  },
});

function incomplete(group: PullGroup): Draft {
  const { rulings } = group;
  const tags = distinct(rulings.flatMap(({ probe }) => probe.completeTags ?? []));
  const proposals = rulings.flatMap(({ probe }) =>
    (probe.completeTags ?? []).slice(0, 1).flatMap((tag) => setTag(probe, tag)),
  );
  return pullDraft(group, {
    title: `${groupText(group)}: the index is there, but its image for ${platformsOf(rulings)} was deleted`,
    conclusion: [
      `${groupRegistry(group)} still answers for the tag; the manifest that its index names for the platform is gone. Usually a clean-up of untagged versions deleted it.`,
      waitingText(group),
    ]
      .filter((text) => text !== '')
      .join(' '),
    next: [
      'Build and push the image again under this name; a pull secret or a restart won’t help.',
      completeText(tags),
      cacheHint(group),
    ]
      .filter((text) => text !== '')
      .join(' '),
    prevent: {
      sentence: 'Exclude the children of tagged indexes from the clean-up of untagged versions.',
    },
    extraEvidence: rulings.slice(0, 3).flatMap((ruling) => childEvidence(ruling)),
    ...(group.status === 'fail' ? { proposals } : {}),
  });
}

function completeText(tags: readonly string[]): string {
  if (tags.length === 0) return '';
  const names = listed(tags.map((tag) => cut(tag, 60)));
  return tags.length === 1 ? `The tag ${names} is complete.` : `These tags of the repository are complete: ${names}.`;
}

function platformsOf(rulings: readonly PullRuling[]): string {
  const platforms = rulings.flatMap((ruling) =>
    (danglingOf(ruling)?.absent ?? []).flatMap(({ platform }) =>
      platform === undefined ? [] : [formatPlatform(platform)],
    ),
  );
  return listed(distinct(platforms)) || 'the nodes’ platform';
}

function childEvidence(ruling: PullRuling): readonly Evidence[] {
  return (danglingOf(ruling)?.absent ?? []).slice(0, 2).map(({ digest, platform }) => ({
    source: 'registry',
    subject: imageName(ruling.probe),
    observed: `index names ${digest}${platform === undefined ? '' : ` for ${formatPlatform(platform)}`}; the registry answers 404 for it`,
  }));
}
