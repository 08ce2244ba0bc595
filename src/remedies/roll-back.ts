import { z } from 'zod';
import type { Arguments, ReadParams } from '../commands/grammar/arguments.ts';
import { mistake } from '../commands/grammar/options.ts';
import { cutWord } from '../commands/grammar/workload.ts';
import type { TemplateEdit } from '../model/change/operation.ts';
import type { ExpectedImage } from '../model/change/plan.ts';
import type { RevisionTemplate } from '../model/change/rollout.ts';
import { shortImage } from '../model/image/short-image.ts';
import { imageOf, isMovingTag } from '../model/image/tags.ts';
import { leavesOwner } from '../model/image/trusted-move.ts';
import type { Snapshot } from '../model/snapshot/snapshot.ts';
import { counted, cut, distinct, listed } from '../model/text/words.ts';
import { isSubdomain } from '../model/workload/kubernetes-names.ts';
import { formatWorkload } from '../model/workload/workload.ts';
import { kubectl } from '../operations/parts/kubectl.ts';
import { changeText } from '../operations/parts/template-edits.ts';
import { editableContainers, imageEdit, policyEdit } from './parts/containers.ts';
import { imageEffects } from './parts/image-effects.ts';
import { expectedDigests, usableImage } from './parts/image-facts.ts';
import { provenanceOf } from './parts/provenance.ts';
import { isRefusal, refuse } from './parts/refuse.ts';
import { nothingMore, type Refusal, type Remedy, type RemedyWorld } from './parts/remedy.ts';
import { plannedChange } from './parts/template-plan.ts';
import { imageWayBack } from './parts/way-back.ts';
import { isSameWish, mergeEqual } from './parts/wish.ts';

const Params = z.strictObject({
  /** Number or name of a revision; default: the previous one. */
  revision: z.union([z.number().int().min(0), z.string().trim().min(1).max(253)]).optional(),
});
type Params = z.infer<typeof Params>;

/** How many revisions back images are looked up before it is known which revision it will be. */
const lookedAt = 5;

/**
 * Restores image, pull policy and pull secrets of an earlier revision. Nothing else may be changed
 * (docs/rights.md#writing), so a revision with other differences is refused, with what kubectl would do.
 */
export const rollBack: Remedy<Params> = {
  id: 'roll-back',
  version: 1,
  title: 'Roll back',
  doing: 'roll back',
  params: Params,
  form: undefined,
  merge: mergeEqual,
  settled: (params) => params,
  isSameWish,

  command: {
    word: 'roll-back',
    spellings: ['rollback'],
    example: 'NAME',
    help: {
      usage: 'roll-back KIND/NAME [to REVISION]',
      summary: 'Goes back to the images, pull policies and pull secrets of the revision before, or of the one named.',
      examples: ['roll-back deployment/web -n prod', 'roll-back deployment/web to 4'],
      overview: [['roll-back deployment/web', 'the images of the revision before']],
    },
    terminal: [['roll-back KIND/NAME [to REVISION]', 'images, pull policy and pull secrets of an earlier revision']],
    read: readRollBack,
    format: ({ revision }) =>
      typeof revision === 'number' || typeof revision === 'string' ? ['to', String(revision)] : [],
  },

  needs({ revision }, snapshot) {
    const revisions = snapshot.revisions.known ? snapshot.revisions.value : [];
    const earlier = revisions.slice(1);
    const wanted =
      revision === undefined ? earlier.slice(0, lookedAt) : earlier.filter((one) => isNamed(one, revision));
    const present = editableContainers(snapshot);
    const images = [...wanted.flatMap((one) => Object.values(one.images)), ...present.map(({ image }) => image)];
    const moves = wanted.flatMap((one) =>
      Object.entries(one.images)
        .filter(([name, to]) => present.some((now) => now.name === name && leavesOwner(now.image, to)))
        .map(([, to]) => to),
    );
    return {
      ...nothingMore,
      earlierTemplates: true,
      images: distinct(images).filter((text) => imageOf(text) !== undefined),
      origins: distinct(moves),
    };
  },

  plan({ revision }, world) {
    const chosen = choose(revision, world);
    if (isRefusal(chosen)) return chosen;
    const { snapshot } = world;
    const edits = editsTo(chosen, snapshot);
    if (edits.length === 0) {
      return refuse(`Nothing to do: revision ${chosen.number} has the same images, pull policies and pull secrets.`);
    }
    const warnings: string[] = [];
    for (const edit of edits) {
      const checked = check(edit, world);
      if (isRefusal(checked)) return checked;
      warnings.push(...checked.warnings);
    }
    return plannedChange(world, {
      edits,
      expects: edits.flatMap((edit) => expected(edit, world)),
      changes: [`Back to revision ${chosen.number} (${cut(chosen.name, 120)}):`, ...edits.map(changeText)],
      effects: edits.flatMap((edit) =>
        edit.field === 'image' ? imageEffects(edit.from, edit.to, factsOf(edit.to, world)) : [],
      ),
      warnings,
      provenance: edits.flatMap((edit) => {
        const facts = edit.field === 'image' ? factsOf(edit.to, world) : undefined;
        return edit.field === 'image' && facts !== undefined ? provenanceOf(edit.from, edit.to, facts) : [];
      }),
      undo: imageWayBack(edits, world),
    });
  },
};

