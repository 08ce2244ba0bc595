import { z } from 'zod';
import { type Arguments, namedContainers, type ReadParams, wrongContainer } from '../commands/grammar/arguments.ts';
import { mistake } from '../commands/grammar/options.ts';
import { cutWord } from '../commands/grammar/workload.ts';
import type { TemplateEdit } from '../model/change/operation.ts';
import type { ExpectedImage } from '../model/change/plan.ts';
import { shortImage } from '../model/image/short-image.ts';
import { imageOf, isMovingTag } from '../model/image/tags.ts';
import type { Snapshot } from '../model/snapshot/snapshot.ts';
import { counted, cut, listed, shortDigest } from '../model/text/words.ts';
import { isLabel } from '../model/workload/kubernetes-names.ts';
import { formatWorkload } from '../model/workload/workload.ts';
import { kubectl } from '../operations/parts/kubectl.ts';
import { chooseContainers, type Editable, keyOf, policyEdit } from './parts/containers.ts';
import { streamingEffects } from './parts/image-effects.ts';
import { expectedDigests, type Usable, usableImage } from './parts/image-facts.ts';
import { isRefusal, refuse } from './parts/refuse.ts';
import { nothingMore, type Refusal, type Remedy, type RemedyWorld } from './parts/remedy.ts';
import { replacingOf } from './parts/rollout.ts';
import { agreedDigest, type Runs, runsOf, stayingPods } from './parts/running.ts';
import { immutable, plannedChange, type WayBack } from './parts/template-plan.ts';
import { pinned } from './parts/wanted-image.ts';
import { isSameButContainers, mergeContainers, settleContainers } from './parts/wish.ts';

const Params = z.strictObject({
  /** Default: all main and init containers. */
  containers: z.array(z.string().min(1)).min(1).max(50).optional(),
});
type Params = z.infer<typeof Params>;

/**
 * Makes the nodes ask for the tag again: pull policy Always if a tag moves or has moved, then new pods. It helps only
 * if the tag names an image that the pods do not run, or if pods wait for their image.
 */
export const forceRepull: Remedy<Params> = {
  id: 'force-repull',
  version: 2,
  title: 'Pull again',
  doing: 'pull again and restart',
  params: Params,
  form: undefined,
  merge: (proposals) => ({ ok: true, params: mergeContainers(proposals) }),
  settled: (params, { expects }) => settleContainers(params, expects),
  isSameWish: isSameButContainers,

  command: {
    word: 'repull',
    example: 'NAME',
    help: {
      usage: 'repull KIND/NAME [only CONTAINER…] [-n namespace] [-c cluster]',
      summary:
        'Re-pulls the images and restarts the pods. Shows a plan first; an approver has to approve it, as with every command that changes something.',
      examples: ['repull deployment/web -n prod', 'repull web only sidecar'],
      overview: [['repull deployment/web -n prod', 'pull the image again, and restart']],
    },
    terminal: [['repull KIND/NAME [only CONTAINER...]', 'pull the image again, then restart']],
    read: readRepull,
    format: (params) => (namedContainers(params).length === 0 ? [] : ['only', ...namedContainers(params)]),
  },

  needs({ containers }, snapshot) {
    const chosen = chooseContainers(snapshot, containers);
    if (isRefusal(chosen)) return nothingMore;
    const images = chosen.flatMap((container) => {
      const digest = agreedDigest(snapshot, container.name);
      return [container.image, ...(digest === undefined ? [] : [pinned(container.image, digest)])];
    });
    return { ...nothingMore, images };
  },

  plan({ containers }, world) {
    const { snapshot } = world;
    const fixed = immutable(snapshot, [{ field: 'restartedAt', to: world.at }]);
    if (fixed !== undefined) return fixed;
    const chosen = chooseContainers(snapshot, containers);
    if (isRefusal(chosen)) return chosen;
    const looks = chosen.map((container) => look(container, world));
    const blind = looks.flatMap(({ usable }) => (isRefusal(usable) ? [usable] : []));
    const [first] = blind;
    if (first !== undefined && (containers !== undefined || blind.length === looks.length)) return first;
    const seen = looks.flatMap((one) => (isRefusal(one.usable) ? [] : [{ ...one, usable: one.usable }]));
    const needless = nothingToDo(seen, world);
    return needless ?? restart(seen, blind, world);
  },
};

