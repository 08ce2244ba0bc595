import type { Confidence, Evidence, Proposal } from '../../model/finding/finding.ts';
import { formatImage, type ImageRef } from '../../model/image/image.ts';
import { imageOf, isMovingTag, isRelease, ownerOf } from '../../model/image/tags.ts';
import type { ImageProbe, Pod, RunningImage, Snapshot } from '../../model/snapshot/snapshot.ts';
import { containersText, counted, distinct, shortDigest } from '../../model/text/words.ts';
import { formatWorkload } from '../../model/workload/workload.ts';
import type { Draft, Note } from '../evidence/check.ts';
import { containersOf, runsIn } from '../evidence/per-snapshot.ts';
import { imageName } from '../evidence/pull-draft.ts';
import { dateText, spanText } from '../evidence/time.ts';
import { currentPods, historyMoments, inTimeOrder, namingOf, type Restart, restartAfter } from './history.ts';
import { buildMoments, type NewerPush, newestOther, ownBuild, pushNoun, pushText, revisionText } from './newer-push.ts';

/** A restart soon after a push was most likely meant to bring the pushed image. */
const soonMs = 24 * 60 * 60_000;
const replicated = new Set(['Deployment', 'StatefulSet', 'DaemonSet']);

/**
 * The template names an older tag than the newest push of the same repository, and the pods were restarted after that
 * push, which cannot bring it. An older tag alone is a version that someone pinned.
 */
export function* olderTag(snapshot: Snapshot, probe: ImageProbe): Iterable<Draft | Note> {
  if (!probe.image.known || probe.image.value.digest !== undefined || !replicated.has(snapshot.workload.ref.kind))
    return;
  for (const { name } of containersOf(snapshot, probe)) {
    const pods = currentPods(snapshot, name, probe.text);
    const own = new Set(pods.map((pod) => pod.name));
    const running = runsIn(snapshot, name).filter((run) => run.pods.some((pod) => own.has(pod)));
    const push = newestOther(probe, running);
    if (push === undefined || pods.length === 0) continue;
    const judged = judge(snapshot, probe, name, pods, running, push);
    if (judged === undefined) continue;
    if (judged === 'pinned') {
      yield {
        note: `${imageName(probe)} is not the newest ${pushNoun(push)} of its repository (${pushText(push)}, ${push.verb} ${dateText(push.at)}); assumed to be pinned on purpose.`,
      };
    } else yield stale(snapshot, probe, name, pods, running, push, judged);
  }
}

interface Judged {
  readonly status: 'fail' | 'warn';
  readonly confidence: Confidence;
  readonly restart: Restart | undefined;
}

function judge(
  snapshot: Snapshot,
  probe: ImageProbe,
  container: string,
  pods: readonly Pod[],
  running: readonly RunningImage[],
  push: NewerPush,
): Judged | 'pinned' | undefined {
  const asked = snapshot.template.restartedAt !== undefined;
  if (push.atMs === undefined) {
    // Nothing orders the two builds; only a tag that is moved by habit deserves a remark after a restart.
    const moved = isMovingTag({ registry: '', repository: '', tag: push.candidate.tag });
    const release = probe.image.known && isRelease(probe.image.value.tag ?? 'latest');
    return asked && moved && !release ? { status: 'warn', confidence: 'possible', restart: undefined } : undefined;
  }
  const own = ownBuild(probe, running);
  const naming = namingOf(snapshot, container);
  if (own !== undefined && own.atMs >= push.atMs) return undefined;
  // Chosen after the newer push was available: a rollback, or a version that someone chose.
  if (naming !== undefined && !naming.orEarlier && naming.sinceMs > push.atMs) return 'pinned';
  const namedBefore = naming !== undefined && naming.sinceMs <= push.atMs;
  if (own === undefined && !namedBefore) return 'pinned';
  const restart = restartAfter(snapshot, pods, push.atMs);
  if (restart === undefined) return 'pinned';
  return weigh(probe, push, restart, namedBefore, own !== undefined);
}

function weigh(
  probe: ImageProbe,
  push: NewerPush,
  restart: Restart,
  namedBefore: boolean,
  ordered: boolean,
): Judged | 'pinned' {
  const tag = probe.image.known ? (probe.image.value.tag ?? 'latest') : 'latest';
  const soon = restart.atMs - (push.atMs ?? 0) <= soonMs;
  // Releases are pinned on purpose, and pods of pinned releases are restarted for many reasons.
  if (isRelease(tag))
    return restart.how === 'restart' && soon ? { status: 'fail', confidence: 'likely', restart } : 'pinned';
  if (!namedBefore && restart.how !== 'restart') return 'pinned';
  if (restart.how !== 'restart' && !soon) return { status: 'fail', confidence: 'possible', restart };
  const sure = namedBefore && ordered && restart.how !== 'rollout';
  return { status: 'fail', confidence: sure ? 'certain' : 'likely', restart };
}

