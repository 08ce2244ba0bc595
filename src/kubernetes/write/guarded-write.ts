import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { foreignRecord } from '../../model/values/foreign.ts';
import type { Applied, Applying } from '../../ports/changes.ts';
import type { Reading } from '../../ports/cluster.ts';
import { pathOf, type Resource, rightTo } from '../read/kinds.ts';
import { type ClusterSource, getWhole } from '../read/read.ts';
import type { PatchOperation } from './json-patch.ts';
import { type Written, writtenOf } from './write-answer.ts';

/** Our name in `managedFields`. */
export const fieldManager = 'imagecheck';

/** Any object, complete: fields that are not listed here are kept for the diff. */
export const AnyObject = z.looseObject({
  metadata: z.looseObject({
    name: z.string(),
    uid: z.string().min(1),
    resourceVersion: z.string().optional(),
    annotations: foreignRecord(z.string()).nullish(),
  }),
});
export type AnyObject = z.infer<typeof AnyObject>;

/** One object to be changed. */
export interface ObjectAddress {
  readonly resource: Resource;
  readonly namespace: string;
  readonly name: string;
}

/** What has to be done to the object as it is now; or nothing, and why. */
export type WriteDecision<T> =
  | { readonly kind: 'patch'; readonly patch: readonly PatchOperation[]; readonly prepared: T }
  | { readonly kind: 'end'; readonly applied: Applied };

/** A guarded change of one object. */
export interface GuardedChange<S extends AnyObject, T> {
  readonly at: ObjectAddress;
  readonly schema: z.ZodType<S>;
  /** Called again with a newer object if something changed in between. Pure. */
  readonly decide: (object: S) => WriteDecision<T>;
  /** Before the patch: writes that have to exist first. Its result, if any, ends the change. */
  readonly before?: (object: S, prepared: T) => Promise<Applied | undefined>;
  /** What is reported about a change that was made. */
  readonly told: (before: S, after: unknown, prepared: T) => Omit<Extract<Applied, { kind: 'applied' }>, 'kind'>;
}

const mostTries = 6;
const mostLost = 3;
const longestPauseMs = 5_000;

/**
 * Reads, decides and patches. The patch carries every guard, so a second patch of the same change finds the mark of the
 * first, and it is safe to send it again after a lost answer; the object is read before each.
 */
export async function guardedWrite<S extends AnyObject, T>(
  source: ClusterSource,
  change: GuardedChange<S, T>,
  how: Applying,
): Promise<Applied> {
  const { at, schema, decide } = change;
  let lost: Extract<Written, { kind: 'lost' }> | undefined;
  let losses = 0;
  let maybeDone = false;
  for (let attempt = 1; attempt <= mostTries; attempt += 1) {
    const found = await getWhole(source, at, schema, how);
    if (found.kind !== 'found') return notFound(found, at, maybeDone);
    const decision = decide(found.value);
    if (decision.kind === 'end') return decision.applied;
    const ended = await change.before?.(found.value, decision.prepared);
    if (ended !== undefined) return ended;
    const written = await patchObject(source, at, decision.patch, how);
    if (written.kind === 'done') {
      return { kind: 'applied', ...change.told(found.value, written.object, decision.prepared) };
    }
    if (written.kind === 'lost') {
      lost = written;
      losses += 1;
      maybeDone ||= written.maybeDone && !how.dryRun;
    } else if (written.kind !== 'stale') return endOf(written, at);
    const rests = await pause(lost === undefined ? 20 * attempt : (lost.afterMs ?? 200 * 3 ** losses), how);
    if (!rests || losses >= mostLost) break;
    lost = undefined;
  }
  return await lastLook(source, change, how, lost?.why, maybeDone);
}

