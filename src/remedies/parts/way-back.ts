import type { TemplateEdit } from '../../model/change/operation.ts';
import type { ExpectedImage } from '../../model/change/plan.ts';
import { shortImage } from '../../model/image/short-image.ts';
import { shortDigest } from '../../model/text/words.ts';
import { invertEdits } from '../../operations/parts/template-edits.ts';
import { expectedDigests } from './image-facts.ts';
import type { RemedyWorld } from './remedy.ts';
import { agreedDigest } from './running.ts';
import type { WayBack } from './template-plan.ts';

type ImageEdit = Extract<TemplateEdit, { field: 'image' }>;

/**
 * The same edits with `from` and `to` swapped, and what they cannot restore: an image that its registry no longer has,
 * or what a tag named before it moved.
 */
export function imageWayBack(edits: readonly TemplateEdit[], world: RemedyWorld): WayBack {
  const images = edits.filter((edit): edit is ImageEdit => edit.field === 'image');
  const looks = images.map((edit) => lookBack(edit, world));
  const cannot = looks.flatMap((one) => one.cannot ?? []);
  const exact = looks.every(({ isExact }) => isExact);
  const how = exact
    ? images.length === 0
      ? 'back to what the template said before'
      : 'back to the digests that ran (still in the registry)'
    : 'back to what the template said before';
  return { how, cannot, edits: invertEdits(edits), expects: looks.map(({ expects }) => expects) };
}

interface LookBack {
  readonly isExact: boolean;
  readonly cannot?: string;
  readonly expects: ExpectedImage;
}

function lookBack({ container, from }: ImageEdit, world: RemedyWorld): LookBack {
  const fact = world.images.get(from);
  const expects = { container, image: from, digests: fact?.known === true ? expectedDigests(fact.value) : [] };
  if (fact?.known !== true) {
    const gone = world.absentImages?.has(from) === true;
    return {
      isExact: false,
      cannot: gone
        ? `${container.name}: ${shortImage(from)} is not in its registry; only nodes that have a copy can run it again.`
        : `${container.name}: couldn’t check whether ${shortImage(from)} is still in its registry.`,
      expects,
    };
  }
  const ran = agreedDigest(world.snapshot, container.name);
  if (ran === undefined || fact.value.digests.includes(ran) || fact.value.digest === ran) {
    return { isExact: ran !== undefined, expects };
  }
  return {
    isExact: false,
    cannot: `${container.name}: ${shortImage(from)} names ${shortDigest(fact.value.digest)} now, no longer ${shortDigest(ran)}, which ran; set that digest to go back to it.`,
    expects,
  };
}
