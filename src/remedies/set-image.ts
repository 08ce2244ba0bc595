import { z } from 'zod';
import { type Arguments, policyOf, type ReadParams } from '../commands/grammar/arguments.ts';
import { type Mistake, mistake } from '../commands/grammar/options.ts';
import { badName, cutWord } from '../commands/grammar/workload.ts';
import type { RemedyParams } from '../model/change/change.ts';
import type { TemplateEdit } from '../model/change/operation.ts';
import type { ExpectedImage } from '../model/change/plan.ts';
import type { Cause } from '../model/finding/cause.ts';
import type { Finding } from '../model/finding/finding.ts';
import { isDigest, isTag, parseImage } from '../model/image/image.ts';
import { shortImage } from '../model/image/short-image.ts';
import { imageOf } from '../model/image/tags.ts';
import { leavesOwner } from '../model/image/trusted-move.ts';
import { distinct, listed, shortDigest } from '../model/text/words.ts';
import { defined } from '../model/values/defined.ts';
import { isLabel } from '../model/workload/kubernetes-names.ts';
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
import { contradiction, isSameWish, type Merged } from './parts/wish.ts';

const Setting = z.strictObject({
  /** May be left out if there is one main container. */
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

/** Sets another tag, repository or digest. It must exist, be an image, and fit every node. */
export const setImage: Remedy<Params> = {
  id: 'set-image',
  version: 1,
  title: 'Set the image',
  doing: 'set the image',
  params: Params,
  imageSet: ({ image }) => (typeof image === 'string' ? image : ''),
  merge: mergeImages,
  settled: ({ images }, _planned, snapshot) => {
    const only = chooseContainer(snapshot, undefined);
    return { images: isRefusal(only) ? images : images.map((image) => ({ container: only.name, ...image })) };
  },
  isSameWish: (planned, asked) => isSameWish({ images: leftOpen(planned.images, asked.images) }, asked),

  command: {
    word: 'set-image',
    example: 'NAME :1.2',
    help: {
      usage: 'set-image KIND/NAME [container=]REF|:tag|sha256:… [policy POLICY]',
      summary:
        'Sets another tag, repository or digest; several with their containers. Without an image there is a form.',
      examples: [
        'set-image deployment/web :1.2 -n prod',
        'set-image deployment/web web=ghcr.io/acme/web:1.2 sidecar=:3',
        'set-image web',
      ],
      overview: [['set-image deployment/web :1.2', 'another tag, repository or digest; without an image a form opens']],
    },
    terminal: [
      ['set-image KIND/NAME [CONTAINER=]IMAGE... [policy POLICY]', 'IMAGE is a reference, :TAG or sha256:DIGEST'],
    ],
    read: readImageWords,
    format: formatImages,
  },

  form: {
    kind: 'images',
    title: 'Set the image',
    example: 'deployment/web web=:1.2',
    placeholder: 'CONTAINER=IMAGE',
    button: (finding) => {
      const proposes = finding.proposals.some(({ remedy }) => remedy === 'set-image');
      if (!canChoose(finding, proposes)) return undefined;
      return proposes ? 'Choose another…' : 'Choose an image…';
    },
  },

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

/** The template already names it, or another name for exactly what every pod runs. Pinning the digest is a change. */
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

/** If the container was left open, planning recorded which one it meant. */
function leftOpen(images: readonly Setting[], asked: readonly Setting[]): readonly Setting[] {
  return images.map((image, index) =>
    asked[index]?.container === undefined ? { ...image, container: undefined } : image,
  );
}

function mergeImages(proposals: readonly RemedyParams[]): Merged {
  const images = proposals.flatMap((params) => (Array.isArray(params['images']) ? params['images'] : [params]));
  const byContainer = new Map<unknown, unknown>();
  for (const image of images) {
    const container: unknown = image.container;
    const before = byContainer.get(container);
    if (before !== undefined && JSON.stringify(before) !== JSON.stringify(image)) return contradiction;
    byContainer.set(container, image);
  }
  return { ok: true, params: { images: [...byContainer.values()] } };
}

/** Findings about an image for which a person may know better than imagecheck. */
function canChoose({ check, cause, status, containers }: Finding, proposes: boolean): boolean {
  if (status === 'pass' || status === 'unknown' || containers.length === 0) return false;
  if (ofTheNode.has(cause)) return proposes;
  return imageChecks.includes(check) || proposes;
}

/** What is wrong on a node stays wrong with any other image. */
const ofTheNode: ReadonlySet<string> = new Set<Cause>(['node_image_store', 'node_configuration', 'credential_plugin']);

const imageChecks: readonly string[] = [
  'access-denied',
  'image-missing',
  'index-incomplete',
  'invalid-reference',
  'placeholder-image',
  'platform-mismatch',
  'pull-error',
  'rate-limited',
  'stale-image',
];

/** One image of the command. */
interface ImageChange {
  readonly container?: string;
  /** A whole reference, `:tag` or `sha256:…`. */
  readonly image: string;
  readonly pullPolicy?: string;
}

/** Reads the words of `set-image`. */
export function readImageWords({ words, repaired, otherwise }: Arguments): ReadParams {
  const last = /^policy$/i.test(words.at(-2) ?? '') ? words.at(-1) : undefined;
  const asked = policyOf(last);
  if (last !== undefined && asked === undefined) {
    return mistake(`\`${cutWord(last)}\` isn’t a pull policy. Say which policy: Always, IfNotPresent or Never.`);
  }
  if (/^policy$/i.test(words.at(-1) ?? '')) {
    return mistake('After `policy` comes which one: Always, IfNotPresent or Never.');
  }
  const texts = asked === undefined ? words : words.slice(0, -2);
  if (texts.length === 0 && asked === undefined) return { params: {} };
  if (texts.length === 0 && asked !== undefined) {
    return mistake('Say which image comes before `policy`.', otherwise('pull-policy', [asked]));
  }
  const images: ImageChange[] = [];
  for (const [index, text] of texts.entries()) {
    const replaced = (other: string) => repaired(words.map((word, at) => (at === index ? other : word)));
    const change = imageChange(text, replaced);
    if ('ok' in change) return change;
    if (images.some(({ container }) => container === change.container)) return mistake(twice(change));
    images.push({ ...change, ...defined({ pullPolicy: asked }) });
  }
  const unnamed = images.length > 1 && images.some(({ container }) => container === undefined);
  return unnamed ? mistake(twice({})) : { params: { images } };
}

function twice({ container }: Pick<ImageChange, 'container'>): string {
  return container === undefined
    ? 'Several images are given: say for each of them which container: `web=ghcr.io/acme/web:1.2 sidecar=:3`.'
    : `Two images are given for the container ${container}. Give one.`;
}

function imageChange(text: string, replaced: (other: string) => string): ImageChange | Mistake {
  const equals = text.indexOf('=');
  const container = equals < 0 ? undefined : text.slice(0, equals);
  const image = text.slice(equals + 1).replace(/^@(?=sha(?:256|384|512):)/i, '');
  const before = equals < 0 ? '' : `${container}=`;
  if (container !== undefined && !isLabel(container)) {
    const lower = container.toLowerCase();
    return badName('container', container, replaced(`${lower}=${image}`));
  }
  const problem = imageProblem(image);
  if (problem === undefined) return { ...defined({ container }), image };
  return mistake(problem.message, problem.meant === undefined ? undefined : replaced(`${before}${problem.meant}`));
}

/** What looks like a tag although it could name an image of Docker Hub: `1.2`, `v2.0.1-rc1`, `latest`. */
const bareTag = /^(?:v?\d+\.\d+(?:[-.]\w+)*|v?\d+|latest|stable|main|master|[0-9a-f]{7,40})$/i;

function imageProblem(image: string): { readonly message: string; readonly meant?: string } | undefined {
  if (image === '') return { message: 'The image is empty: give a reference, `:tag` or `sha256:…`.' };
  if (image.startsWith(':')) {
    const tag = image.slice(1);
    return isTag(tag)
      ? undefined
      : { message: `\`${cutWord(image)}\` isn’t a tag: at most 128 letters, digits and "_.-".` };
  }
  if (/^sha(?:256|384|512):/i.test(image)) {
    if (isDigest(image)) return undefined;
    const lower = image.toLowerCase();
    const message = `\`${cutWord(image)}\` isn’t a digest: after \`sha256:\` come 64 digits 0-9 and a-f.`;
    return isDigest(lower) ? { message, meant: lower } : { message };
  }
  if (bareTag.test(image)) {
    return { message: `\`${cutWord(image)}\` looks like a tag; a tag begins with a colon.`, meant: `:${image}` };
  }
  if (image.length > 1024) return { message: 'The image reference is longer than 1024 characters.' };
  const parsed = parseImage(image);
  if (parsed.ok) return undefined;
  const message = `\`${cutWord(image)}\` isn’t a valid image reference: ${parsed.reason}.`;
  return parsed.suggestion === undefined ? { message } : { message, meant: parsed.suggestion };
}

/** Images in the words that `readImages` reads. */
export function formatImages(params: RemedyParams): readonly string[] {
  const listed = Array.isArray(params['images']) ? (params['images'] as readonly Partial<ImageChange>[]) : [params];
  const changes = listed.filter((each): each is ImageChange => typeof each.image === 'string');
  const policy = changes[0]?.pullPolicy;
  const same = policy !== undefined && changes.every(({ pullPolicy }) => pullPolicy === policy);
  const images = changes.map(({ container, image }) => (container === undefined ? image : `${container}=${image}`));
  return [...images, ...(same ? ['policy', policy] : [])];
}
