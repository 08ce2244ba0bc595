import type { KubeObject } from '../objects/object.ts';
import type { ResourceType } from '../objects/resource-types.ts';
import { badRequest, expired } from '../objects/status.ts';
import { fieldSelector, labelSelector, type Selector } from '../store/selectors.ts';
import { keyOf, type Store } from '../store/store.ts';
import type { ResourceRequest } from './request.ts';

/** One page of a list. */
export interface Page {
  readonly objects: readonly KubeObject[];
  readonly resourceVersion: string;
  /** Empty on the last page. */
  readonly continueToken: string;
  readonly remaining: number | undefined;
}

/** What a request selects: name (of a watch on one object), labels and fields. */
export function selectorOf({ type, name, query }: Pick<ResourceRequest, 'type' | 'name' | 'query'>): Selector {
  const byLabels = labelSelector(query.get('labelSelector') ?? '');
  const byFields = fieldSelector(type.kind, query.get('fieldSelector') ?? '');
  return (object) => (name === '' || object.metadata.name === name) && byLabels(object) && byFields(object);
}

/**
 * Reads one page; a `continue` token for a revision that is no longer kept gets a 410 with a fresh token, as in the
 * real API.
 */
export function page(store: Store, request: ResourceRequest): Page {
  const { type, namespace, query } = request;
  const limit = Math.max(0, Number(query.get('limit') ?? 0) || 0);
  const token = query.get('continue') ?? '';
  const start = token === '' ? undefined : readToken(token);
  if (start !== undefined && store.since(start.revision) === 'expired') {
    const { key } = start;
    throw expired(
      'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
      writeToken({ revision: store.revision(), key }),
    );
  }
  const selects = selectorOf(request);
  const all = store.list(type, namespace === '' ? undefined : namespace, start?.revision);
  const from = start === undefined ? 0 : firstBehind(all, start.key);
  const revision = start?.revision ?? store.revision();
  const objects: KubeObject[] = [];
  let position = from;
  const most = limit === 0 ? Number.POSITIVE_INFINITY : limit;
  for (; position < all.length; position += 1) {
    if (objects.length >= most) break;
    const object = all[position];
    if (object !== undefined && selects(object)) objects.push(object);
  }
  const last = objects.at(-1);
  const more = position < all.length && last !== undefined && restHas(all, position, selects);
  return {
    objects,
    resourceVersion: String(revision),
    continueToken: more ? writeToken({ revision, key: keyOf(last) }) : '',
    remaining:
      more && query.get('labelSelector') === null && query.get('fieldSelector') === null
        ? all.length - position
        : undefined,
  };
}

function restHas(all: readonly KubeObject[], position: number, selects: Selector): boolean {
  for (let next = position; next < all.length; next += 1) {
    const object = all[next];
    if (object !== undefined && selects(object)) return true;
  }
  return false;
}

function firstBehind(all: readonly KubeObject[], key: string): number {
  let low = 0;
  let high = all.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const object = all[middle];
    if (object !== undefined && keyOf(object) <= key) low = middle + 1;
    else high = middle;
  }
  return low;
}

interface Token {
  readonly revision: number;
  readonly key: string;
}

function writeToken({ revision, key }: Token): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start: key })).toString('base64url');
}

function readToken(token: string): Token {
  try {
    const { rv, start } = JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as Record<string, unknown>;
    if (typeof rv === 'number' && typeof start === 'string') return { revision: rv, key: start };
  } catch {
    // Falls through to the response for every foreign token.
  }
  throw badRequest('continue key is not valid');
}

/** `PodList`. */
export function listKind({ kind }: ResourceType): string {
  return `${kind}List`;
}
