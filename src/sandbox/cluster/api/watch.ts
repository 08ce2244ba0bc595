import type { ServerResponse } from 'node:http';
import type { KubeObject } from '../objects/object.ts';
import { typeKey } from '../objects/resource-types.ts';
import { statusBody } from '../objects/status.ts';
import type { Selector } from '../store/selectors.ts';
import type { Change, Store } from '../store/store.ts';
import { jsonOf, partialMetadata, type Representation, representationOf, table } from '../view/representation.ts';
import { selectorOf } from './lists.ts';
import { isTrue, type ResourceRequest } from './request.ts';

/** What a watch needs from the server. */
export interface WatchContext {
  readonly store: Store;
  readonly now: () => Date;
  /** About a minute in a real server. */
  readonly bookmarkEveryMs: number;
}

/**
 * Streams changes until the client disconnects, `timeoutSeconds` ends or the server stops (API concepts, "Efficient
 * detection of changes").
 */
export function serveWatch(context: WatchContext, request: ResourceRequest, response: ServerResponse): void {
  const { store, bookmarkEveryMs } = context;
  const selects = selectorOf(request);
  const write = writerOf(context, request, response);
  response.writeHead(200, { 'content-type': 'application/json', 'transfer-encoding': 'chunked' });
  response.flushHeaders();
  if (!sendPast(store, request, selects, write)) return void response.end();

  const stop = store.subscribe((change) => {
    if (concerns(change, request)) send(change, selects, write);
  });
  const bookmarks = isTrue(request.query.get('allowWatchBookmarks'))
    ? setInterval(() => write('BOOKMARK', bookmark(request, store.revision())), bookmarkEveryMs)
    : undefined;
  const seconds = Number(request.query.get('timeoutSeconds') ?? 0) || 3600;
  const timeout = setTimeout(() => response.end(), seconds * 1000);
  response.on('close', () => {
    stop();
    clearInterval(bookmarks);
    clearTimeout(timeout);
  });
}

type Write = (kind: string, object: KubeObject | Readonly<Record<string, unknown>>) => void;

/** Sends everything up to now; false when the revision is too old, which is reported in the stream. */
function sendPast(store: Store, request: ResourceRequest, selects: Selector, write: Write): boolean {
  const { query, type, namespace } = request;
  const wanted = query.get('resourceVersion') ?? '';
  const sendsInitial = isTrue(query.get('sendInitialEvents'));
  if (wanted === '' || wanted === '0' || sendsInitial) {
    for (const object of store.list(type, namespace === '' ? undefined : namespace)) {
      if (selects(object)) write('ADDED', object);
    }
    if (sendsInitial) write('BOOKMARK', bookmark(request, store.revision(), { 'k8s.io/initial-events-end': 'true' }));
    return true;
  }
  const past = store.since(Number(wanted));
  if (past === 'expired') {
    const message = `too old resource version: ${wanted} (${store.revision()})`;
    write('ERROR', statusBody(410, 'Expired', message));
    return false;
  }
  for (const change of past) if (concerns(change, request)) send(change, selects, write);
  return true;
}

function concerns({ type, object }: Change, request: ResourceRequest): boolean {
  const inNamespace = request.namespace === '' || object.metadata.namespace === request.namespace;
  return inNamespace && typeKey(type) === typeKey(request.type);
}

/** For this watcher, an object that leaves the selection is deleted, and one that enters it is added. */
function send({ kind, object, previous }: Change, selects: Selector, write: Write): void {
  const before = previous !== undefined && selects(previous);
  const after = kind !== 'DELETED' && selects(object);
  if (after) write(before ? 'MODIFIED' : 'ADDED', object);
  else if (before) write('DELETED', object);
}

function bookmark(
  { type }: ResourceRequest,
  revision: number,
  annotations?: Readonly<Record<string, string>>,
): KubeObject {
  const apiVersion = type.group === '' ? type.version : `${type.group}/${type.version}`;
  const metadata = { resourceVersion: String(revision), creationTimestamp: null, ...(annotations && { annotations }) };
  return { kind: type.kind, apiVersion, metadata } as unknown as KubeObject;
}

function writerOf({ now }: WatchContext, request: ResourceRequest, response: ServerResponse): Write {
  const form = representationOf(request.accept);
  let first = true;
  return (kind, object) => {
    const asIs = form === 'object' || kind === 'ERROR' || kind === 'BOOKMARK';
    const shown = asIs ? undefined : transformed(form, object as KubeObject, request, first, now());
    if (!asIs) first = false;
    const json = shown === undefined ? text(object) : JSON.stringify(shown);
    response.write(`{"type":"${kind}","object":${json}}\n`);
  };
}

function text(object: KubeObject | Readonly<Record<string, unknown>>): string {
  return 'metadata' in object && 'apiVersion' in object ? jsonOf(object as KubeObject) : JSON.stringify(object);
}

function transformed(
  form: Representation,
  object: KubeObject,
  request: ResourceRequest,
  withColumns: boolean,
  now: Date,
): unknown {
  if (form === 'metadata') return partialMetadata(object);
  const includeObject = request.query.get('includeObject') ?? 'Metadata';
  const metadata = { resourceVersion: object.metadata.resourceVersion };
  return table(request.type.kind, [object], metadata, { includeObject, withColumns, now });
}
