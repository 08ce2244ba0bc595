import { counted, cut, distinct, listed } from '../model/text/words.ts';
import { type Draft, defineCheck, type Note } from './evidence/check.ts';
import { nearImages, nearTags, runningTags } from './evidence/near.ts';
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
import type { PullReason } from './evidence/verdict.ts';

/**
 * The registry has no such image: never published, wrong owner, repository or tag, or deleted. Suggests similar names.
 */
export const imageMissing = defineCheck({
  id: 'image-missing',
  *run(snapshot) {
    for (const group of pullGroups(snapshot, 'image-missing'))
      yield group.status === 'pass' ? localOnly(group) : missing(group);
  },
});

function localOnly({ rulings: [{ probe }] }: PullGroup): Note {
  return { note: `${imageName(probe)} exists only on the nodes (pull policy Never); its registry doesn't have it.` };
}

function missing(group: PullGroup): Draft {
  const { rulings } = group;
  // If only the tag is missing, the repository is right.
  const images =
    group.reason === 'tag'
      ? []
      : distinct(
          rulings.flatMap(({ probe, snapshot }) => (probe.image.known ? nearImages(snapshot, probe.image.value) : [])),
        );
  const proposals = rulings.flatMap((ruling) =>
    tagsInstead(ruling)
      .slice(0, 1)
      .flatMap((tag) => setTag(ruling.probe, tag)),
  );
  return pullDraft(group, {
    title: titleOf(group),
    conclusion: [conclusions[group.reason]?.(group) ?? '', waitingText(group)].filter((text) => text !== '').join(' '),
    next: nextOf(group, images),
    prevent: preventOf(group),
    near: images,
    ...(group.status === 'fail' ? { proposals } : {}),
  });
}

/** Tags to set instead: what runs beside the missing one has proven that it can be pulled; then similar names. */
function tagsInstead({ snapshot, probe }: PullRuling): readonly string[] {
  return distinct([...runningTags(snapshot, probe), ...nearTags(probe)]);
}

type Words = Partial<Record<PullReason, (group: PullGroup) => string>>;

const titles: Words = {
  'never-published': ({ rulings, confidence }) =>
    `${rulings.length > 1 ? 'were' : 'was'} ${confidence === 'possible' ? 'probably ' : ''}never published`,
  repository: (group) => `${verb(group, 'is', 'are')} in no repository of ${groupRegistry(group)}`,
  tag: (group) =>
    `${verb(group, 'doesn’t exist: the repository has', 'don’t exist: their repositories have')} no such tag`,
  digest: (group) =>
    `${verb(group, 'doesn’t exist: the repository has', 'don’t exist: their repositories have')} no such digest`,
  deleted: (group) =>
    `${verb(group, 'is', 'are')} running, but ${groupRegistry(group)} ${group.confidence === 'possible' ? 'probably ' : ''}no longer has ${verb(group, 'it', 'them')}`,
  'side-loaded': (group) =>
    `${verb(group, 'exists', 'exist')} only on the nodes; ${groupRegistry(group)} doesn't have ${verb(group, 'it', 'them')}`,
  unclear: (group) => `${verb(group, 'does', 'do')} not exist at ${groupRegistry(group)}`,
};

function verb({ rulings }: PullGroup, one: string, several: string): string {
  return rulings.length > 1 ? several : one;
}

function titleOf(group: PullGroup): string {
  return `${groupText(group)} ${titles[group.reason]?.(group) ?? 'does not exist'}`;
}

const conclusions: Words = {
  'never-published': ({ confidence }) =>
    confidence === 'possible'
      ? 'The registry refuses even an anonymous token for the name, as it does for names that don’t exist; without a credential for the owner, a private image can’t be ruled out.'
      : 'The image doesn’t exist: a credential with read access gets "not found". The 403 is misleading: this is not a credentials problem.',
  deleted: ({ rulings: [{ access }] }) =>
    access.sentCredential || access.bot !== undefined
      ? 'Pods keep running from the copy on their node; a new pod on another node, or with policy Always, can’t pull it.'
      : 'No credential available here can see it: it was deleted, or only the nodes’ credential can read it.',
  'side-loaded': () => 'It was loaded onto the node without the registry; a new node can’t pull it.',
};

function nextOf(group: PullGroup, images: readonly string[]): string {
  const hints = [
    ...group.rulings.slice(0, 3).flatMap((ruling) => tagHint(ruling, group.rulings.length > 1)),
    ...(images.length > 0
      ? [`Similar images already used in this cluster: ${listed(images.map((name) => cut(name, 120)))}.`]
      : []),
    ...(group.cause === 'image_not_found' && group.reason !== 'side-loaded' ? [cacheHint(group)] : []),
  ];
  return [actions[group.reason]?.(group) ?? '', ...hints].filter((text) => text !== '').join(' ');
}

const actions: Words = {
  'never-published': ({ confidence }) =>
    confidence === 'possible'
      ? 'Correct owner, name and tag, or build and push the image; a pull secret helps only if the image exists and is private.'
      : 'Build and push the image, or correct owner, name and tag; a pull secret won’t help.',
  tag: () => 'Push this tag, or set one that exists.',
  digest: () =>
    'Set a digest that this repository has; a digest from another repository or a deleted push won’t be found here.',
  repository: () => 'Create and push the repository, or correct host, owner and name.',
  unclear: () => 'Push the image, or correct repository and tag.',
  deleted: ({ confidence }) =>
    confidence === 'possible'
      ? 'See whether the registry still has it: if so, give the pods a pull secret; if not, push it again under this name before a pod moves.'
      : 'Push the image again under this name before a pod moves.',
  'side-loaded': () => 'Push the image under this name before a pod moves to another node.',
};

/** The tags to choose from; with several images, each is named. */
function tagHint(ruling: PullRuling, isNamed: boolean): readonly string[] {
  const { tags } = ruling.probe;
  const name = cut(imageName(ruling.probe), 80);
  const instead = tagsInstead(ruling).map((tag) => cut(tag, 60));
  if (instead.length > 0) return [`Did you mean${isNamed ? ` (instead of ${name})` : ''}: ${listed(instead)}.`];
  if (!tags.known || tags.value.length === 0) return [];
  const some = listed(tags.value.slice(-3).map((tag) => cut(tag, 60)));
  const owner = isNamed ? `The repository of ${name}` : 'It';
  return tags.value.length === 1
    ? [`${owner} has only the tag ${some}.`]
    : [`${owner} has ${counted(tags.value.length, 'tag')}, such as ${some}.`];
}

function preventOf({ reason }: PullGroup): NonNullable<Draft['prevent']> {
  return reason === 'deleted'
    ? { sentence: 'Exclude tags that run in a cluster from the registry’s retention rules.' }
    : {
        sentence: 'Have the pipeline check that the reference resolves before it deploys.',
        snippet: 'crane digest "$IMAGE" && kubectl set image deployment/NAME CONTAINER="$IMAGE"',
      };
}
