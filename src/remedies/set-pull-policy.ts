import { z } from 'zod';
import {
  type Arguments,
  namedContainers,
  policyOf,
  type ReadParams,
  wordOf,
  wrongContainer,
} from '../commands/grammar/arguments.ts';
import { mistake } from '../commands/grammar/options.ts';
import { cutWord } from '../commands/grammar/workload.ts';
import type { RemedyParams } from '../model/change/change.ts';
import type { ExpectedImage } from '../model/change/plan.ts';
import { shortImage } from '../model/image/short-image.ts';
import { imageOf } from '../model/image/tags.ts';
import { isLabel } from '../model/workload/kubernetes-names.ts';
import { formatWorkload } from '../model/workload/workload.ts';
import { changeText, invertEdits } from '../operations/parts/template-edits.ts';
import { chooseContainers, type Editable, keyOf, policyEdit } from './parts/containers.ts';
import { expectedDigests, usableImage } from './parts/image-facts.ts';
import { isRefusal, refuse } from './parts/refuse.ts';
import { nothingMore, type Refusal, type Remedy, type RemedyWorld } from './parts/remedy.ts';
import { immutable, plannedChange } from './parts/template-plan.ts';
import { contradiction, isSameButContainers, type Merged, mergeContainers, settleContainers } from './parts/wish.ts';

const Policy = z.enum(['Always', 'IfNotPresent', 'Never']);
const Names = z.array(z.string().min(1)).min(1).max(50);

const Params = z
  .strictObject({
    /** Default: all main and init containers. */
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

/** Sets when nodes ask the registry: at every start, if they have no copy, or never. */
export const setPullPolicy: Remedy<Params> = {
  id: 'set-pull-policy',
  version: 1,
  title: 'Set the pull policy',
  doing: 'set the pull policy',
  params: Params,
  form: undefined,
  merge: mergePolicies,
  settled: (params, { expects }) => settleContainers(params, expects),
  isSameWish: isSameButContainers,

  command: {
    word: 'pull-policy',
    example: 'NAME Always',
    help: {
      usage: 'pull-policy KIND/NAME Always|IfNotPresent|Never [CONTAINER…]',
      summary: 'Sets when nodes pull the image: of all containers, or of those that are named.',
      examples: ['pull-policy deployment/web Always -n prod'],
      overview: [['pull-policy deployment/web Always', 'when nodes pull the image']],
    },
    terminal: [['pull-policy KIND/NAME POLICY [CONTAINER...]', 'Always, IfNotPresent or Never']],
    read: readPullPolicy,
    format: (params) => [...wordOf(params, 'policy'), ...namedContainers(params)],
  },

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

/** A pull that will be needed must be possible; if the registry refuses us, the nodes may still have access. */
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

function readPullPolicy({ words, repaired }: Arguments): ReadParams {
  const [first, ...names] = words;
  const policy = policyOf(first);
  if (policy === undefined) {
    const elsewhere = words.map(policyOf).find((each) => each !== undefined);
    const others = words.filter((word) => policyOf(word) === undefined && isLabel(word));
    const meant = elsewhere === undefined ? undefined : repaired([elsewhere, ...others]);
    const found = first === undefined ? '' : `\`${cutWord(first)}\` isn’t a pull policy. `;
    return mistake(`${found}Say which policy: Always, IfNotPresent or Never.`, meant);
  }
  const wrong = wrongContainer(names);
  return wrong ?? { params: { ...(names.length === 0 ? {} : { containers: names }), policy } };
}

function mergePolicies(proposals: readonly RemedyParams[]): Merged {
  const policies = new Set(proposals.map((params) => params['policy'] ?? params['pullPolicy']));
  const [policy, ...more] = policies;
  if (more.length > 0) return contradiction;
  return { ok: true, params: { ...mergeContainers(proposals), policy } };
}