/** After the last attempt: what the object shows now, which may be our own mark after all. */
async function lastLook<S extends AnyObject, T>(
  source: ClusterSource,
  { at, schema, decide }: GuardedChange<S, T>,
  how: Applying,
  why: string | undefined,
  maybeDone: boolean,
): Promise<Applied> {
  const found = await getWhole(source, at, schema, how);
  const decision = found.kind === 'found' ? decide(found.value) : undefined;
  if (decision?.kind === 'end') return decision.applied;
  if (how.signal.aborted) return { kind: 'unknown', why: why ?? 'the time for it is over', maybeDone };
  if (why !== undefined) return { kind: 'unknown', why, maybeDone };
  return { kind: 'conflict', what: `${at.resource.plural}/${at.name} is being changed by others all the time` };
}

function notFound(
  found: { kind: 'absent' } | { kind: 'unknown'; why: string; missingRight?: string },
  at: ObjectAddress,
  maybeDone: boolean,
): Applied {
  if (found.kind === 'absent') return { kind: 'absent', what: `${at.resource.plural}/${at.name} does not exist` };
  if (found.missingRight !== undefined) return { kind: 'forbidden', missingRight: found.missingRight };
  return { kind: 'unknown', why: found.why, maybeDone };
}

/** A refusal in words for people. */
export function endOf(written: Exclude<Written, { kind: 'done' }>, at: ObjectAddress): Applied {
  const what = `${at.resource.plural}/${at.name}`;
  switch (written.kind) {
    case 'absent':
      return { kind: 'absent', what: written.message === '' ? `${what} does not exist` : written.message };
    case 'refused':
    case 'forbidden':
      return written;
    case 'exists':
      return { kind: 'conflict', what: `${what} is there already` };
    case 'stale':
      return { kind: 'conflict', what: `${what} has been changed since` };
    case 'lost':
      return { kind: 'unknown', why: written.why, maybeDone: written.maybeDone };
    default:
      return written satisfies never;
  }
}

type Writing = Pick<Applying, 'dryRun' | 'signal'>;

function queryOf({ dryRun }: Writing): Readonly<Record<string, string>> {
  return { fieldManager, fieldValidation: 'Strict', ...(dryRun ? { dryRun: 'All' } : {}) };
}

/** One JSON patch, sent once. */
export async function patchObject(
  { api }: ClusterSource,
  { resource, namespace, name }: ObjectAddress,
  patch: readonly PatchOperation[],
  how: Writing,
): Promise<Written> {
  const path = pathOf(resource, namespace, name);
  const contentType = 'application/json-patch+json';
  const sent = await api.change({ method: 'PATCH', path, query: queryOf(how), contentType, body: patch }, how);
  return writtenOf(sent, rightTo('patch', resource, namespace));
}

/** Creates an object, once. */
export async function createObject(
  { api }: ClusterSource,
  { resource, namespace }: Omit<ObjectAddress, 'name'>,
  body: object,
  how: Writing,
): Promise<Written> {
  const sent = await api.change({ method: 'POST', path: pathOf(resource, namespace), query: queryOf(how), body }, how);
  return writtenOf(sent, rightTo('create', resource, namespace));
}

/** Deletes the object with this uid and no other with its name. `stale`: there is another one now. */
export async function deleteObject(
  { api }: ClusterSource,
  { resource, namespace, name }: ObjectAddress,
  preconditions: { readonly uid: string; readonly resourceVersion?: string },
  how: Writing,
): Promise<Written> {
  const path = pathOf(resource, namespace, name);
  const body = {
    kind: 'DeleteOptions',
    apiVersion: 'v1',
    preconditions,
    ...(how.dryRun ? { dryRun: ['All'] } : {}),
  };
  const query = how.dryRun ? { dryRun: 'All' } : {};
  const sent = await api.change({ method: 'DELETE', path, query, body }, how);
  return writtenOf(sent, rightTo('delete', resource, namespace));
}

/** False if the time is over; a server that asks for more than 5 s is not waited for. */
export async function pause(delayMs: number, { signal }: Reading): Promise<boolean> {
  if (delayMs > longestPauseMs) return false;
  try {
    await wait(delayMs, undefined, { signal });
    return true;
  } catch {
    return false;
  }
}
