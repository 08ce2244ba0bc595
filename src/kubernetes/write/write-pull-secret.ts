import type { Applied, Applying, ClusterWriter } from '../../ports/changes.ts';
import { core } from '../read/kinds.ts';
import { type ClusterSource, getWhole } from '../read/read.ts';
import { authKeys, newDockerConfig, setAuth } from './docker-config-edit.ts';
import { createObject, endOf, guardedWrite, pause, type WriteDecision } from './guarded-write.ts';
import { exchange, setEntries, test } from './json-patch.ts';
import { marksAfter, remembered } from './marks.ts';
import {
  authLine,
  contentOf,
  createdByKey,
  dockerConfigKey,
  isMadeBy,
  secretBody,
  secretDiff,
  WholeSecret,
} from './pull-secret-object.ts';
import { discardKept, keepContent } from './pull-secret-sibling.ts';

type WritePullSecret = Parameters<ClusterWriter['writePullSecret']>[0];

interface Entry {
  readonly username: string;
  readonly password: string;
}

/** What is reported about a merge: names of registries, nothing else. */
interface Merged {
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** Whether the previous content has to be saved for the undo. */
  readonly keeps: boolean;
}

const mostTries = 4;

/** Creates the Secret, or sets one entry and keeps all others; the previous content is first saved in a sibling. */
export async function setPullSecret(
  source: ClusterSource,
  operation: WritePullSecret,
  how: Applying,
): Promise<Applied> {
  const found = await how.keychain.credentialOf(operation.registry, how);
  if (found.kind === 'absent') {
    return { kind: 'refused', message: `no credential is configured for the registry ${operation.registry}` };
  }
  if (found.kind === 'unknown') return { kind: 'unknown', why: found.why, maybeDone: false };
  const { credential } = found.value;
  const entry = { username: credential.username, password: credential.password.reveal() };
  if (operation.uid !== null) return await merge(source, operation, entry, how);
  return await create(source, operation, entry, how);
}

async function create(
  source: ClusterSource,
  operation: WritePullSecret,
  entry: Entry,
  how: Applying,
): Promise<Applied> {
  const at = { resource: core('secrets'), namespace: operation.namespace, name: operation.name };
  let maybeDone = false;
  for (let attempt = 1; ; attempt += 1) {
    const found = await getWhole(source, at, WholeSecret, how);
    if (found.kind === 'unknown') {
      if (found.missingRight !== undefined) return { kind: 'forbidden', missingRight: found.missingRight };
      return { kind: 'unknown', why: found.why, maybeDone };
    }
    // One approval may set several entries of the Secret that it creates.
    if (found.kind === 'found') return await merge(source, operation, entry, how);
    const body = patchOfNewSecret(operation, entry, how, new Date());
    const written = await createObject(source, at, body, how);
    if (written.kind === 'done') {
      const keys = [operation.key];
      const diff = secretDiff(operation.name, undefined, keys, operation.key);
      return {
        kind: 'applied',
        diff,
        before: authLine(undefined, operation.key),
        after: authLine(keys, operation.key),
      };
    }
    if (written.kind !== 'exists' && written.kind !== 'lost') return endOf(written, at);
    maybeDone ||= written.kind === 'lost' && written.maybeDone && !how.dryRun;
    const rests = await pause(written.kind === 'lost' ? (written.afterMs ?? 200 * 3 ** attempt) : 20, how);
    if (attempt >= mostTries || !rests) {
      return written.kind === 'lost' ? { kind: 'unknown', why: written.why, maybeDone } : endOf(written, at);
    }
  }
}

/** A new Secret with one entry. Pure. */
export function patchOfNewSecret(
  operation: WritePullSecret,
  entry: Entry,
  { mark }: Pick<Applying, 'mark'>,
  now: Date,
): object {
  const content = Buffer.from(newDockerConfig(operation.key, entry)).toString('base64');
  const annotations = { ...marksAfter({}, mark, operation, now), [createdByKey]: mark.approval };
  return secretBody(operation.name, { [dockerConfigKey]: content }, annotations);
}

async function merge(source: ClusterSource, operation: WritePullSecret, entry: Entry, how: Applying): Promise<Applied> {
  const { name, namespace, key } = operation;
  const ended = await guardedWrite(
    source,
    {
      at: { resource: core('secrets'), namespace, name },
      schema: WholeSecret,
      decide: (secret) => patchOfPullSecret(secret, operation, entry, how, new Date()),
      before: async (secret, { keeps }) => (keeps ? await keepContent(source, secret, namespace, how) : undefined),
      told: (_before, _after, { before, after }) => ({
        diff: secretDiff(name, before, after, key),
        before: authLine(before, key),
        after: authLine(after, key),
      }),
    },
    how,
  );
  return await discardKept(source, { namespace, name }, ended, how);
}

/** The patch that sets one entry, guarded by everything that was read; or why there is none. Pure. */
export function patchOfPullSecret(
  secret: WholeSecret,
  operation: WritePullSecret,
  entry: Entry,
  { mark }: Pick<Applying, 'mark'>,
  now: Date,
): WriteDecision<Merged> {
  const { metadata } = secret;
  const end = (applied: Applied): WriteDecision<Merged> => ({ kind: 'end', applied });
  const annotations = metadata.annotations ?? {};
  const ours = isMadeBy(secret, mark);
  if (operation.uid !== null && metadata.uid !== operation.uid) {
    return end({ kind: 'conflict', what: `secret/${operation.name} was deleted and recreated since` });
  }
  if (remembered(annotations, mark, operation) === 'done') return end({ kind: 'already', marked: true });
  if (operation.uid === null && !ours) {
    return end({ kind: 'conflict', what: `secret/${operation.name} is there now` });
  }
  const present = contentOf(secret);
  if (!present.ok) return end({ kind: 'refused', message: present.why });
  const edited = setAuth(present.content, operation.key, entry);
  if (!edited.ok) return end({ kind: 'refused', message: `secret/${operation.name} is left as it is: ${edited.why}` });
  if (edited.content === present.content) return end({ kind: 'already', marked: false });
  const encoded = Buffer.from(edited.content).toString('base64');
  const patch = [
    test('/metadata/uid', metadata.uid),
    ...exchange(`/data/${dockerConfigKey}`, secret.data?.[dockerConfigKey], encoded),
    ...setEntries('/metadata/annotations', metadata.annotations, marksAfter(annotations, mark, operation, now)),
  ];
  const before = authKeys(present.content) ?? [];
  return { kind: 'patch', patch, prepared: { before, after: edited.keys, keeps: !ours } };
}
