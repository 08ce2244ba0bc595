import type { Applied, Applying, ClusterWriter } from '../../ports/changes.ts';
import { core } from '../read/kinds.ts';
import { type ClusterSource, getWhole } from '../read/read.ts';
import { authKeys } from './docker-config-edit.ts';
import { deleteObject, endOf, guardedWrite, pause, type WriteDecision } from './guarded-write.ts';
import { exchange, setEntries, test } from './json-patch.ts';
import { hasChanged, marksAfter, remembered } from './marks.ts';
import {
  contentOf,
  createdByKey,
  isLeftBy,
  keptForKey,
  originalUidKey,
  otherOwner,
  secretDiff,
  siblingName,
  WholeSecret,
} from './pull-secret-object.ts';
import { removeSibling } from './pull-secret-sibling.ts';

type RestorePullSecret = Parameters<ClusterWriter['restorePullSecret']>[0];

interface Restored {
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/**
 * Reverses what an approval wrote into a Secret: the sibling's content returns, or the Secret that it created is
 * deleted.
 */
export async function putBackPullSecret(
  source: ClusterSource,
  operation: RestorePullSecret,
  how: Applying,
): Promise<Applied> {
  const { namespace, name, approval } = operation;
  const at = { resource: core('secrets'), namespace, name };
  const found = await getWhole(source, at, WholeSecret, how);
  if (found.kind === 'unknown') return unread(found);
  // The only thing that an undo removes completely; whoever deleted it, it is gone as wanted.
  if (found.kind === 'absent') return { kind: 'already', marked: false };
  if (found.value.metadata.annotations?.[createdByKey] === approval) return await removeCreated(source, operation, how);
  const sibling = await getWhole(source, { ...at, name: siblingName(name, approval) }, WholeSecret, how);
  if (sibling.kind === 'unknown') return unread(sibling);
  const kept = sibling.kind === 'found' ? sibling.value : undefined;
  // Its entry was already there, so nothing was saved and the Secret remembers nothing.
  if (kept === undefined && !hasChanged(found.value.metadata.annotations ?? {}, approval)) {
    return { kind: 'already', marked: false };
  }
  const applied = await guardedWrite(
    source,
    {
      at,
      schema: WholeSecret,
      decide: (secret) => patchOfRestored(secret, kept, operation, how, new Date()),
      told: (_before, _after, { before, after }) => ({
        diff: secretDiff(name, before, after),
        before: `auths: ${before.join(', ')}`,
        after: `auths: ${after.join(', ')}, with their earlier content`,
      }),
    },
    how,
  );
  const isRestored = applied.kind === 'applied' || (applied.kind === 'already' && applied.marked);
  if (isRestored && kept !== undefined) {
    const left = await removeSibling(source, kept, namespace, how);
    if (how.dryRun && left !== undefined) return left;
  }
  return applied;
}

/** The patch that restores the saved content, or why there is none. Pure. */
export function patchOfRestored(
  secret: WholeSecret,
  sibling: WholeSecret | undefined,
  operation: RestorePullSecret,
  { mark }: Pick<Applying, 'mark'>,
  now: Date,
): WriteDecision<Restored> {
  const end = (applied: Applied): WriteDecision<Restored> => ({ kind: 'end', applied });
  const { metadata } = secret;
  const annotations = metadata.annotations ?? {};
  if (remembered(annotations, mark, operation) === 'done') return end({ kind: 'already', marked: true });
  const changed = changedSince(secret, operation.approval);
  if (changed !== undefined) return end({ kind: 'conflict', what: changed });
  const isKept =
    sibling?.metadata.annotations?.[keptForKey] === operation.approval &&
    sibling.metadata.annotations[originalUidKey] === metadata.uid;
  if (sibling === undefined || !isKept) {
    return end({ kind: 'conflict', what: `what secret/${operation.name} held before is not kept any more` });
  }
  const content = contentOf(sibling);
  if (!content.ok) return end({ kind: 'refused', message: content.why });
  const patch = [
    test('/metadata/uid', metadata.uid),
    ...exchange('/data', secret.data ?? undefined, sibling.data ?? {}),
    ...setEntries('/metadata/annotations', metadata.annotations, marksAfter(annotations, mark, operation, now)),
  ];
  const present = contentOf(secret);
  const before = present.ok ? (authKeys(present.content) ?? []) : [];
  return { kind: 'patch', patch, prepared: { before, after: authKeys(content.content) ?? [] } };
}

function changedSince(secret: WholeSecret, approval: string): string | undefined {
  const { name } = secret.metadata;
  if (!isLeftBy(secret, approval)) return `secret/${name} was changed by another approval since`;
  const other = otherOwner(secret);
  return other === undefined ? undefined : `secret/${name} was changed by ${other} since`;
}

const mostTries = 4;

async function removeCreated(
  source: ClusterSource,
  { namespace, name, approval }: RestorePullSecret,
  how: Applying,
): Promise<Applied> {
  const at = { resource: core('secrets'), namespace, name };
  let maybeDone = false;
  for (let attempt = 1; ; attempt += 1) {
    const found = await getWhole(source, at, WholeSecret, how);
    if (found.kind === 'unknown') return { ...unread(found), ...(maybeDone ? { maybeDone } : {}) };
    if (found.kind === 'absent') return { kind: 'already', marked: maybeDone };
    const changed = changedSince(found.value, approval);
    if (changed !== undefined) return { kind: 'conflict', what: changed };
    const content = contentOf(found.value);
    const keys = content.ok ? (authKeys(content.content) ?? []) : [];
    const { uid, resourceVersion } = found.value.metadata;
    const preconditions = { uid, ...(resourceVersion === undefined ? {} : { resourceVersion }) };
    const written = await deleteObject(source, at, preconditions, how);
    if (written.kind === 'done') {
      return {
        kind: 'applied',
        diff: secretDiff(name, keys, undefined),
        before: `auths: ${keys.join(', ')}`,
        after: 'no Secret',
      };
    }
    if (written.kind !== 'lost' && written.kind !== 'stale') return endOf(written, at);
    maybeDone ||= written.kind === 'lost' && written.maybeDone && !how.dryRun;
    const rests = await pause(written.kind === 'lost' ? (written.afterMs ?? 200 * 3 ** attempt) : 20, how);
    if (attempt >= mostTries || !rests) {
      return written.kind === 'lost' ? { kind: 'unknown', why: written.why, maybeDone } : endOf(written, at);
    }
  }
}

function unread({ why, missingRight }: { readonly why: string; readonly missingRight?: string }): Applied {
  return missingRight === undefined ? { kind: 'unknown', why, maybeDone: false } : { kind: 'forbidden', missingRight };
}
