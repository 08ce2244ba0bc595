import type { ServerResponse } from 'node:http';
import { type Fields, isRecord, type KubeObject } from '../objects/object.ts';
import { badRequest, methodNotAllowed, notAcceptable, unknownPath, unsupportedMediaType } from '../objects/status.ts';
import type { Store } from '../store/store.ts';
import { jsonOf, partialMetadata, representationOf, table } from '../view/representation.ts';
import { deletedStatus, deleteObject, deleteOptions, isDryRun } from '../write/deletes.ts';
import { patched } from '../write/patch.ts';
import { existing, type Writes } from '../write/writes.ts';
import type { Authentication } from './authentication.ts';
import { listKind, page, selectorOf } from './lists.ts';
import { serveLog } from './logs.ts';
import { fromProtobuf } from './protobuf.ts';
import type { ResourceRequest } from './request.ts';
import { bindPod, requestToken, scaleOf } from './subresources.ts';
import { serveWatch } from './watch.ts';

/** Everything a request may touch. */
export interface ApiContext {
  readonly store: Store;
  readonly writes: Writes;
  readonly authentication: Authentication;
  readonly now: () => Date;
  readonly bookmarkEveryMs: number;
}

/** Carries out one authorised request and responds to it. Refusals are thrown as `ApiError`. */
export async function handle(
  context: ApiContext,
  request: ResourceRequest,
  body: Buffer,
  response: ServerResponse,
): Promise<void> {
  const { verb, subresource, type } = request;
  if (request.name !== '' && type.namespaced && request.namespace === '') throw unknownPath();
  if (verb === 'watch') return serveWatch(context, request, response);
  if (verb === 'list') return answerList(context, request, response);
  if (verb === 'deletecollection') return deleteAll(context, request, body, response);
  if (subresource !== '' && subresource !== 'status') return handleSubresource(context, request, body, response);
  if (subresource === 'status' && !type.hasStatus) throw unknownPath();
  switch (verb) {
    case 'get':
      return answerObject(context, request, target(context, request), 200, response);
    case 'create':
      return create(context, request, body, response);
    case 'update':
    case 'patch':
      return answerObject(context, request, update(context, request, body), 200, response);
    case 'delete':
      return deleteOne(context, request, body, response);
  }
}

function target({ store }: ApiContext, { type, namespace, name }: ResourceRequest): KubeObject {
  return existing(store, type, namespace, name);
}

function parse(body: Buffer, contentType: string): unknown {
  if (contentType === 'application/vnd.kubernetes.protobuf') return fromProtobuf(body);
  if (contentType.includes('cbor')) throw unsupportedMediaType(['application/json']);
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw badRequest(`error decoding the body: ${error instanceof Error ? error.message : 'not JSON'}`);
  }
}

/** The body as an object; throws the API's 400 or 415 for anything else. */
export function parseObject(body: Buffer, contentType: string): Fields {
  const value = parse(body, contentType);
  if (!isRecord(value)) throw badRequest('the body is not an object');
  return value;
}

function writeOptions({ manager, subresource, query, verb }: ResourceRequest) {
  return { manager, subresource, dryRun: isDryRun(query), isPatch: verb === 'patch' };
}

function create(context: ApiContext, request: ResourceRequest, body: Buffer, response: ServerResponse): void {
  if (request.name !== '') throw methodNotAllowed();
  const { type, namespace, contentType } = request;
  if (type.namespaced && namespace === '') throw badRequest('an empty namespace may not be set during creation');
  const object = context.writes.create(type, namespace, parseObject(body, contentType), writeOptions(request));
  answerObject(context, request, object, 201, response);
}

function update(context: ApiContext, request: ResourceRequest, body: Buffer): KubeObject {
  const { type, verb, contentType } = request;
  const present = target(context, request);
  const next =
    verb === 'patch' ? patched(present, contentType, parse(body, contentType), type) : parseObject(body, contentType);
  const written = context.writes.update(type, present, next, writeOptions(request));
  const { deletionTimestamp, finalizers = [], deletionGracePeriodSeconds } = written.metadata;
  const waitsForNothing =
    deletionTimestamp !== undefined && finalizers.length === 0 && (deletionGracePeriodSeconds ?? 0) === 0;
  if (waitsForNothing && type.kind !== 'Namespace' && !writeOptions(request).dryRun)
    context.store.remove(type, written);
  return written;
}

function deleteOne(context: ApiContext, request: ResourceRequest, body: Buffer, response: ServerResponse): void {
  const { type, query, contentType } = request;
  const options = deleteOptions(body.length === 0 ? {} : parseObject(body, contentType), query);
  const { object, gone } = deleteObject(context.store, type, target(context, request), options, context.now());
  if (gone) return send(response, 200, JSON.stringify(deletedStatus(type, object)));
  answerObject(context, request, object, 200, response);
}