function isNamed({ name, number }: Pick<RevisionTemplate, 'name' | 'number'>, revision: number | string): boolean {
  return String(number) === String(revision) || name === revision;
}

/** The named revision, or the newest previous one that differs in anything that can be restored. */
function choose(revision: Params['revision'], world: RemedyWorld): RevisionTemplate | Refusal {
  const { workload } = world.snapshot;
  const { kind, namespace } = workload.ref;
  const name = formatWorkload(workload.ref);
  if (kind !== 'Deployment' && kind !== 'StatefulSet' && kind !== 'DaemonSet') {
    const next =
      kind === 'Job'
        ? 'Its template cannot be changed: delete it and make it again with the image that worked.'
        : `Set the image instead: set-image ${name}`;
    return refuse(`${name} keeps no earlier revisions to roll back to.`, next);
  }
  const history = kubectl(namespace, 'rollout', 'history', name);
  const { earlierTemplates } = world;
  if (!earlierTemplates.known) {
    const right = earlierTemplates.missingRight === undefined ? '' : ` (no right to ${earlierTemplates.missingRight})`;
    return refuse(`The earlier revisions could not be read: ${cut(earlierTemplates.why, 160)}${right}.`, undefined, [
      history,
    ]);
  }
  const earlier = earlierTemplates.value;
  const found =
    revision === undefined
      ? (earlier.find((one) => one.otherDifferences.length > 0 || editsTo(one, world.snapshot).length > 0) ??
        earlier[0])
      : earlier.find((one) => isNamed(one, revision));
  if (found === undefined) {
    const there = earlier.map(({ number }) => String(number));
    const which = revision === undefined ? 'no earlier revision' : `no earlier revision ${cut(String(revision), 80)}`;
    const kept = revision === undefined ? undefined : 'No earlier one is kept at all.';
    return refuse(`${name} has ${which}.`, there.length === 0 ? kept : `There are: ${listed(there, 10)}.`, [history]);
  }
  return differsInMore(found, world.snapshot) ?? found;
}

function differsInMore(found: RevisionTemplate, snapshot: Snapshot): Refusal | undefined {
  const { ref } = snapshot.workload;
  const present = editableContainers(snapshot);
  const other = distinct([
    ...found.otherDifferences,
    ...present
      .filter((one) => !found.containers.some(({ name, type }) => name === one.name && type === one.type))
      .map(({ name }) => `container ${name} (not there)`),
    ...found.containers
      .filter((one) => !present.some(({ name, type }) => name === one.name && type === one.type))
      .map(({ name }) => `container ${name} (only there)`),
  ]);
  if (other.length === 0) return undefined;
  return refuse(
    `Revision ${found.number} differs in more than image, pull policy and pull secrets: ${listed(
      other.map((path) => cut(path, 120)),
      10,
    )}.`,
    `That is ${counted(other.length, 'difference')} that imagecheck does not change; kubectl sets back the whole template.`,
    [kubectl(ref.namespace, 'rollout', 'undo', formatWorkload(ref), `--to-revision=${found.number}`)],
  );
}

