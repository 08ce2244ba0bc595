import { explainText } from '../../explain/explain.ts';
import type { Evidence, Proposal } from '../../model/finding/finding.ts';
import { familiarImage, formatImage, pullReference } from '../../model/image/image.ts';
import { imageOf, ownerOf } from '../../model/image/tags.ts';
import type { ImageProbe } from '../../model/snapshot/snapshot.ts';
import { containersText, counted, cut, distinct, listed } from '../../model/text/words.ts';
import { formatWorkload } from '../../model/workload/workload.ts';
import { attemptEvidence, confidenceInAbsence } from './access.ts';
import type { Draft } from './check.ts';
import { nearImages } from './near.ts';
import type { PullGroup, PullRuling } from './pull.ts';
import { secretEvidence } from './pull-secrets.ts';
import { saidEvidence } from './said.ts';
import { isImageQuestion } from './seen.ts';

/** The sentences that a check adds to what every finding about a pull has. */
export type PullWords = Pick<Draft, 'title' | 'next'> &
  Partial<Pick<Draft, 'conclusion' | 'prevent' | 'proposals' | 'near'>> & {
    readonly extraEvidence?: readonly Evidence[];
  };

/** A finding about a pull: the check's sentences with the containers, images and evidence of the group. */
export function pullDraft(group: PullGroup, words: PullWords): Draft {
  const { extraEvidence = [], ...sentences } = words;
  const { status, cause, confidence, rulings, masked } = group;
  const conclusion =
    masked === true
      ? `The mirror's error hides the registry's own answer. ${words.conclusion ?? ''}`.trim()
      : words.conclusion;
  return {
    ...sentences,
    ...(conclusion === undefined ? {} : { conclusion }),
    status: status === 'pass' ? 'unknown' : status,
    cause,
    confidence,
    containers: groupContainers(group),
    images: rulings.map(({ probe }) => probe.text),
    evidence: [...groupEvidence(group), ...extraEvidence],
    ...othersWith(group),
  };
}

/**
 * Other workloads of the namespace that use one of the same images, or whose pulls fail with the same kubelet message.
 */
function othersWith(group: PullGroup): Pick<Draft, 'alsoAffects' | 'alsoImages'> {
  const [{ snapshot }] = group.rulings;
  const images = new Set(group.rulings.map(({ probe }) => probe.text));
  if (!snapshot.neighbours.known) return {};
  const concerned = snapshot.neighbours.value.flatMap(({ ref, containers, pullFailures = [] }) => {
    const alike = pullFailures.filter((failure) => isAlike(failure, group)).map(({ image }) => image);
    return containers
      .filter(({ image }) => images.has(image) || alike.includes(image))
      .map(({ name, image }) => ({ workload: formatWorkload(ref), container: name, image }));
  });
  return {
    alsoAffects: concerned.map(({ workload }) => workload),
    alsoImages: concerned.map((one) => ({ ...one, near: [...nearTo(one.image, group)] })),
  };
}

/** The same refusal for an image of the same owner; a quota applies to the whole registry. */
function isAlike(
  { image, message }: { readonly image: string; readonly message: string },
  { rulings }: PullGroup,
): boolean {
  const parsed = imageOf(image);
  if (parsed === undefined) return false;
  const { cause } = explainText(message, { host: parsed.registry });
  return rulings.some(({ probe, said, owner }) => {
    if (!probe.image.known || probe.image.value.registry !== parsed.registry) return false;
    const isSaid = said.some((one) => one.cause === cause) && cause !== 'unknown' && cause !== 'backoff_only';
    return isSaid && (owner === 'rate-limited' || ownerOf(probe.image.value) === ownerOf(parsed));
  });
}

/** Names used in the cluster that are similar to the missing one. */
function nearTo(image: string, { rulings: [{ snapshot, owner }] }: PullGroup): readonly string[] {
  const parsed = imageOf(image);
  return parsed === undefined || owner !== 'image-missing' ? [] : nearImages(snapshot, parsed);
}

/** Containers of all images of the group, each once. */
export function groupContainers({ rulings }: PullGroup): string[] {
  return [...distinct(rulings.flatMap(({ probe }) => probe.containers))];
}

