import type { Confidence, Evidence, Proposal } from '../../model/finding/finding.ts';
import { formatImage } from '../../model/image/image.ts';
import type { ImageProbe, Pod, RunningImage, Snapshot } from '../../model/snapshot/snapshot.ts';
import { counted, listed, shortDigest } from '../../model/text/words.ts';
import type { Draft } from '../evidence/check.ts';
import { compareRunning } from '../evidence/digests.ts';
import { eventsNaming, runsIn } from '../evidence/per-snapshot.ts';
import { imageName } from '../evidence/pull-draft.ts';
import { nodeOfPod } from '../evidence/seen.ts';
import { buildMillisOf, dateText, millisOf } from '../evidence/time.ts';
import { currentSeen, historyMoments, inTimeOrder } from './history.ts';
import { revisionText } from './newer-push.ts';

/** A digest that pods of the current revision run under one tag. */
export interface Run {
  readonly running: RunningImage;
  readonly pods: readonly Pod[];
  readonly sameness: 'same' | 'other' | 'unclear';
  readonly unclear: string;
}

/** What the pods of a container run, compared with the image that the tag currently names. */
export function taggedRunsOf(snapshot: Snapshot, probe: ImageProbe, container: string): readonly Run[] {
  const current = new Map(currentSeen(snapshot, container, probe.text).map((seen) => [seen.pod.name, seen]));
  return runsIn(snapshot, container).flatMap((running): readonly Run[] => {
    const names = new Set(running.pods.filter((name) => current.has(name)));
    if (names.size === 0) return [];
    const seen = [...names].flatMap((name) => current.get(name) ?? []);
    const own = seen.map(({ pod }) => pod);
    const compared = compareRunning(
      running,
      probe,
      seen.map(({ state }) => state.imageId),
    );
    if (typeof compared !== 'string') return [{ running, pods: own, sameness: 'unclear', unclear: compared.unclear }];
    // CRI-O may report a digest that does not exist anywhere (docs/facts/runtimes.md#image-ids), so a difference
    // proves nothing.
    const loose = own.some((pod) => nodeOfPod(snapshot, pod)?.runtime.startsWith('cri-o') === true);
    if (compared === 'other' && loose && !running.manifest.known) {
      return [
        {
          running,
          pods: own,
          sameness: 'unclear',
          unclear: 'CRI-O reports a digest that the registry doesn’t have',
        },
      ];
    }
    return [{ running, pods: own, sameness: compared, unclear: '' }];
  });
}

/** Pods of one revision that run different images under the same reference. */
export function* disagreement(snapshot: Snapshot, probe: ImageProbe, container: string): Iterable<Draft> {
  const runs = taggedRunsOf(snapshot, probe, container).filter(({ sameness }) => sameness !== 'unclear');
  const others = runs.filter(({ sameness }) => sameness === 'other');
  if (others.length === 0 || distinctImages(runs) < 2) return;
  yield {
    ...common(snapshot, probe, container, runs),
    status: 'fail',
    confidence: others.every(({ running }) => running.config.known) ? 'certain' : 'likely',
    title: `Pods disagree: ${imageName(probe)} is ${runs.length} different images (container ${container})`,
    conclusion: 'The tag moved between pod starts; each node keeps what it pulled.',
    next: 'Decide which image is meant, and set it by digest so all pods agree.',
    proposals: pinProposals(probe, container),
  };
}

function distinctImages(runs: readonly Run[]): number {
  return new Set(
    runs.map(({ sameness, running }) =>
      sameness === 'same' ? 'same' : running.config.known ? running.config.value.digest : running.digest,
    ),
  ).size;
}

/** All pods agree on an image, but the tag now names another one. */
export function* movedTag(snapshot: Snapshot, probe: ImageProbe, container: string): Iterable<Draft> {
  const runs = taggedRunsOf(snapshot, probe, container);
  const [run] = runs;
  if (run === undefined || runs.some(({ sameness }) => sameness !== 'other') || distinctImages(runs) > 1) return;
  const pods = runs.flatMap((each) => each.pods);
  const { status, confidence, because } = judgeMove(snapshot, probe, container, pods, run);
  yield {
    ...common(snapshot, probe, container, runs),
    status,
    confidence,
    title:
      status === 'fail'
        ? `${imageName(probe)} now points to another image, and ${pods.length === 1 ? 'the pod still runs' : 'the pods still run'} the old one (container ${container})`
        : `${imageName(probe)} now points to a different image from the one the pods run (container ${container})`,
    conclusion: because,
    next:
      status === 'fail'
        ? 'Set the image by digest, or set the pull policy to Always and restart; a restart alone uses the node’s copy again.'
        : 'Restart the workload if you want the image the tag points to now; otherwise pin the running digest.',
    proposals:
      status === 'fail'
        ? [
            ...pinProposals(probe, container),
            {
              remedy: 'force-repull',
              params: { containers: [container] },
              summary: `Set policy Always for ${container} and restart`,
            },
          ]
        : [],
  };
}

interface Move {
  readonly status: 'fail' | 'warn';
  readonly confidence: Confidence;
  readonly because: string;
}