function editsTo({ containers, pullSecretNames }: RevisionTemplate, snapshot: Snapshot): readonly TemplateEdit[] {
  const present = named(snapshot.template.pullSecretNames);
  const earlierNames = named(pullSecretNames);
  return [
    ...editableContainers(snapshot).flatMap((container) => {
      const earlier = containers.find(({ name, type }) => name === container.name && type === container.type);
      return earlier === undefined
        ? []
        : [...imageEdit(container, earlier.image), ...policyEdit(container, earlier.pullPolicy ?? null)];
    }),
    ...earlierNames
      .filter((name) => !present.includes(name))
      .map((name) => ({ field: 'imagePullSecrets' as const, change: 'add' as const, name })),
    ...present
      .filter((name) => !earlierNames.includes(name))
      .map((name) => ({ field: 'imagePullSecrets' as const, change: 'remove' as const, name })),
  ];
}

function factsOf(text: string, { images }: RemedyWorld) {
  const fact = images.get(text);
  return fact?.known === true ? fact.value : undefined;
}

/**
 * An image that is gone is refused; one that could not be checked may still be on the nodes, and the rollback may be
 * urgent.
 */
function check(edit: TemplateEdit, world: RemedyWorld): { readonly warnings: readonly string[] } | Refusal {
  if (edit.field !== 'image') return { warnings: [] };
  const usable = usableImage(edit.to, world);
  if (!isRefusal(usable)) {
    const image = imageOf(edit.to);
    const moves = image !== undefined && isMovingTag(image);
    const moved = `${shortImage(edit.to)} is a tag that moves: the revision may have run another build of it.`;
    return { warnings: [...usable.warnings, ...(moves ? [moved] : [])] };
  }
  const certain = world.absentImages?.has(edit.to) === true || world.images.get(edit.to)?.known === true;
  return certain ? usable : { warnings: [usable.why] };
}

function expected(edit: TemplateEdit, world: RemedyWorld): readonly ExpectedImage[] {
  if (edit.field !== 'image') return [];
  const facts = factsOf(edit.to, world);
  return [{ container: edit.container, image: edit.to, digests: facts === undefined ? [] : expectedDigests(facts) }];
}

/** A number, or the name of a ControllerRevision (StatefulSets and DaemonSets also have numbers for it). */
function readRollBack({ words, repaired }: Arguments): ReadParams {
  const [to, ...more] = words;
  if (to === undefined) return { params: {} };
  const plain = to.toLowerCase() === 'to' ? more.filter((word) => !/^revision$/i.test(word)) : words;
  const [revision = '', extra] = plain;
  const isRevision = extra === undefined && isSubdomain(revision);
  if (to.toLowerCase() !== 'to') {
    const meant = isRevision ? repaired(['to', revision]) : undefined;
    return mistake('After the workload comes `to REVISION`, or nothing for the one before.', meant);
  }
  if (!isRevision) {
    return mistake(
      'Say which revision: `to 4`. `kubectl rollout history` lists them.',
      extra === undefined ? undefined : repaired(['to', revision]),
    );
  }
  const isNumber = /^[1-9]\d{0,14}$/.test(revision);
  if (/^\d+$/.test(revision) && !isNumber)
    return mistake(`There is no revision ${cutWord(revision)}: they begin with 1.`);
  return { params: { revision: isNumber ? Number(revision) : revision } };
}

/** The API server accepts references without a name; they name no Secret, and no step can be about them. */
function named(names: readonly string[]): readonly string[] {
  return distinct(names).filter((name) => name !== '');
}