interface Look {
  readonly container: Editable;
  readonly usable: Usable | Refusal;
  readonly runs: Runs | undefined;
}

type Seen = Look & { readonly usable: Usable };

function look(container: Editable, world: RemedyWorld): Look {
  const usable = usableImage(container.image, world);
  const facts = isRefusal(usable) ? undefined : usable.facts;
  return { container, usable, runs: runsOf(world.snapshot, container.name, facts) };
}

/** A tag that moves by habit, or has moved under the pods, is only pulled again with policy Always. */
function alwaysEdits({ container, runs }: Seen): readonly TemplateEdit[] {
  const image = imageOf(container.image);
  if (image === undefined || image.digest !== undefined) return [];
  return isMovingTag(image) || (runs?.other ?? 0) > 0 ? policyEdit(container, 'Always') : [];
}

function nothingToDo(seen: readonly Seen[], world: RemedyWorld): Refusal | undefined {
  const { snapshot } = world;
  const { ref } = snapshot.workload;
  if (replacingOf(world) === 'next-run') {
    return seen.some((one) => alwaysEdits(one).length > 0)
      ? undefined
      : refuse(
          `Each run of ${formatWorkload(ref)} makes new pods and pulls as its policy says; there is nothing to restart.`,
          'To run it now, create a Job from it.',
          [kubectl(ref.namespace, 'create', 'job', `${ref.name}-now`, `--from=${formatWorkload(ref)}`)],
        );
  }
  if (!snapshot.pods.known) return undefined;
  const again = [kubectl(ref.namespace, 'rollout', 'restart', formatWorkload(ref))];
  const pods = stayingPods(snapshot).length;
  if (pods === 0) return refuse('No pod runs, so there is nothing to pull again.', undefined, again);
  if (seen.some(({ runs }) => runs === undefined || runs.other > 0 || runs.waiting > 0)) return undefined;
  const what = seen.map(
    ({ container, usable }) => `${shortImage(container.image)} is ${shortDigest(usable.facts.digest)}`,
  );
  return refuse(
    `Pulling again cannot change anything: ${listed(what)}, which is what the ${counted(pods, 'pod')} ${pods === 1 ? 'runs' : 'run'}.`,
    newerAdvice(seen, snapshot) ??
      'To run another build, set the image; to restart all the same, use kubectl rollout restart.',
    again,
  );
}

/** The template names an older tag than the newest push, which a re-pull of that tag cannot bring. */
function newerAdvice(seen: readonly Seen[], snapshot: Snapshot): string | undefined {
  for (const { container, usable } of seen) {
    const probe = snapshot.images.find(({ text }) => text === container.image);
    const newest = probe?.candidates.find(({ digest }) => !usable.facts.digests.includes(digest));
    if (newest !== undefined && newest.digest !== usable.facts.digest) {
      return `The template names ${shortImage(container.image)}, and :${cut(newest.tag, 128)} is another build (${shortDigest(newest.digest)}). Set it: set-image ${formatWorkload(snapshot.workload.ref)} ${container.name}=:${cut(newest.tag, 128)}`;
    }
  }
  return undefined;
}

