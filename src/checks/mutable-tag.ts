import { isMovingTag } from '../model/image/tags.ts';
import type { Snapshot } from '../model/snapshot/snapshot.ts';
import { distinct, listed } from '../model/text/words.ts';
import { defineCheck } from './evidence/check.ts';
import { imageName } from './evidence/pull-draft.ts';
import { useOf } from './evidence/seen.ts';
import { taggedRunsOf } from './staleness/moved-tag.ts';

/** A tag that is moved by habit and has already moved under the pods; otherwise one note for all such tags. */
export const mutableTag = defineCheck({
  id: 'mutable-tag',
  *run(snapshot) {
    const harmless: string[] = [];
    for (const probe of snapshot.images) {
      if (!probe.image.known || !isMovingTag(probe.image.value) || useOf(snapshot, probe).use !== 'runs') continue;
      const moved = probe.containers.filter((container) => hasMoved(snapshot, container, probe));
      if (moved.length === 0) {
        harmless.push(imageName(probe));
        continue;
      }
      yield {
        status: 'warn',
        cause: 'mutable_tag',
        confidence: 'certain',
        title: `${imageName(probe)} is a moving tag: which image runs depends on when a pod starts`,
        containers: moved,
        images: [probe.text],
        evidence: [
          {
            source: 'registry',
            subject: imageName(probe),
            observed: `names ${probe.digest.known ? probe.digest.value : 'another digest'} now, which isn't what all pods run`,
          },
        ],
        next: 'Deploy a tag per build, or the digest.',
      };
    }
    if (harmless.length > 0)
      yield { note: `${listed(distinct(harmless))}: a moving tag; a restart may bring a different image.` };
  },
});

function hasMoved(snapshot: Snapshot, container: string, probe: Snapshot['images'][number]): boolean {
  return taggedRunsOf(snapshot, probe, container).some(({ sameness }) => sameness === 'other');
}