function stale(
  snapshot: Snapshot,
  probe: ImageProbe,
  container: string,
  pods: readonly Pod[],
  running: readonly RunningImage[],
  push: NewerPush,
  { status, confidence, restart }: Judged,
): Draft {
  const [run] = running;
  const digest = run === undefined ? '' : ` (${shortDigest(run.digest)})`;
  const own = ownBuild(probe, running);
  return {
    status,
    cause: 'stale_image',
    confidence,
    title: titleOf(snapshot, probe, container, pods, push, own?.atMs),
    containers: [container],
    images: [probe.text],
    evidence: staleEvidence(snapshot, probe, container, pods, running, push),
    conclusion: conclusionOf(probe, push, restart),
    timeline: inTimeOrder([
      ...buildMoments(probe, running, push),
      ...historyMoments(snapshot, container, pods, restart === undefined ? '' : `, same digest${digest}`),
    ]),
    next: nextOf(snapshot, container, push),
    prevent: {
      sentence:
        'Tag each build by its commit and let the pipeline set that tag, so that a deployment changes the template.',
      snippet: `TAG=$(git rev-parse --short HEAD)\nkubectl set image ${formatWorkload(snapshot.workload.ref)} ${container}=${repositoryOf(probe)}:$TAG -n ${snapshot.workload.ref.namespace}`,
    },
    proposals: proposalsOf(probe, container, push),
    alsoAffects: neighboursAlike(snapshot, probe),
  };
}

function titleOf(
  { workload }: Snapshot,
  probe: ImageProbe,
  container: string,
  pods: readonly Pod[],
  push: NewerPush,
  ownMs: number | undefined,
): string {
  const { candidate, atMs } = push;
  const who = pods.length === 1 ? 'The pod' : `All ${pods.length} pods`;
  const verb = pods.length === 1 ? 'runs' : 'run';
  const age = ownMs === undefined || atMs === undefined ? '' : `${spanText(atMs - ownMs)} older than `;
  return `${who} of ${formatWorkload(workload.ref)} ${verb} ${imageName(probe)}, ${age === '' ? 'not' : age.trim()} the newest ${pushNoun(push)} :${candidate.tag} (container ${container})`;
}

function conclusionOf(probe: ImageProbe, push: NewerPush, restart: Restart | undefined): string {
  const tag = probe.image.known ? (probe.image.value.tag ?? 'latest') : 'latest';
  if (restart === undefined) {
    return `The template still names :${tag}; neither build has a build time, so which one is newer is unknown.`;
  }
  const what = { restart: 'The restart', recreation: 'Recreating the pods', rollout: 'The rollout' }[restart.how];
  return `${what} came after the newer image was ${push.verb} and left the digest unchanged: the template still names :${tag}. Restarting won't help; the image must be set.`;
}

function nextOf({ workload }: Snapshot, container: string, push: NewerPush): string {
  const { candidate } = push;
  const [owner] = workload.owners;
  const above =
    owner === undefined
      ? ''
      : ` ${owner.kind}/${owner.name} owns this ${workload.ref.kind}: change it there, or the change will be undone.`;
  return `Set ${container} to the newest ${pushNoun(push)} (${candidate.tag}, ${shortDigest(candidate.digest)}), if that is what should be running.${above}`;
}

function staleEvidence(
  snapshot: Snapshot,
  probe: ImageProbe,
  container: string,
  pods: readonly Pod[],
  running: readonly RunningImage[],
  push: NewerPush,
): Evidence[] {
  const own = ownBuild(probe, running);
  return [
    {
      source: 'spec',
      subject: formatWorkload(snapshot.workload.ref),
      observed: `${containersText([container])}: image ${probe.text}`,
    },
    ...running.slice(0, 2).map(
      (run): Evidence => ({
        source: 'pod',
        subject: counted(pods.length, 'pod'),
        observed: `run ${run.digest}${revisionText(run.config.known ? run.config.value.revision : undefined)}${own === undefined ? '' : `, built ${dateText(own.at)}`}`,
      }),
    ),
    {
      source: 'registry',
      subject: `${repositoryOf(probe)}:${push.candidate.tag}`,
      observed: `${push.candidate.digest}${revisionText(push.candidate.revision)}${push.atMs === undefined ? ', build time not known' : `, ${push.verb} ${dateText(push.at)}`}`,
    },
  ];
}

function repositoryOf(probe: ImageProbe): string {
  return probe.image.known ? formatImage(nameOnly(probe.image.value)) : probe.text;
}

function nameOnly({ registry, repository }: ImageRef): ImageRef {
  return { registry, repository };
}

function proposalsOf(probe: ImageProbe, container: string, push: NewerPush): Proposal[] {
  const { candidate } = push;
  if (!probe.image.known) return [];
  const name = nameOnly(probe.image.value);
  const byDigest = formatImage({ ...name, digest: candidate.digest });
  const byTag = formatImage({ ...name, tag: candidate.tag });
  return [
    {
      remedy: 'set-image',
      params: { container, image: byDigest },
      summary: `Set ${container} to its newest ${pushNoun(push)}, ${name.repository}@${shortDigest(candidate.digest)}`,
    },
    isMovingTag({ ...name, tag: candidate.tag })
      ? {
          remedy: 'set-image',
          params: { container, image: byTag, pullPolicy: 'Always' },
          summary: `Set ${container} to :${candidate.tag} with pull policy Always`,
        }
      : { remedy: 'set-image', params: { container, image: byTag }, summary: `Set ${container} to :${candidate.tag}` },
  ];
}

/** Workloads of the namespace that use the same old tag of the same owner: usually deployed together. */
function neighboursAlike({ neighbours }: Snapshot, probe: ImageProbe): readonly string[] {
  if (!neighbours.known || !probe.image.known) return [];
  const own = probe.image.value;
  const alike = neighbours.value.filter(({ containers }) =>
    containers.some(({ image }) => {
      const other = imageOf(image);
      return (
        other !== undefined && other.digest === undefined && other.tag === own.tag && ownerOf(other) === ownerOf(own)
      );
    }),
  );
  return distinct(alike.map(({ ref }) => formatWorkload(ref)));
}
