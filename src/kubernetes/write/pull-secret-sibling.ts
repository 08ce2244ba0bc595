import { isDeepStrictEqual } from 'node:util';
import { lastApprovalKey } from '../../model/change/mark-keys.ts';
import type { Applied, Applying } from '../../ports/changes.ts';
import { core } from '../read/kinds.ts';
import { type ClusterSource, getWhole } from '../read/read.ts';
import { createObject, deleteObject, endOf, type ObjectAddress, patchObject, pause } from './guarded-write.ts';
import { exchange, test } from './json-patch.ts';
import { hasChanged } from './marks.ts';
import {
  dockerConfigType,
  keptForKey,
  originalKey,
  originalUidKey,
  secretBody,
  siblingName,
  WholeSecret,
} from './pull-secret-object.ts';

const mostTries = 4;

/**
 * Saves the current content of a Secret in a sibling, for the undo of this approval. Once the approval has changed the
 * Secret, the sibling stays as it is; before that it follows the Secret. Its result, if any, ends the change.
 */
export async function keepContent(
  source: ClusterSource,
  secret: WholeSecret,
  namespace: string,
  how: Applying,
): Promise<Applied | undefined> {
  const { approval } = how.mark;
  if (secret.metadata.annotations?.[lastApprovalKey] === approval) return undefined;
  const name = siblingName(secret.metadata.name, approval);
  const at = { resource: core('secrets'), namespace, name };
  const data = secret.data ?? {};
  const annotations = {
    [keptForKey]: approval,
    [originalKey]: secret.metadata.name,
    [originalUidKey]: secret.metadata.uid,
  };
  let ended: Applied | undefined;
  for (let attempt = 1; attempt <= mostTries; attempt += 1) {
    const written = await createObject(source, at, secretBody(name, data, annotations, dockerConfigType), how);
    if (written.kind === 'done') return undefined;
    ended = notDone(endOf(written, at));
    if (written.kind === 'exists') {
      const kept = await overwrite(source, at, secret, how);
      if (kept === 'kept') return undefined;
      if (kept !== 'again') return kept;
    } else if (written.kind !== 'lost') return ended;
    const delayMs = written.kind === 'lost' ? (written.afterMs ?? 200 * 3 ** attempt) : 20;
    if (!(await pause(delayMs, how))) return ended;
  }
  return ended;
}

/** An existing sibling belongs to an attempt that ended before the Secret was changed, or to someone else. */
async function overwrite(
  source: ClusterSource,
  at: { readonly resource: ReturnType<typeof core>; readonly namespace: string; readonly name: string },
  secret: WholeSecret,
  how: Applying,
): Promise<'kept' | 'again' | Applied> {
  const found = await getWhole(source, at, WholeSecret, how);
  if (found.kind !== 'found') return 'again';
  const sibling = found.value;
  const { annotations } = sibling.metadata;
  if (annotations?.[keptForKey] !== how.mark.approval || annotations[originalUidKey] !== secret.metadata.uid) {
    return { kind: 'conflict', what: `secret/${at.name} is there already and keeps something else` };
  }
  if (isDeepStrictEqual(sibling.data ?? {}, secret.data ?? {})) return 'kept';
  const patch = [
    test('/metadata/uid', sibling.metadata.uid),
    ...exchange('/data', sibling.data ?? undefined, secret.data ?? {}),
  ];
  const written = await patchObject(source, at, patch, how);
  if (written.kind === 'done') return 'kept';
  return written.kind === 'stale' || written.kind === 'lost' || written.kind === 'exists'
    ? 'again'
    : notDone(endOf(written, at));
}

/** Whatever happened to the sibling, the Secret itself was not touched. */
function notDone(applied: Applied): Applied {
  return applied.kind === 'unknown' ? { ...applied, maybeDone: false } : applied;
}

/**
 * Deletes what was saved for a change that was not made: nothing would ever restore it, and credentials would stay. A
 * change that was made keeps it for its undo. Returns the end of the change, with what could not be cleaned up.
 */
export async function discardKept(
  source: ClusterSource,
  { namespace, name }: Pick<ObjectAddress, 'namespace' | 'name'>,
  ended: Applied,
  how: Applying,
): Promise<Applied> {
  const isOver =
    ended.kind === 'conflict' || ended.kind === 'refused' || ended.kind === 'forbidden' || ended.kind === 'absent';
  if (how.dryRun || !isOver) return ended;
  const { approval } = how.mark;
  const secrets = core('secrets');
  const at = { resource: secrets, namespace, name: siblingName(name, approval) };
  const [original, kept] = await Promise.all([
    getWhole(source, { resource: secrets, namespace, name }, WholeSecret, how),
    getWhole(source, at, WholeSecret, how),
  ]);
  if (kept.kind === 'absent') return ended;
  const isMade = original.kind === 'found' && hasChanged(original.value.metadata.annotations ?? {}, approval);
  if (isMade || (kept.kind === 'found' && kept.value.metadata.annotations?.[keptForKey] !== approval)) return ended;
  // If the Secret is gone, this may be the only copy.
  const isUseless = original.kind === 'found' && kept.kind === 'found';
  const left = isUseless ? await removeSibling(source, kept.value, namespace, how) : ended;
  return left === undefined
    ? ended
    : withNote(ended, `secret/${at.name}, which keeps what it held, is left: delete it`);
}

type Over = Extract<Applied, { readonly kind: 'conflict' | 'refused' | 'forbidden' | 'absent' }>;

function withNote(ended: Over, note: string): Over {
  if (ended.kind === 'refused') return { ...ended, message: `${ended.message}; ${note}` };
  if (ended.kind === 'forbidden') return { ...ended, missingRight: `${ended.missingRight}; ${note}` };
  return { ...ended, what: `${ended.what}; ${note}` };
}

/** Deletes the sibling; one that is already gone is not a failure. */
export async function removeSibling(
  source: ClusterSource,
  sibling: WholeSecret,
  namespace: string,
  how: Applying,
): Promise<Applied | undefined> {
  const at = { resource: core('secrets'), namespace, name: sibling.metadata.name };
  for (let attempt = 1; ; attempt += 1) {
    const written = await deleteObject(source, at, { uid: sibling.metadata.uid }, how);
    if (written.kind === 'done' || written.kind === 'absent' || written.kind === 'stale') return undefined;
    const delayMs = written.kind === 'lost' ? (written.afterMs ?? 200 * 3 ** attempt) : undefined;
    if (delayMs === undefined || attempt >= mostTries || !(await pause(delayMs, how))) return endOf(written, at);
  }
}