function restart(seen: readonly Seen[], blind: readonly Refusal[], world: RemedyWorld) {
  const edits = seen.flatMap(alwaysEdits);
  const policies = edits.flatMap((edit) =>
    edit.field === 'imagePullPolicy' ? [`${edit.container.name}: pull policy ${edit.from ?? 'unset'} → Always`] : [],
  );
  return plannedChange(world, {
    edits,
    restart: true,
    expects: seen.map(expected),
    changes: [...policies, ...seen.flatMap((one) => moveText(one, world))],
    effects: seen.flatMap(({ container, usable }) =>
      streamingEffects(imageOf(container.image)?.registry ?? '', undefined, usable.facts),
    ),
    warnings: [
      ...seen.flatMap(({ usable }) => usable.warnings),
      ...blind.map(({ why }) => `${why} It is restarted all the same.`),
      ...(world.snapshot.pods.known ? [] : ['The pods could not be read, so whether this helps is not known.']),
    ],
    undo: wayBack(seen, edits, world),
  });
}

function expected({ container, usable }: Seen): ExpectedImage {
  return { container: keyOf(container), image: container.image, digests: expectedDigests(usable.facts) };
}

function moveText({ container, usable, runs }: Seen, world: RemedyWorld): readonly string[] {
  const now = shortDigest(usable.facts.digest);
  const next = replacingOf(world) === 'next-run' ? 'the next run pulls' : 'new pods with';
  const before = runs !== undefined && runs.other > 0 ? ` (now ${listed(runs.digests.map(shortDigest))})` : '';
  return [`${container.name}: ${next} ${shortImage(container.image)} = ${now}${before}`];
}

/** Back to the digest that ran, by pinning it, if all pods agreed on one that the registry still has. */
function wayBack(seen: readonly Seen[], edits: readonly TemplateEdit[], world: RemedyWorld): WayBack {
  const back: TemplateEdit[] = [];
  const expects: ExpectedImage[] = [];
  const cannot: string[] = [];
  for (const { container, runs } of seen) {
    if (runs === undefined || runs.other === 0) continue;
    const digest = agreedDigest(world.snapshot, container.name);
    const image = digest === undefined ? undefined : pinned(container.image, digest);
    const fact = image === undefined ? undefined : world.images.get(image);
    if (image === undefined || fact?.known !== true) {
      cannot.push(
        digest === undefined
          ? `${container.name}: the pods ran different images, so there is no single digest to go back to.`
          : `${container.name}: ${shortDigest(digest)}, which ran before, isn’t in the registry any more, so this can’t be undone.`,
      );
      continue;
    }
    back.push({ field: 'image', container: keyOf(container), from: container.image, to: image });
    expects.push({ container: keyOf(container), image, digests: expectedDigests(fact.value) });
  }
  if (!world.snapshot.pods.known)
    cannot.push('What the pods run could not be read, so there is no digest to go back to.');
  cannot.push(
    ...(replacingOf(world) === 'next-run' ? [] : ['The restart itself: undoing restarts the pods once more.']),
  );
  if (back.length === 0) return { cannot, edits: [] };
  const policies = edits.flatMap((edit): readonly TemplateEdit[] =>
    edit.field === 'imagePullPolicy' ? [{ ...edit, from: edit.to, to: edit.from }] : [],
  );
  return {
    how: 'back to the digests that ran (still in the registry), pinned',
    cannot,
    edits: [...back, ...policies],
    expects,
  };
}

/** `only NAME…` limits it to containers; a name alone would look like a second workload. */
function readRepull({ words, repaired }: Arguments): ReadParams {
  const [first, ...names] = words;
  if (first === undefined) return { params: {} };
  if (first.toLowerCase() !== 'only') {
    const message = `\`${cutWord(first)}\` is one word too many: one workload at a time.`;
    return mistake(
      `${message} Containers come after \`only\`.`,
      words.every(isLabel) ? repaired(['only', ...words]) : undefined,
    );
  }
  const wrong = wrongContainer(names);
  if (wrong !== undefined) return wrong;
  return names.length === 0
    ? mistake('After `only` come names of containers.', repaired([]))
    : { params: { containers: names } };
}
