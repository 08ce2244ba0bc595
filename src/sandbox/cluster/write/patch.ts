import { isDeepStrictEqual } from 'node:util';
import { type Fields, isRecord, text, without } from '../objects/object.ts';
import { ApiError, badRequest, unsupportedMediaType } from '../objects/status.ts';
import { strategicPatch } from './strategic-patch.ts';

const jsonPatchType = 'application/json-patch+json';
const mergePatchType = 'application/merge-patch+json';
const strategicPatchType = 'application/strategic-merge-patch+json';

/**
 * Applies the body of a PATCH to an object. Only built-in kinds define which lists are merged; for others a strategic
 * merge patch is refused with 415. Server-side apply is refused for all kinds.
 */
export function patched(
  object: Fields,
  contentType: string,
  body: unknown,
  type: { readonly kind: string; readonly custom: boolean },
): Fields {
  if (contentType === strategicPatchType && !type.custom) {
    if (!isRecord(body)) throw badRequest('error decoding patch: a strategic merge patch is an object');
    return strategicPatch(type.kind, object, body);
  }
  if (contentType === mergePatchType) {
    if (!isRecord(body)) throw badRequest('error decoding patch: a merge patch is an object');
    return mergePatch(object, body) as Fields;
  }
  if (contentType !== jsonPatchType) {
    const known = type.custom ? [] : [strategicPatchType];
    throw unsupportedMediaType([jsonPatchType, mergePatchType, ...known]);
  }
  if (!Array.isArray(body)) throw badRequest('error decoding patch: a JSON patch is a list of operations');
  const result = body.reduce<unknown>((current, operation) => applyOperation(current, operation), object);
  if (!isRecord(result)) throw badRequest('the patch replaces the object by something else');
  return result;
}

/** RFC 7386: `null` removes, lists are replaced whole. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const result: Record<string, unknown> = { ...(isRecord(target) ? target : {}) };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = mergePatch(result[key], value);
  }
  return result;
}

/** One operation of RFC 6902; a failing `test` gives 422 without details, as in the API server. */
function applyOperation(document: unknown, operation: unknown): unknown {
  const path = pointer(text(operation, 'path'));
  const value = isRecord(operation) ? operation['value'] : undefined;
  switch (text(operation, 'op')) {
    case 'add':
      return edit(document, path, () => value, 'add');
    case 'replace':
      return edit(document, path, () => value, 'replace');
    case 'remove':
      read(document, path);
      return edit(document, path, () => undefined, 'remove');
    case 'test':
      // The parent of the field must exist; a missing field is null.
      read(document, path.slice(0, -1));
      if (!isDeepStrictEqual(readOrNull(document, path), value ?? null)) throw unprocessable();
      return document;
    case 'move': {
      const from = pointer(text(operation, 'from'));
      const moved = read(document, from);
      return edit(
        edit(document, from, () => undefined, 'remove'),
        path,
        () => moved,
        'add',
      );
    }
    case 'copy': {
      const copied = read(document, pointer(text(operation, 'from')));
      return edit(document, path, () => copied, 'add');
    }
    default:
      throw badRequest(`unexpected kind of operation: ${text(operation, 'op')}`);
  }
}

/** The API server does not say which operation failed or why (docs/facts/kubernetes.md#changing-objects). */
function unprocessable(): ApiError {
  return new ApiError(422, 'Invalid', 'the server rejected our request due to an error in our request', {});
}

function pointer(path: string): readonly string[] {
  if (path === '') return [];
  if (!path.startsWith('/')) throw badRequest(`invalid JSON pointer ${JSON.stringify(path)}`);
  return path
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

const missing = Symbol('missing');

function child(node: unknown, step: string): unknown {
  if (Array.isArray(node)) return /^\d+$/.test(step) && Number(step) < node.length ? node[Number(step)] : missing;
  return isRecord(node) && Object.hasOwn(node, step) ? node[step] : missing;
}

function readOrNull(document: unknown, path: readonly string[]): unknown {
  const value = path.reduce<unknown>((node, step) => child(node, step), document);
  return value === missing ? null : (value ?? null);
}

function read(document: unknown, path: readonly string[]): unknown {
  const value = path.reduce<unknown>((node, step) => child(node, step), document);
  if (value === missing) throw unprocessable();
  return value;
}

function edit(
  node: unknown,
  path: readonly string[],
  change: () => unknown,
  how: 'add' | 'replace' | 'remove',
): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return change();
  if (rest.length > 0) {
    const next = child(node, step);
    if (next === missing) throw unprocessable();
    return put(node, step, edit(next, rest, change, how));
  }
  if (Array.isArray(node)) return editList(node, step, change, how);
  if (!isRecord(node)) throw unprocessable();
  if (how !== 'remove') return { ...node, [step]: change() };
  return without(node, step);
}

function put(node: unknown, step: string, value: unknown): unknown {
  if (Array.isArray(node)) return node.with(Number(step), value);
  return { ...(isRecord(node) ? node : {}), [step]: value };
}

function editList(
  node: readonly unknown[],
  step: string,
  change: () => unknown,
  how: 'add' | 'replace' | 'remove',
): unknown {
  const position = step === '-' ? node.length : Number(step);
  const isInside = Number.isInteger(position) && position >= 0 && position <= node.length;
  if (!isInside || (how !== 'add' && position === node.length)) throw unprocessable();
  if (how === 'add') return node.toSpliced(position, 0, change());
  return how === 'remove' ? node.toSpliced(position, 1) : node.with(position, change());
}
