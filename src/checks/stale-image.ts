import type { ImageProbe, Snapshot } from '../model/snapshot/snapshot.ts';
import { containersText, cut, listed } from '../model/text/words.ts';
import { accessOf, outcomeText } from './evidence/access.ts';
import { type Draft, defineCheck, type Note } from './evidence/check.ts';
import { groupBy } from './evidence/grouping.ts';
import { imageName } from './evidence/pull-draft.ts';
import { rewrittenContainers } from './evidence/rewritten.ts';
import { useOf } from './evidence/seen.ts';
import { laggingMirror } from './staleness/lagging-mirror.ts';
import { disagreement, movedTag, taggedRunsOf } from './staleness/moved-tag.ts';
import { olderTag } from './staleness/older-tag.ts';
import { stuckRollout } from './staleness/stuck-rollout.ts';

/**
 * The pods run an image other than the intended one: the tag was moved, the pods disagree, the template changed and the
 * pods did not, or the template names an older tag and restarts cannot help.
 */
export const staleImage = defineCheck({
  id: 'stale-image',
  *run(snapshot) {
    for (const { container, templateImage, podImage } of rewrittenContainers(snapshot)) {
      yield { note: `Container ${container}: admission rewrote ${cut(templateImage, 120)} to ${cut(podImage, 120)}.` };
    }
    yield* stuckRollout(snapshot);
    const open: Open[] = [];
    for (const probe of snapshot.images) {
      if (useOf(snapshot, probe).use !== 'runs') continue;
      const conclusions = [...staleness(snapshot, probe)];
      yield* conclusions;
      const why = notCompared(snapshot, probe);
      if (why !== undefined && !conclusions.some(isDraft)) open.push({ probe, why });
    }
    yield* groupBy(open, ({ why }) => why).map(([first, ...rest]) => unknownDraft(first.why, [first, ...rest]));
  },
});

function isDraft(conclusion: Draft | Note): conclusion is Draft {
  return 'status' in conclusion;
}

interface Open {
  readonly probe: ImageProbe;
  readonly why: string;
}

function* staleness(snapshot: Snapshot, probe: ImageProbe): Iterable<Draft | Note> {
  // A digest cannot be stale: the node verified the content against it.
  if (!probe.image.known || probe.image.value.digest !== undefined) return;
  for (const container of probe.containers) {
    yield* disagreement(snapshot, probe, container);
    const lagging = [...laggingMirror(snapshot, probe, container)];
    yield* lagging.length > 0 ? lagging : movedTag(snapshot, probe, container);
  }
  yield* olderTag(snapshot, probe);
}

/**
 * Why a running tag could not be compared with its registry; undefined if it could, or if the registry only refuses
 * anonymous requests (the pods run, so the nodes have a credential, and access-denied reports it).
 */
function notCompared(snapshot: Snapshot, probe: ImageProbe): string | undefined {
  if (!probe.image.known || probe.image.value.digest !== undefined) return undefined;
  const states = useOf(snapshot, probe).seen.map(({ state }) => state);
  if (states.every(({ pullPolicy }) => pullPolicy === 'Never')) return undefined;
  if (!probe.digest.known) {
    const outcome = accessOf(probe).workload?.outcome;
    if (outcome === undefined) return `the registry wasn't asked: ${probe.digest.why}`;
    const refused = outcome.kind === 'unauthorized' || outcome.kind === 'forbidden' || outcome.kind === 'not-found';
    return refused ? undefined : `${probe.image.value.registry}: ${outcomeText(outcome)}`;
  }
  const unclear = probe.containers
    .flatMap((container) => taggedRunsOf(snapshot, probe, container))
    .find(({ sameness }) => sameness === 'unclear');
  return unclear === undefined ? undefined : `${probe.image.value.registry}: ${unclear.unclear}`;
}

function unknownDraft(why: string, open: readonly Open[]): Draft {
  const images = open.map(({ probe }) => imageName(probe));
  const containers = open.flatMap(({ probe }) => probe.containers);
  return {
    status: 'unknown',
    cause: 'stale_image',
    confidence: 'possible',
    title: `Couldn't check whether ${listed(images)} is up to date (${containersText(containers)})`,
    containers,
    images: open.map(({ probe }) => probe.text),
    evidence: [{ source: 'registry', subject: listed(images), observed: why }],
    next: 'The pods are running. Let imagecheck reach the registry so it can compare the running image with the tag.',
  };
}
