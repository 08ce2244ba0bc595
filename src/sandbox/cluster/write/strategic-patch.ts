import { isDeepStrictEqual } from 'node:util';
import { type Fields, isRecord } from '../objects/object.ts';
import { ApiError } from '../objects/status.ts';

/**
 * Lists whose elements are merged, by the field that identifies them (`patchMergeKey` of the API types). All other
 * lists are replaced whole.
 */
const mergeKeys: Readonly<Record<string, string>> = {
  addresses: 'type',
  conditions: 'type',
  containers: 'name',
  env: 'name',
  ephemeralContainers: 'name',
  hostAliases: 'ip',
  hostIPs: 'ip',
  imagePullSecrets: 'name',
  initContainers: 'name',
  ownerReferences: 'uid',
  podIPs: 'ip',
  ports: 'containerPort',
  resourceClaims: 'name',
  secrets: 'name',
  topologySpreadConstraints: 'topologyKey',
  volumeDevices: 'devicePath',
  volumeMounts: 'mountPath',
  volumes: 'name',
};

/** Exceptions for a kind: `undefined` means the list is replaced. */
const ofKind: Readonly<Record<string, Readonly<Record<string, string | undefined>>>> = {
  Service: { ports: 'port' },
  ServiceAccount: { imagePullSecrets: undefined },
};

/** Lists of strings that are merged as sets. */
const wordSets = ['finalizers', 'podCIDRs'];

const orderPrefix = '$setElementOrder/';
const deletionPrefix = '$deleteFromPrimitiveList/';

/**
 * Applies a strategic merge patch with its directives: `$patch`, `$setElementOrder/…`, `$deleteFromPrimitiveList/…` and
 * `$retainKeys` (Kubernetes, "Update API objects in place using kubectl patch"). An invalid patch gives a 500 in the
 * API server, and so here.
 */
export function strategicPatch(kind: string, object: Fields, patch: Fields): Fields {
  return mergeMap(kind, object, patch);
}

function mergeMap(kind: string, target: Fields, patch: Fields): Fields {
  const directive = patch['$patch'];
  if (directive === 'replace') return withoutDirectives(patch);
  if (directive === 'delete') return {};
  if (directive !== undefined && directive !== 'merge')
    throw senseless(`Unknown patch type found: ${JSON.stringify(directive)}`);
  const retained = patch['$retainKeys'];
  const result: Record<string, unknown> = Array.isArray(retained)
    ? Object.fromEntries(Object.entries(target).filter(([key]) => retained.includes(key)))
    : { ...target };
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith('$')) continue;
    if (value === null) delete result[key];
    else if (Array.isArray(value)) result[key] = mergeList(kind, key, result[key], value);
    else if (isRecord(value)) result[key] = mergeMap(kind, isRecord(result[key]) ? result[key] : {}, value);
    else result[key] = value;
  }
  for (const [key, words] of directives(patch, deletionPrefix)) {
    if (Array.isArray(result[key])) result[key] = result[key].filter((word) => !words.includes(word));
  }
  for (const [key, order] of directives(patch, orderPrefix)) {
    const list = result[key];
    if (Array.isArray(list)) result[key] = ordered(list, order, keyOf(kind, key));
  }
  return result;
}

function directives(patch: Fields, prefix: string): readonly (readonly [key: string, list: readonly unknown[]])[] {
  return Object.entries(patch).flatMap(([key, value]) =>
    key.startsWith(prefix) && Array.isArray(value) ? [[key.slice(prefix.length), value] as const] : [],
  );
}

function keyOf(kind: string, field: string): string | undefined {
  const special = ofKind[kind];
  return special !== undefined && Object.hasOwn(special, field) ? special[field] : mergeKeys[field];
}

function mergeList(kind: string, field: string, target: unknown, patch: readonly unknown[]): readonly unknown[] {
  const present = Array.isArray(target) ? target : [];
  if (wordSets.includes(field)) return [...new Set([...present, ...patch])];
  const key = keyOf(kind, field);
  if (key === undefined || !patch.every(isRecord)) return patch;
  if (patch.some((element) => element['$patch'] === 'replace')) {
    return patch.filter((element) => element['$patch'] !== 'replace').map(withoutDirectives);
  }
  const result: unknown[] = [...present];
  for (const element of patch) {
    const name = element[key];
    if (name === undefined)
      throw senseless(`map: ${JSON.stringify(element)} does not contain declared merge key: ${key}`);
    const at = result.findIndex((other) => isRecord(other) && other[key] === name);
    const other = result[at];
    if (element['$patch'] === 'delete') {
      if (at >= 0) result.splice(at, 1);
    } else if (isRecord(other)) result[at] = mergeMap(kind, other, element);
    else result.push(mergeMap(kind, {}, element));
  }
  return result;
}

/** In the requested order; an element that the order does not name stays after the element it followed before. */
function ordered(list: readonly unknown[], order: readonly unknown[], key: string | undefined): readonly unknown[] {
  const identity = (element: unknown): unknown => (key !== undefined && isRecord(element) ? element[key] : element);
  const wanted = order.map(identity);
  const same = (left: unknown) => (right: unknown) => isDeepStrictEqual(identity(left), right);
  const result = wanted.flatMap((name) => list.filter((element) => isDeepStrictEqual(identity(element), name)));
  for (const [index, element] of list.entries()) {
    if (wanted.some(same(element))) continue;
    const before = list[index - 1];
    const at = index === 0 ? 0 : result.indexOf(before) + 1;
    result.splice(at, 0, element);
  }
  return result;
}

function withoutDirectives(value: Fields): Fields {
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, each]) => !key.startsWith('$') && each !== null)
      .map(([key, each]) => [key, isRecord(each) ? withoutDirectives(each) : each]),
  );
}

function senseless(message: string): ApiError {
  return new ApiError(500, '', message, {});
}
