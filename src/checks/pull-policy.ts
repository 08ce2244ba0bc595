import type { Evidence, Proposal } from '../model/finding/finding.ts';
import { formatImage, pullReference } from '../model/image/image.ts';
import { imageOf, isLatest } from '../model/image/tags.ts';
import type { Snapshot } from '../model/snapshot/snapshot.ts';
import { counted, cut } from '../model/text/words.ts';
import { refusalOf } from './evidence/access.ts';
import { type Draft, defineCheck } from './evidence/check.ts';
import { containersOf } from './evidence/per-snapshot.ts';
import { type PullGroup, type PullRuling, pullGroups } from './evidence/pull.ts';
import { groupText, imageName, pullDraft, waitingText } from './evidence/pull-draft.ts';
import { useOf } from './evidence/seen.ts';
import { runsBeside, verifiesCredentials, verifyingText } from './evidence/verified-copies.ts';

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
  const copies = copiesOf(snapshot, group);
  const verifies = verifiesCredentials(group);
  const pulling = proposePulling(group);
  const { title, conclusion, next } = neverWords[copies](verifies);
  const instead =
    pulling.length > 0 ? ', or set the policy to IfNotPresent so it is pulled.' : `. ${noPullText(group)}`;
  return pullDraft(group, {
    title: `${groupText(group)}: policy Never, ${title}`,
    conclusion: [conclusion, waitingText(group)].filter((text) => text !== '').join(' '),
    next: copies === 'present' ? next : `${next}${instead}`,
    extraEvidence: [...runEvidence(group), ...listEvidence(snapshot, group)],
    proposals: pulling,
  });
}

/** What the nodes of the pods list of the images: a copy of each, none, or nothing that proves either. */
type Copies = 'present' | 'absent' | 'unproven';

interface NeverWords {
  readonly title: string;
  readonly conclusion: string;
  /** Without a full stop where a sentence about the policy follows. */
  readonly next: string;
}

/** By what the nodes list, and whether their kubelets verify credentials. */
const neverWords: Readonly<Record<Copies, (verifies: boolean) => NeverWords>> = {
  present: (verifies) => ({
    title: 'and the kubelet refuses the copy that the node has',
    conclusion: verifies ? verifyingText : 'The node has the image, and the kubelet says that it is not present.',
    next: verifies
      ? 'Give the pods a pull secret that the registry accepts for this image, or load the image onto the nodes before the kubelet starts (imagePullCredentialsVerificationPolicy decides what is verified).'
      : 'Compare the name with the one that the node lists, and restart the kubelet of the node if they are equal: its view of the image store is out of date.',
  }),
  absent: () => ({
    title: "and the node doesn't have the image",
    conclusion: '',
    next: 'Load the image onto every node first',
  }),
  unproven: (verifies) => ({
    title: 'and the kubelet finds no copy on the node that it may use',
    conclusion: verifies ? `The node may still have the image. ${verifyingText}` : '',
    next: 'See whether the node has the image (crictl images). If not, load it onto every node first',
  }),
};

/** A kubelet lists this many images unless it was configured otherwise (`nodeStatusMaxImages`). */
const fullList = 50;

function copiesOf(snapshot: Snapshot, group: PullGroup): Copies {
  const lists = listsOf(snapshot, group);
  if (group.rulings.every((ruling) => runsBeside(ruling).length > 0)) return 'present';
  if (group.rulings.some((ruling) => runsBeside(ruling).length > 0)) return 'unproven';
  if (lists.length === 0) return 'unproven';
  const has = lists.map(({ names, images }) => images.every((image) => names.some((name) => isSame(name, image))));
  if (has.every((one) => one)) return 'present';
  return has.every((one) => !one) && lists.every(({ listed }) => listed < fullList) ? 'absent' : 'unproven';
}

/** What each node of the waiting pods lists, with the images that they wait for there. */
function listsOf({ nodeImages = [] }: Snapshot, { rulings }: PullGroup) {
  return nodeImages.flatMap(({ node, listed, names }) => {
    const images = rulings.flatMap(({ probe, use }) =>
      use.seen.some(({ pod }) => pod.node === node) ? [probe.text] : [],
    );
    return images.length === 0 ? [] : [{ node, listed, names, images }];
  });
}

/** The kubelet writes names as containerd does: with the registry, and with a tag or a digest. */
function isSame(name: string, image: string): boolean {
  const [one, other] = [imageOf(name), imageOf(image)];
  if (one === undefined || other === undefined) return name === image;
  return formatImage(pullReference(one)) === formatImage(pullReference(other));
}

function runEvidence({ rulings }: PullGroup): readonly Evidence[] {
  const [pod] = rulings.flatMap(runsBeside);
  if (pod === undefined) return [];
  return [{ source: 'pod', subject: `pod/${pod.name}`, observed: `runs the image on node ${cut(pod.node ?? '', 80)}` }];
}

function listEvidence(snapshot: Snapshot, group: PullGroup): readonly Evidence[] {
  return listsOf(snapshot, group)
    .slice(0, 3)
    .map(({ node, listed, names, images }) => {
      const found = names.filter((name) => images.some((image) => isSame(name, image)));
      const full = listed >= fullList ? '; a kubelet lists no more, so it may have others' : '';
      return {
        source: 'node',
        subject: `node/${node}`,
        observed:
          found.length === 0
            ? `lists ${counted(listed, 'image')}, and not this one${full}`
            : `lists ${cut(found.join(', '), 200)}`,
      };
    });
}

/** Pulling helps only where the registry would give the image, as far as it was asked. */
function isPullable({ access }: PullRuling): boolean {
  const kind = access.workload?.outcome.kind;
  return kind === undefined || kind === 'found' || kind === 'not-probed';
}

/** Why another policy does not help by itself. */
function noPullText({ rulings: [{ access, probe }] }: PullGroup): string {
  const registry = probe.image.known ? cut(probe.image.value.registry, 80) : 'the registry';
  if (access.workload?.outcome.kind === 'not-found') {
    return `Another policy alone doesn’t help: ${registry} doesn’t have the image.`;
  }
  return refusalOf(access.workload) === undefined
    ? `Another policy alone may not help: ${registry} didn’t answer as a registry should.`
    : `Another policy alone may not help: ${registry} refused the pull with the credentials of the pods.`;
}

function proposePulling({ rulings }: PullGroup): readonly Proposal[] {
  return rulings.filter(isPullable).flatMap(({ probe }) =>
    probe.containers.map((container) => ({
      remedy: 'set-pull-policy',
      params: { container, pullPolicy: 'IfNotPresent' },
      summary: `Set the pull policy of ${container} to IfNotPresent`,
    })),
  );
}
