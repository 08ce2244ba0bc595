import type { RemedyParams } from '../model/change/change.ts';
import { isDigest, isTag, parseImage } from '../model/image/image.ts';
import { defined } from '../model/values/defined.ts';
import { isLabel } from '../model/workload/kubernetes-names.ts';
import { type Mistake, mistake } from './command-options.ts';
import { badName, shown } from './command-workload.ts';

/** The words after the workload, and how to write the whole command with others. */
export interface Arguments {
  readonly words: readonly string[];
  readonly repaired: (words: readonly string[]) => string;
  /** The same workload with another command. */
  readonly otherwise: (command: string, words: readonly string[]) => string;
}

/** Parameters as the remedy takes them. */
export type Read = { readonly params: RemedyParams } | Mistake;

const policies = ['Always', 'IfNotPresent', 'Never'] as const;

/** A pull policy in any case. */
export function policyOf(word: string | undefined): (typeof policies)[number] | undefined {
  return policies.find((policy) => policy.toLowerCase() === word?.toLowerCase());
}

interface ImageChange {
  readonly container?: string;
  /** A whole reference, `:tag` or `sha256:…`. */
  readonly image: string;
  readonly pullPolicy?: string;
}

/** Reads the words of `set-image`. */
export function readImages({ words, repaired, otherwise }: Arguments): Read {
  const last = /^policy$/i.test(words.at(-2) ?? '') ? words.at(-1) : undefined;
  const asked = policyOf(last);
  if (last !== undefined && asked === undefined) {
    return mistake(`\`${shown(last)}\` is no pull policy. Say which policy: Always, IfNotPresent or Never.`);
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
const bareTag = /^(?:v?\d+(?:\.\d+)+(?:[-.]\w+)*|v?\d+|latest|stable|main|master|[0-9a-f]{7,40})$/i;

function imageProblem(image: string): { readonly message: string; readonly meant?: string } | undefined {
  if (image === '') return { message: 'The image is empty: give a reference, `:tag` or `sha256:…`.' };
  if (image.startsWith(':')) {
    const tag = image.slice(1);
    return isTag(tag)
      ? undefined
      : { message: `\`${shown(image)}\` is no tag: at most 128 letters, digits and "_.-".` };
  }
  if (/^sha(?:256|384|512):/i.test(image)) {
    if (isDigest(image)) return undefined;
    const lower = image.toLowerCase();
    const message = `\`${shown(image)}\` is no digest: after \`sha256:\` come 64 digits 0-9 and a-f.`;
    return isDigest(lower) ? { message, meant: lower } : { message };
  }
  if (bareTag.test(image)) {
    return { message: `\`${shown(image)}\` looks like a tag; a tag begins with a colon.`, meant: `:${image}` };
  }
  if (image.length > 1024) return { message: 'The image reference is longer than 1024 characters.' };
  const parsed = parseImage(image);
  if (parsed.ok) return undefined;
  const message = `\`${shown(image)}\` isn’t a valid image reference: ${parsed.reason}.`;
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