/** It is a failure only for pods that started after the new image was available and still got the old one. */
function judgeMove(
  snapshot: Snapshot,
  probe: ImageProbe,
  container: string,
  pods: readonly Pod[],
  { running }: Run,
): Move {
  const sure = running.config.known ? 'certain' : 'likely';
  const builtMs = buildMillisOf(probe.configs.known ? probe.configs.value[0]?.created : undefined);
  const starts = pods.flatMap((pod) => millisOf(pod.createdAt) ?? []);
  const after = builtMs !== undefined && starts.length > 0 && starts.every((ms) => ms > builtMs);
  const ownMs = buildMillisOf(running.config.known ? running.config.value.created : undefined);
  if (builtMs !== undefined && ownMs !== undefined && ownMs > builtMs) {
    return {
      status: 'warn',
      confidence: sure,
      because: 'The tag now points to an older build than the running one: the tag was moved back, at an unknown time.',
    };
  }
  if (!after) {
    return {
      status: 'warn',
      confidence: sure,
      because: 'The tag moved after the pods started; they keep what they pulled until they are recreated.',
    };
  }
  const own = new Set(pods);
  const states = currentSeen(snapshot, container, probe.text).filter(({ pod }) => own.has(pod));
  if (states.every(({ state }) => state.pullPolicy === 'Always')) {
    return {
      status: 'warn',
      confidence: 'likely',
      because: 'The pods resolved the tag when they started (policy Always), so it moved after that.',
    };
  }
  if (pulledAnew(snapshot, probe, pods)) {
    return {
      status: 'warn',
      confidence: 'likely',
      because: 'The pods pulled the image when they started, so the tag moved after that.',
    };
  }
  return {
    status: 'fail',
    // A build may be older than the moment the tag was moved to it (promotion), so the order is never certain.
    confidence: 'likely',
    because: usedCopy(snapshot, probe, pods)
      ? 'The pods were created after the new image was built, and their node used the copy it already had.'
      : 'The pods were created after the new image was built; the pull policy lets a node keep the copy it already has.',
  };
}

function pulledAnew(snapshot: Snapshot, probe: ImageProbe, pods: readonly Pod[]): boolean {
  return pulledEvents(snapshot, probe, pods).some((message) => message.startsWith('Successfully pulled'));
}

function usedCopy(snapshot: Snapshot, probe: ImageProbe, pods: readonly Pod[]): boolean {
  return pulledEvents(snapshot, probe, pods).some((message) => message.includes('already present on machine'));
}

function pulledEvents(snapshot: Snapshot, probe: ImageProbe, pods: readonly Pod[]): readonly string[] {
  return pods
    .flatMap(({ name }) => eventsNaming(snapshot, name, probe.text))
    .filter(({ reason }) => reason === 'Pulled')
    .map(({ message }) => message);
}

function common(snapshot: Snapshot, probe: ImageProbe, container: string, runs: readonly Run[]) {
  const created = probe.configs.known ? probe.configs.value[0]?.created : undefined;
  const builtNow = buildMillisOf(created) === undefined ? undefined : created;
  const [config] = probe.configs.known ? probe.configs.value : [];
  const pods = runs.flatMap((run) => run.pods);
  const now: readonly Evidence[] = probe.digest.known
    ? [
        {
          source: 'registry',
          subject: imageName(probe),
          observed: `names ${probe.digest.value}${revisionText(config?.revision)}${builtNow === undefined ? '' : `, built ${dateText(builtNow)}`}`,
        },
      ]
    : [];
  return {
    cause: 'stale_image' as const,
    containers: [container],
    images: [probe.text],
    evidence: [...now, ...runs.slice(0, 4).map((run) => runEvidence(run))],
    timeline: inTimeOrder([
      ...(builtNow === undefined ? [] : [{ at: builtNow, what: `${imageName(probe)} current build` }]),
      ...historyMoments(snapshot, container, pods, ''),
    ]),
    prevent: {
      sentence: 'Never reuse a tag: tag by commit, or deploy the digest of the push.',
      snippet: 'image: REPOSITORY@sha256:DIGEST',
    },
  };
}

function runEvidence({ running, pods }: Run): Evidence {
  const { config } = running;
  const built = config.known && buildMillisOf(config.value.created) !== undefined ? config.value.created : undefined;
  return {
    source: 'pod',
    subject: `${counted(pods.length, 'pod')}: ${listed(pods.map(({ name }) => name))}`,
    observed: `run ${running.digest}${revisionText(config.known ? config.value.revision : undefined)}${built === undefined ? '' : `, built ${dateText(built)}`}`,
  };
}

function pinProposals(probe: ImageProbe, container: string): readonly Proposal[] {
  if (!probe.image.known || !probe.digest.known) return [];
  const { registry, repository } = probe.image.value;
  const image = formatImage({ registry, repository, digest: probe.digest.value });
  return [
    {
      remedy: 'set-image',
      params: { container, image },
      summary: `Set ${container} to what the tag points to now, ${repository}@${shortDigest(probe.digest.value)}`,
    },
  ];
}
