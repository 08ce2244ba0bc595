import type { ImageProbe, Pod, Snapshot } from '../../model/snapshot/snapshot.ts';
import { valueAt } from './lookup.ts';
import { perSnapshot, templateContainer } from './per-snapshot.ts';
import { livePods, seenContainers } from './seen.ts';

/**
 * A container whose pods have a different image from the template they were created from, because admission rewrote it.
 */
export interface Rewritten {
  readonly container: string;
  readonly templateImage: string;
  readonly podImage: string;
}

/** Kinds whose pods can only come from the current template. */
const fixedTemplates = new Set(['Job', 'Pod']);

/** Whether this pod was created from the current template; undefined if unknown. */
export function isCurrent(snapshot: Snapshot, pod: Pod): boolean | undefined {
  const { workload, revisions } = snapshot;
  if (fixedTemplates.has(workload.ref.kind)) return true;
  if (!revisions.known || pod.revision === undefined) return undefined;
  const [newest] = revisions.value;
  if (newest === undefined) return undefined;
  return newest.name === pod.revision && hasTemplate(snapshot);
}

/** Whether the newest revision is the template: a paused Deployment, and one changed just now, have none of it yet. */
const hasTemplate = perSnapshot(({ revisions, template }) => {
  const [newest] = revisions.known ? revisions.value : [];
  if (newest === undefined) return false;
  return template.containers.every(({ name, image }) => (valueAt(newest.images, name) ?? image) === image);
});

/** Whether admission replaces this image with another one, so that this one is never pulled. */
export function isRewritten(snapshot: Snapshot, { text }: Pick<ImageProbe, 'text'>): boolean {
  return rewrittenImages(snapshot).has(text);
}

/** Containers whose image admission rewrote, each once. A pod of an older revision does not count. */
export const rewrittenContainers = perSnapshot((snapshot): readonly Rewritten[] => {
  const found = new Map<string, Rewritten>();
  const current = new Set(livePods(snapshot).filter((pod) => isCurrent(snapshot, pod) === true));
  for (const { pod, state } of seenContainers(snapshot)) {
    const declared = templateContainer(snapshot, state.name);
    if (declared === undefined || declared.image === state.image || !current.has(pod)) continue;
    found.set(`${state.name} ${state.image}`, {
      container: state.name,
      templateImage: declared.image,
      podImage: state.image,
    });
  }
  return [...found.values()];
});

const rewrittenImages = perSnapshot(
  (snapshot) => new Set(rewrittenContainers(snapshot).map(({ templateImage }) => templateImage)),
);
