import { z } from 'zod';
import type { ExpectedImage } from '../model/change/plan.ts';
import { shortImage } from '../model/image/short-image.ts';
import { imageOf } from '../model/image/tags.ts';
import { formatWorkload } from '../model/workload/workload.ts';
import { changeText, invertEdits } from '../operations/parts/template-edits.ts';
import { chooseContainers, type Editable, keyOf, policyEdit } from './parts/containers.ts';
import { expectedDigests, usableImage } from './parts/image-facts.ts';
import { isRefusal, refuse } from './parts/refuse.ts';
import { nothingMore, type Refusal, type Remedy, type RemedyWorld } from './parts/remedy.ts';
import { immutable, plannedChange } from './parts/template-plan.ts';

const Policy = z.enum(['Always', 'IfNotPresent', 'Never']);
const Names = z.array(z.string().min(1)).min(1).max(50);

const Params = z
  .strictObject({
    /** All main and init containers when both are left out. */
    containers: Names.optional(),
    container: z.string().min(1).optional(),
    policy: Policy.optional(),
    pullPolicy: Policy.optional(),
  })
  .transform(({ containers, container, policy, pullPolicy }, context) => {
    const wanted = policy ?? pullPolicy;
    if (wanted === undefined || (pullPolicy !== undefined && pullPolicy !== wanted)) {
      context.addIssue({ code: 'custom', message: 'name one policy: Always, IfNotPresent or Never' });
      return z.NEVER;
    }
    const names = containers ?? (container === undefined ? undefined : [container]);
    return { policy: wanted, ...(names === undefined ? {} : { containers: names }) };
  });
type Params = z.infer<typeof Params>;

/** Sets when nodes ask the registry: at every start, when they have no copy, or never. */
export const setPullPolicy: Remedy<Params> = {
  id: 'set-pull-policy',
  version: 1,
  title: 'Set the pull policy',
  params: Params,

  needs({ containers, policy }, snapshot) {
    const chosen = chooseContainers(snapshot, containers);
    if (isRefusal(chosen) || policy === 'Never') return nothingMore;
    return { ...nothingMore, images: chosen.map(({ image }) => image).filter((text) => imageOf(text) !== undefined) };
  },

  plan({ containers, policy }, world) {
    const { snapshot } = world;
    const chosen = chooseContainers(snapshot, containers);
    if (isRefusal(chosen)) return chosen;
    const changed = chosen.filter((container) => policyEdit(container, policy).length > 0);
    const edits = changed.flatMap((container) => policyEdit(container, policy));
    if (edits.length === 0) {
      const name = formatWorkload(snapshot.workload.ref);
      return refuse(
        `Nothing to do: the pull policy is ${policy} already.`,
        `To make the nodes ask for the tag now: repull ${name}`,
      );
    }
    const fixed = immutable(snapshot, edits);
    if (fixed !== undefined) return fixed;
    const warnings: string[] = [];
    for (const container of changed) {
      const checked = check(container, policy, world);
      if (isRefusal(checked)) return checked;
      warnings.push(...checked.warnings);
    }
    return plannedChange(world, {
      edits,
      expects: changed.map((container) => expected(container, policy, world)),
      changes: edits.map(changeText),
      warnings,
      undo: { how: 'back to the policy of before', edits: invertEdits(edits) },
    });
  },
};

/** A pull that will be needed has to be possible; where the registry does not tell us, the nodes may still be let in. */
function check(
  container: Editable,
  policy: Params['policy'],
  world: RemedyWorld,
): { readonly warnings: readonly string[] } | Refusal {
  if (policy === 'Never') {
    return {
      warnings: [`${container.name}: a node that has no copy of ${shortImage(container.image)} cannot start it.`],
    };
  }
  const usable = usableImage(container.image, world);
  if (!isRefusal(usable)) return { warnings: usable.warnings };
  const certain =
    world.absentImages?.has(container.image) === true || world.images.get(container.image)?.known === true;
  return certain ? usable : { warnings: [`${usable.why} A node that cannot pull it does not start new pods.`] };
}

/** Only policy Always makes the pods run what the tag names now; otherwise a node may have another copy. */
function expected(container: Editable, policy: Params['policy'], { images }: RemedyWorld): ExpectedImage {
  const fact = images.get(container.image);
  const isSure = policy === 'Always' || imageOf(container.image)?.digest !== undefined;
  return {
    container: keyOf(container),
    image: container.image,
    digests: isSure && fact?.known === true ? expectedDigests(fact.value) : [],
  };
}
