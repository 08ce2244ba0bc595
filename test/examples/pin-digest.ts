import { z } from 'zod';
import { mistake } from '../../src/commands/grammar/options.ts';
import { cutWord } from '../../src/commands/grammar/workload.ts';
import { changeText } from '../../src/operations/parts/template-edits.ts';
import { editableContainers, imageEdit, keyOf } from '../../src/remedies/parts/containers.ts';
import { refuse } from '../../src/remedies/parts/refuse.ts';
import { nothingMore, type Remedy } from '../../src/remedies/parts/remedy.ts';
import { agreedDigest } from '../../src/remedies/parts/running.ts';
import { immutable, plannedChange } from '../../src/remedies/parts/template-plan.ts';
import { pinned } from '../../src/remedies/parts/wanted-image.ts';
import { imageWayBack } from '../../src/remedies/parts/way-back.ts';
import { isSameWish, mergeEqual } from '../../src/remedies/parts/wish.ts';

const Params = z.strictObject({});
type Params = z.infer<typeof Params>;

/** Writes the digests that the pods run into the template, so that a tag that moves changes nothing any more. */
export const pinDigest: Remedy<Params> = {
  id: 'pin-digest',
  version: 1,
  title: 'Pin the digests',
  doing: 'pin the digests',
  params: Params,
  form: undefined,
  merge: mergeEqual,
  settled: (params) => params,
  isSameWish,

  command: {
    word: 'pin',
    example: 'NAME',
    help: {
      usage: 'pin KIND/NAME [-n namespace] [-c cluster]',
      summary: 'Writes the digests that the pods run into the template.',
      examples: ['pin deployment/web -n prod'],
      overview: [['pin deployment/web -n prod', 'keep the images that run, whatever their tags become']],
    },
    terminal: [['pin KIND/NAME', 'write the digests that run into the template']],
    read: ({ words: [extra] }) =>
      extra === undefined
        ? { params: {} }
        : mistake(`\`${cutWord(extra)}\` is one word too many: all containers are pinned.`),
    format: () => [],
  },

  needs: (_params, snapshot) => ({
    ...nothingMore,
    images: editableContainers(snapshot).map(({ image }) => image),
  }),

  plan(_params, world) {
    const { snapshot } = world;
    const pins = editableContainers(snapshot).flatMap((container) => {
      const digest = agreedDigest(snapshot, container.name);
      return digest === undefined ? [] : [{ container, digest, image: pinned(container.image, digest) }];
    });
    const edits = pins.flatMap(({ container, image }) => imageEdit(container, image));
    if (edits.length === 0)
      return refuse('No container runs one digest in all pods that its template does not name yet.');
    return (
      immutable(snapshot, edits) ??
      plannedChange(world, {
        edits,
        expects: pins.map(({ container, digest, image }) => ({
          container: keyOf(container),
          image,
          digests: [digest],
        })),
        changes: edits.map(changeText),
        undo: imageWayBack(edits, world),
      })
    );
  },
};