function deleteAll(context: ApiContext, request: ResourceRequest, body: Buffer, response: ServerResponse): void {
  const { store, now } = context;
  const { type, namespace, query, contentType } = request;
  const options = deleteOptions(body.length === 0 ? {} : parseObject(body, contentType), query);
  const selected = store.list(type, namespace === '' ? undefined : namespace).filter(selectorOf(request));
  const deleted = selected.map((object) => deleteObject(store, type, object, options, now()).object);
  sendList(response, request, deleted, { resourceVersion: String(store.revision()) });
}

async function handleSubresource(
  context: ApiContext,
  request: ResourceRequest,
  body: Buffer,
  response: ServerResponse,
): Promise<void> {
  const { store, authentication, now } = context;
  const { type, subresource, verb, contentType } = request;
  const object = target(context, request);
  const answer = (code: number, value: unknown) => send(response, code, JSON.stringify(value));
  switch (`${verb} ${type.plural}/${subresource}`) {
    case 'get pods/log':
      return serveLog(store, object, request, response);
    case 'create pods/binding':
      return answer(201, bindPod(store, object, parseObject(body, contentType), now()));
    case 'create pods/eviction': {
      const { gone, object: evicted } = deleteObject(store, type, object, {}, now());
      return answer(
        201,
        gone ? deletedStatus(type, evicted) : { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' },
      );
    }
    case 'create serviceaccounts/token':
      return answer(201, requestToken(authentication, object, parseObject(body, contentType), now()));
    default:
      if (subresource !== 'scale' || type.group !== 'apps') throw unknownPath();
      return answer(200, scale(context, request, object, body));
  }
}

function scale(context: ApiContext, request: ResourceRequest, object: KubeObject, body: Buffer): KubeObject {
  const { type, verb, contentType } = request;
  const current = scaleOf(object);
  if (verb === 'get') return current;
  const next =
    verb === 'patch' ? patched(current, contentType, parse(body, contentType), type) : parseObject(body, contentType);
  const spec = { ...(object['spec'] as Fields), replicas: (next['spec'] as Fields | undefined)?.['replicas'] };
  const written = context.writes.update(
    type,
    object,
    { ...object, spec },
    { ...writeOptions(request), subresource: '' },
  );
  return scaleOf(written);
}

function answerObject(
  { now }: ApiContext,
  request: ResourceRequest,
  object: KubeObject,
  code: number,
  response: ServerResponse,
): void {
  const form = representationOf(request.accept);
  if (form === 'object') return send(response, code, jsonOf(object));
  if (form === 'metadata') return send(response, code, JSON.stringify(partialMetadata(object)));
  if (form === 'list-metadata') throw notAcceptable('PartialObjectMetadataList');
  const metadata = { resourceVersion: object.metadata.resourceVersion };
  send(response, code, JSON.stringify(asTable(request, [object], metadata, now())));
}

function asTable(request: ResourceRequest, objects: readonly KubeObject[], metadata: Fields, now: Date): Fields {
  const includeObject = request.query.get('includeObject') ?? 'Metadata';
  return table(request.type.kind, objects, metadata, { includeObject, withColumns: true, now });
}

function answerList({ store, now }: ApiContext, request: ResourceRequest, response: ServerResponse): void {
  const { objects, resourceVersion, continueToken, remaining } = page(store, request);
  const metadata = {
    resourceVersion,
    ...(continueToken === '' ? {} : { continue: continueToken }),
    ...(remaining === undefined ? {} : { remainingItemCount: remaining }),
  };
  if (representationOf(request.accept) === 'table') {
    return send(response, 200, JSON.stringify(asTable(request, objects, metadata, now())));
  }
  sendList(response, request, objects, metadata);
}

function sendList(
  response: ServerResponse,
  request: ResourceRequest,
  objects: readonly KubeObject[],
  metadata: Fields,
): void {
  const { type, accept } = request;
  const form = representationOf(accept);
  if (form === 'metadata') throw notAcceptable('PartialObjectMetadata');
  const asMetadata = form === 'list-metadata';
  const head = asMetadata
    ? { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata }
    : {
        kind: listKind(type),
        apiVersion: type.group === '' ? type.version : `${type.group}/${type.version}`,
        metadata,
      };
  const items = objects.map((object) => (asMetadata ? JSON.stringify(partialMetadata(object)) : jsonOf(object)));
  send(response, 200, `${JSON.stringify(head).slice(0, -1)},"items":[${items.join(',')}]}\n`);
}

/** Writes a complete JSON response. */
export function send(response: ServerResponse, code: number, json: string): void {
  if (response.headersSent) return;
  response.writeHead(code, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) });
  response.end(json);
}
