import type { Target } from '../../model/ask/ask.ts';
import { parseImage } from '../../model/image/image.ts';
import { defined } from '../../model/values/defined.ts';
import { isLabel, isSubdomain } from '../../model/workload/kubernetes-names.ts';
import { type WorkloadKind, workloadKinds } from '../../model/workload/workload.ts';
import { kindOf, otherKindOf } from './kinds.ts';
import { type Mistake, mistake, type Words } from './options.ts';

/** A channel's defaults set with `use`; filled in if the command says nothing else. */
export interface CommandDefaults {
  readonly cluster?: string;
  readonly namespace?: string;
}

export type TypedWorkload = Extract<Target, { type: 'workload' }>;

/** Options in their canonical spelling. */
export function places(from: {
  readonly namespace?: string | undefined;
  readonly cluster?: string;
  readonly dm?: boolean;
}): readonly string[] {
  return [
    ...(from.namespace === undefined ? [] : ['-n', from.namespace]),
    ...(from.cluster === undefined ? [] : ['-c', from.cluster]),
    ...(from.dm === true ? ['--dm'] : []),
  ];
}

/** Parses a workload for a command that knows what comes before it. A name that is also a kind needs more. */
export function named(target: TypedWorkload | undefined): readonly string[] {
  if (target === undefined) return [];
  const { kind, namespace, name } = target;
  if (kind !== undefined) return [`${kind.toLowerCase()}/${name}`];
  return [namespace !== undefined && kindOf(name) !== undefined ? `${namespace}/${name}` : name];
}

/** The words that name a workload, and those after them. */
export interface NamedWorkload {
  readonly kind: WorkloadKind | undefined;
  /** `NAME` or `NAMESPACE/NAME`; undefined if a kind is alone. */
  readonly path: string | undefined;
  readonly rest: readonly string[];
}

/** Takes `KIND/NAME`, `KIND NAME` or `NAME` from the front of the words. */
export function takeWorkload(words: readonly string[]): NamedWorkload {
  const [first, ...others] = words;
  if (first === undefined) return { kind: undefined, path: undefined, rest: [] };
  const slash = first.indexOf('/');
  const kind = kindOf(slash < 0 ? first : first.slice(0, slash));
  if (kind === undefined) return { kind, path: first, rest: others };
  if (slash >= 0) return { kind, path: first.slice(slash + 1), rest: others };
  return { kind, path: others[0], rest: others.slice(1) };
}

/** Kinds whose name is never that of a workload, so the word after it is the name. */
const neverNames: readonly string[] = ['ReplicaSet', 'ReplicationController', 'DeploymentConfig'];
/** What Kubernetes appends to the name of a Deployment: letters and digits that spell no word. */
const replicaSetName = /^(.+)-[bcdfghjklmnpqrstvwxz2456789]{5,10}$/;

/**
 * A Kubernetes kind at the start of the words that isn't a workload here; undefined if there is none. `done` says what
 * can't be done to it, `command` writes the whole command with another workload.
 */
export function otherKind(
  words: readonly string[],
  done: 'checked' | 'changed',
  command: (workload: readonly string[], rest: readonly string[]) => string,
): Mistake | undefined {
  const [first = '', second, ...more] = words;
  const [word = '', name = '', extra] = first.split('/');
  const kind = otherKindOf(word);
  if (kind === undefined || extra !== undefined) return undefined;
  const isApart = !first.includes('/');
  if (isApart && (second === undefined || !neverNames.includes(kind) || !isSubdomain(second))) return undefined;
  const named = isApart ? (second ?? '') : name;
  const rest = isApart || second === undefined ? more : [second, ...more];
  const kinds = workloadKinds.map((known) => known.toLowerCase());
  const which = `${kinds.slice(0, -1).join(', ')} and ${kinds.at(-1)}`;
  const message = `The kind ${kind} cannot be ${done} directly; ${which} can.`;
  if (kind !== 'ReplicaSet') {
    const hint = command([named === '' ? 'NAME' : cutWord(named), '-n', cutWord(word)], []);
    return mistake(`${message} For a workload in a namespace of that name: \`${hint}\`.`);
  }
  const owner = replicaSetName.exec(named)?.[1];
  return mistake(
    `${message} A ReplicaSet belongs to a Deployment, which makes it again: name that.`,
    owner === undefined || !isSubdomain(owner) ? undefined : command([`deployment/${owner}`], rest),
  );
}

/** The workload of a path, or what is wrong with it; `repaired` writes the whole command with another path. */
export function readTarget(
  kind: WorkloadKind | undefined,
  path: string,
  from: { readonly words: Words; readonly defaults: CommandDefaults; readonly repaired: (path: string) => string },
): TypedWorkload | Mistake {
  const { words, defaults, repaired } = from;
  const parts = path.split('/');
  const name = parts.at(-1) ?? '';
  const inPath = parts.length > 1 ? parts[0] : undefined;
  if (parts.length > 2) return notAName(path);
  if (inPath !== undefined && words.namespace !== undefined && inPath !== words.namespace) {
    return mistake(`Two namespaces are given: ${cutWord(inPath)} and ${words.namespace}. Give one.`);
  }
  const namespace = inPath ?? words.namespace ?? defaults.namespace;
  const lower = repaired(path.toLowerCase());
  if (inPath !== undefined && !isLabel(inPath)) return badName('namespace', inPath, lower, path);
  if (!isSubdomain(name)) return badName('name', name, lower, path);
  return { type: 'workload', ...defined({ kind, namespace }), name };
}

/** What is wrong with a name, with the rule that it breaks. */
export function badName(
  what: 'namespace' | 'name' | 'cluster' | 'container',
  text: string,
  repaired?: string,
  whole = text,
): Mistake {
  if (text === '') return mistake(`The ${what} is empty.`);
  if (what === 'name' && /[:@]/.test(whole) && parseImage(whole).ok) {
    return mistake(`\`${cutWord(whole)}\` looks like an image, not like a workload.`, `image ${whole}`);
  }
  const length = what === 'name' ? 253 : 63;
  const dots = what === 'name' ? ', "-" and "."' : ' and "-"';
  const rule = `at most ${length} lower-case letters, digits${dots}, with a letter or digit at both ends`;
  const lower = text.toLowerCase();
  const wouldDo = lower !== text && (what === 'name' ? isSubdomain(lower) : isLabel(lower));
  return mistake(`\`${cutWord(text)}\` cannot be a ${what}: it has ${rule}.`, wouldDo ? repaired : undefined);
}

/** The mistake for a text that names no workload. */
export function notAName(text: string): Mistake {
  if (parseImage(text).ok && /[.:@]/.test(text)) {
    return mistake(`\`${cutWord(text)}\` looks like an image, not like a workload.`, `image ${text}`);
  }
  return mistake(`\`${cutWord(text)}\` has too many parts or characters that no name has: write \`[NAMESPACE/]NAME\`.`);
}

/** A typed word, shortened so that it can be repeated. */
export function cutWord(text: string): string {
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
