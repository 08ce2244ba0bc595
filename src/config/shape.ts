import type { z } from 'zod';
import { nearestNames } from '../model/text/nearest-names.ts';
import type { ConfigDocument } from './document.ts';
import { type ConfigMistake, formatPath } from './mistakes.ts';
import type { Outside } from './outside.ts';
import { type ConfigFile, configFile } from './schema.ts';

type Issue = z.core.$ZodIssue;

/** Checks a parsed file and resolves its references, or reports every error in it. */
export function readShape(
  document: ConfigDocument,
  outside: Outside,
): { readonly value: ConfigFile } | { readonly mistakes: readonly ConfigMistake[] } {
  const schema = configFile(outside);
  const result = schema.safeParse(document.value ?? {}, { reportInput: true });
  if (result.success) return { value: result.data };
  const root = schema as unknown as SchemaNode;
  const mistakes = result.error.issues.flatMap((issue) => mistakesOf(issue, document, root));
  return { mistakes: mistakes.toSorted((a, b) => lineOrder(a) - lineOrder(b)) };
}

/** Errors without a line come last. */
function lineOrder({ line }: ConfigMistake): number {
  return line ?? Number.MAX_SAFE_INTEGER;
}

function mistakesOf(issue: Issue, document: ConfigDocument, root: SchemaNode): ConfigMistake[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const path = [...issue.path, key];
      const message = unknownKey(key, keysAt(root, issue.path));
      return { line: document.lineOf(path), where: formatPath(path), message };
    });
  }
  return [{ line: document.lineOf(issue.path), where: formatPath(issue.path), message: describe(issue) }];
}

/** Keys where people write the secret itself, with the keys for the name of its environment variable. */
const secretKeys: Readonly<Record<string, readonly string[]>> = {
  username: ['usernameEnv'],
  user: ['usernameEnv'],
  password: ['passwordEnv'],
  token: ['passwordEnv', 'botTokenEnv', 'tokenEnv'],
  privateKey: ['privateKeyEnv'],
  signingKey: ['privateKeyEnv'],
  botToken: ['botTokenEnv'],
  appToken: ['appTokenEnv'],
  signingSecret: ['signingSecretEnv'],
};

function unknownKey(key: string, known: readonly string[]): string {
  const variableKey = Object.hasOwn(secretKeys, key)
    ? secretKeys[key]?.find((name) => known.includes(name))
    : undefined;
  if (variableKey !== undefined) {
    return `unknown key; secrets come from the environment: write ${variableKey} with the name of the variable`;
  }
  const meant = nearestNames(key, known, 1)[0];
  return meant === undefined
    ? `unknown key; expected one of ${known.join(', ')}`
    : `unknown key; did you mean ${meant}?`;
}

/** The part of a zod schema that lists the keys it knows. */
interface SchemaNode {
  readonly def: {
    readonly shape?: Readonly<Record<string, SchemaNode>>;
    readonly innerType?: SchemaNode;
    readonly in?: SchemaNode;
    readonly element?: SchemaNode;
  };
}

/** The keys that the schema knows at a path. */
function keysAt(root: SchemaNode, path: readonly PropertyKey[]): readonly string[] {
  let node = unwrap(root);
  for (const part of path) {
    node = unwrap(typeof part === 'number' ? node?.def.element : node?.def.shape?.[String(part)]);
  }
  return Object.keys(node?.def.shape ?? {});
}

function unwrap(node: SchemaNode | undefined): SchemaNode | undefined {
  let inner = node;
  for (let next = inner; next !== undefined; next = inner?.def.innerType ?? inner?.def.in) inner = next;
  return inner;
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'text',
  array: 'a list (lines that start with "- ")',
  object: 'keys with values',
  number: 'a whole number',
  int: 'a whole number',
  boolean: 'true or false',
};

/** What was expected, without the value that was found. */
function describe(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'missing' : `expected ${typeNames[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return oneOf(issue.values.map(String), issue.input);
    case 'too_small':
      return issue.origin === 'string' ? 'expected non-empty text' : `expected at least ${String(issue.minimum)}`;
    case 'too_big':
      return `expected at most ${String(issue.maximum)}`;
    case 'invalid_union':
      return issue.errors.flat().find(({ code }) => code === 'custom')?.message ?? 'expected text or a list of texts';
    case 'invalid_format':
    case 'custom':
      return issue.message;
    case 'unrecognized_keys':
    case 'invalid_key':
    case 'invalid_element':
    case 'not_multiple_of':
      break;
  }
  return 'doesn’t match docs/configuration.md';
}

function oneOf(values: readonly string[], found: unknown): string {
  const meant = typeof found === 'string' ? nearestNames(found, values, 1)[0] : undefined;
  const expected =
    values.length > 12 ? 'expected one of the names in docs/configuration.md' : `expected one of ${values.join(', ')}`;
  return meant === undefined ? expected : `${expected}; did you mean ${meant}?`;
}