/** `ghcr.io/acme/web:1 (container web)`, short enough for a title. */
export function groupText(group: PullGroup): string {
  const images = group.rulings.map(({ probe }) => cut(imageName(probe), 120));
  if (isImageQuestion(group.rulings[0].snapshot)) return listed(images);
  return `${listed(images)} (${containersText(groupContainers(group).map((name) => cut(name, 40)))})`;
}

/** The registry that all images of the group belong to. */
export function groupRegistry({ rulings: [{ probe }] }: PullGroup): string {
  return probe.image.known ? cut(probe.image.value.registry, 80) : 'the registry';
}

/** What else "not found" means where the registry may be a cache of another one; empty where it is none. */
export function cacheHint(group: PullGroup): string {
  const [{ probe }] = group.rulings;
  if (confidenceInAbsence(probe) === 'certain') return '';
  return `If ${groupRegistry(group)} is a pull-through cache or proxy, look at its upstream first: it also answers "not found" when its upstream fails, limits it or refuses its credential.`;
}

/** The image reference as people write it; without a tag, `latest` is what is pulled. */
export function imageName(probe: ImageProbe): string {
  if (!probe.image.known) return probe.text;
  const { value } = probe.image;
  return familiarImage(value.digest === undefined ? pullReference(value) : value);
}

/**
 * What the pods reported, what the registry answered to which identity, and the state of the secrets, shared evenly
 * among the images of the group.
 */
function groupEvidence({ rulings }: PullGroup): readonly Evidence[] {
  const single = rulings.length === 1;
  const [{ snapshot, secrets }] = rulings;
  const aboutAccess = rulings.some(({ owner }) => owner.startsWith('pull-secret') || owner === 'access-denied');
  return [
    ...rulings.slice(0, 3).flatMap(({ said }) => saidEvidence(said, single ? 2 : 1)),
    ...rulings.slice(0, 3).flatMap(({ probe }) => attemptEvidence(probe, single ? 4 : 2, secrets.unread.length > 0)),
    ...(aboutAccess ? secretEvidence(secrets, snapshot) : []),
    ...rulings
      .slice(0, 1)
      .flatMap(({ probe, use }): readonly Evidence[] =>
        (probe.image.known && use.use !== 'untried') || isImageQuestion(snapshot)
          ? []
          : [{ source: 'spec', subject: containersText(probe.containers), observed: `image: ${probe.text}` }],
      ),
  ];
}

/** `2 of 3 pods wait for it.`; empty if no pod waits. */
export function waitingText({ rulings }: PullGroup): string {
  const failing = rulings.filter(({ use }) => use.use === 'failing');
  const waiting = new Set(failing.flatMap(({ use }) => use.seen.map(({ pod }) => pod.name))).size;
  const all = Math.max(0, ...failing.map(({ use }) => use.podCount));
  if (waiting === 0) return '';
  if (waiting >= all) return `${counted(waiting, 'pod')} can't start.`;
  return `${waiting} of ${counted(all, 'pod')} can't start.${onOneNode(failing)}`;
}

/** If the pods of one node fail while others have the image, the node may be the cause. */
function onOneNode(failing: readonly PullRuling[]): string {
  const nodes = distinct(failing.flatMap(({ use }) => use.seen.flatMap(({ pod }) => pod.node ?? [])));
  const [node] = nodes;
  return node === undefined || nodes.length > 1 ? '' : ` All of them are on node ${cut(node, 80)}.`;
}

/** A proposal to attach a pull secret for the group's registry. */
export function proposePullSecret(group: PullGroup): Proposal {
  const [{ snapshot }] = group.rulings;
  const registry = groupRegistry(group);
  return {
    remedy: 'add-pull-secret',
    params: { registry, namespace: snapshot.workload.ref.namespace, serviceAccount: snapshot.template.serviceAccount },
    summary: `Create or renew a pull secret for ${registry} and attach it to service account ${snapshot.template.serviceAccount}`,
  };
}

/** A proposal to set another tag of the same repository for each container that uses the image. */
export function setTag(probe: ImageProbe, tag: string): readonly Proposal[] {
  if (!probe.image.known) return [];
  const { registry, repository } = probe.image.value;
  const image = formatImage({ registry, repository, tag });
  return probe.containers.map((container) => ({
    remedy: 'set-image',
    params: { container, image },
    summary: `Set ${container} to ${image}`,
  }));
}
