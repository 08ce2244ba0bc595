import { z } from 'zod';
import type { TemplateEdit } from '../model/change/operation.ts';
import type { ExpectedImage } from '../model/change/plan.ts';
import { shortImage } from '../model/image/short-image.ts';
import { imageOf } from '../model/image/tags.ts';
import { leavesOwner } from '../model/image/trusted-move.ts';
import { distinct, listed, shortDigest } from '../model/text/words.ts';
import { formatWorkload } from '../model/workload/workload.ts';
import { changeText } from '../operations/parts/template-edits.ts';
import { chooseContainer, type Editable, imageEdit, keyOf, policyEdit } from './parts/containers.ts';
import { imageEffects, tagWarnings } from './parts/image-effects.ts';
import { expectedDigests, type Usable, usableImage } from './parts/image-facts.ts';
import { provenanceOf } from './parts/provenance.ts';
import { isRefusal, refuse } from './parts/refuse.ts';
import { nothingMore, type Refusal, type Remedy, type RemedyWorld } from './parts/remedy.ts';
import { runsOf } from './parts/running.ts';
import { immutable, plannedChange } from './parts/template-plan.ts';
import { wantedImage } from './parts/wanted-image.ts';
import { imageWayBack } from './parts/way-back.ts';

const Setting = z.strictObject({
  /** May be left out where there is one main container. */
  container: z.string().min(1).optional(),
  /** A whole reference, `:tag`, or `sha256:…`. */
  image: z.string().trim().min(1).max(1024),
  pullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']).optional(),
});
type Setting = z.infer<typeof Setting>;

const Params = z
  .union([z.strictObject({ images: z.array(Setting).min(1).max(50) }), Setting])
  .transform((params) => ('images' in params ? params : { images: [params] }));
type Params = z.infer<typeof Params>;

/** Sets another tag, repository or digest. It has to exist, to be an image, and to fit every node. */
export const setImage: Remedy<Params> = {
  id: 'set-image',
  version: 1,
  title: 'Set the image',
  params: Params,

  needs({ images }, snapshot) {
    const moves = images.flatMap((setting) => {
      const container = chooseContainer(snapshot, setting.container);
      if (isRefusal(container)) return [];
      const wanted = wantedImage(container.image, setting.image);
      return isRefusal(wanted) ? [] : [{ from: container.image, to: wanted.text }];
    });
    const texts = moves.flatMap(({ from, to }) => [to, from]);
    return {
      ...nothingMore,
      images: distinct(texts).filter((text) => imageOf(text) !== undefined),
      origins: distinct(moves.filter(({ from, to }) => leavesOwner(from, to)).map(({ to }) => to)),
    };
  },

  plan({ images }, world) {
    const wishes: Wish[] = [];
    for (const setting of images) {
      const wish = wishOf(setting, world);
      if (isRefusal(wish)) return wish;
      if (wishes.some(({ container }) => container.name === wish.container.name)) {
        return refuse(`Container ${wish.container.name} is named twice.`);
      }
      wishes.push(wish);
    }
    const edits = wishes.flatMap((wish) => wish.edits);
    return nothingToDo(wishes, world) ?? immutable(world.snapshot, edits) ?? setAll(wishes, world);
  },
};

interface Wish {
  readonly container: Editable;
  readonly text: string;
  readonly usable: Usable;
  readonly edits: readonly TemplateEdit[];
}

function wishOf({ container: name, image, pullPolicy }: Setting, world: RemedyWorld): Wish | Refusal {
  const container = chooseContainer(world.snapshot, name);
  if (isRefusal(container)) return container;
  const wanted = wantedImage(container.image, image);
  if (isRefusal(wanted)) return wanted;
  const usable = usableImage(wanted.text, world);
  if (isRefusal(usable)) return usable;
  const edits = [...imageEdit(container, wanted.text), ...policyEdit(container, pullPolicy)];
  return { container, text: wanted.text, usable, edits };
}

/** The template says so already, or another name for exactly what every pod runs. Pinning the digest is a change. */
function nothingToDo(wishes: readonly Wish[], { snapshot }: RemedyWorld): Refusal | undefined {
  const name = formatWorkload(snapshot.workload.ref);
  if (wishes.every(({ edits }) => edits.length === 0)) {
    return refuse(
      `Nothing to do: the template of ${name} has ${listed(wishes.map(({ text }) => shortImage(text)))} already.`,
      `If the pods run something else, pull again: repull ${name}`,
    );
  }
  if (!wishes.every((wish) => isOnlyAnotherName(wish, snapshot))) return undefined;
  const what = wishes.map(({ text, usable }) => `${shortImage(text)} is ${shortDigest(usable.facts.digest)}`);
  return refuse(
    `Nothing would change: ${listed(what)}, which every pod runs already.`,
    'To keep the pods at that build whatever is pushed, set the digest.',
  );
}

function isOnlyAnotherName({ container, text, usable, edits }: Wish, snapshot: RemedyWorld['snapshot']): boolean {
  if (edits.length === 0) return true;
  if (imageOf(text)?.digest !== undefined || edits.some(({ field }) => field !== 'image')) return false;
  const runs = runsOf(snapshot, container.name, usable.facts);
  return runs !== undefined && runs.same > 0 && runs.other === 0 && runs.waiting === 0;
}

function setAll(wishes: readonly Wish[], world: RemedyWorld) {
  const edits = wishes.flatMap((wish) => wish.edits);
  return plannedChange(world, {
    edits,
    expects: wishes.map(
      ({ container, text, usable }): ExpectedImage => ({
        container: keyOf(container),
        image: text,
        digests: expectedDigests(usable.facts),
      }),
    ),
    changes: edits.map(changeText),
    effects: wishes.flatMap(({ container, text, usable }) => imageEffects(container.image, text, usable.facts)),
    warnings: wishes.flatMap(({ container, text, usable, edits }) => [
      ...usable.warnings,
      ...tagWarnings(text, policyAfter(container, edits)),
    ]),
    provenance: wishes.flatMap(({ container, text, usable }) => provenanceOf(container.image, text, usable.facts)),
    undo: imageWayBack(edits, world),
  });
}

function policyAfter(container: Editable, edits: readonly TemplateEdit[]): string | undefined {
  const set = edits.find(({ field }) => field === 'imagePullPolicy');
  return set?.field === 'imagePullPolicy' ? (set.to ?? undefined) : container.pullPolicy;
}
