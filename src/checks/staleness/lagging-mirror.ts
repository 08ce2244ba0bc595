import type { ImageProbe, Snapshot } from '../../model/snapshot/snapshot.ts';
import { cut } from '../../model/text/words.ts';
import { accessOf } from '../evidence/access.ts';
import type { Draft } from '../evidence/check.ts';
import { runsIn } from '../evidence/per-snapshot.ts';
import { imageName } from '../evidence/pull-draft.ts';
import { currentPods } from './history.ts';

/**
 * A mirror still serves an older image for a tag than the registry itself. Nodes ask the mirror first, so pods that
 * were restarted to get the new image got the old one; without a restart so far, the next one will.
 */
export function* laggingMirror(snapshot: Snapshot, probe: ImageProbe, container: string): Iterable<Draft> {
  const { workload, mirrors } = accessOf(probe);
  if (workload?.outcome.kind !== 'found') return;
  const now = workload.outcome.digest;
  for (const { via, outcome } of mirrors) {
    if (outcome.kind !== 'found' || outcome.digest === now) continue;
    const names = new Set(currentPods(snapshot, container, probe.text).map(({ name }) => name));
    const runs = runsIn(snapshot, container).some(
      (run) => run.digest === outcome.digest && run.pods.some((pod) => names.has(pod)),
    );
    if (!runs) continue;
    const host = cut(via.host, 80);
    yield {
      status: snapshot.template.restartedAt === undefined ? 'warn' : 'fail',
      cause: 'stale_image',
      confidence: 'likely',
      title: `The mirror ${host} serves a different image for ${imageName(probe)} than its registry (container ${container})`,
      containers: [container],
      images: [probe.text],
      evidence: [
        { source: 'registry', subject: host, observed: `${imageName(probe)} is ${outcome.digest}, which the pods run` },
        { source: 'registry', subject: imageName(probe), observed: `the registry itself says ${now}` },
      ],
      conclusion: 'Nodes ask the mirror first, so a restart gets the mirror’s image again.',
      next: `Purge the tag from the mirror ${host}, or set the image by digest: ${now}.`,
      prevent: {
        sentence: 'Have the mirror revalidate tags at each pull, and deploy by digest or with a tag per build.',
      },
    };
    return;
  }
}
