import type { Applied, Applying, ClusterWriter, Mark } from '../../ports/changes.ts';
import { core } from '../read/kinds.ts';
import { changedPullSecrets, NamedReferences } from '../read/pull-secret-references.ts';
import type { ClusterSource } from '../read/read.ts';
import { AnyObject, guardedWrite, type WriteDecision } from './guarded-write.ts';
import { exchange, setEntries, test } from './json-patch.ts';
import { marksAfter, remembered } from './marks.ts';
import { objectDiff } from './object-diff.ts';

type EditServiceAccount = Parameters<ClusterWriter['editServiceAccount']>[0];

const Account = AnyObject.extend({ imagePullSecrets: NamedReferences });

interface Told {
  readonly before: string;
  readonly after: string;
}

/** Attaches a pull secret to a service account, or removes it; all others stay. */
export async function changeServiceAccount(
  source: ClusterSource,
  operation: EditServiceAccount,
  how: Applying,
): Promise<Applied> {
  const { namespace, name } = operation.target;
  return await guardedWrite(
    source,
    {
      at: { resource: core('serviceaccounts'), namespace, name },
      schema: Account,
      decide: (account) => patchOfServiceAccount(account, operation, how.mark, new Date()),
      told: (before, after, told: Told) => ({ diff: objectDiff(`serviceaccount/${name}`, before, after), ...told }),
    },
    how,
  );
}

/** The patch that an operation needs, or why there is none. The list has no merge key, so all of it is guarded. Pure. */
export function patchOfServiceAccount(
  account: AnyObject & { readonly imagePullSecrets?: NamedReferences },
  operation: EditServiceAccount,
  mark: Mark,
  now: Date,
): WriteDecision<Told> {
  const { target, change, pullSecret } = operation;
  const { metadata } = account;
  if (metadata.uid !== target.uid) {
    const what = `serviceaccount/${target.name} was deleted and recreated since`;
    return { kind: 'end', applied: { kind: 'conflict', what } };
  }
  const annotations = metadata.annotations ?? {};
  if (remembered(annotations, mark, operation) === 'done') {
    return { kind: 'end', applied: { kind: 'already', marked: true } };
  }
  const present = account.imagePullSecrets ?? undefined;
  const changed = changedPullSecrets(present, change, pullSecret);
  if (changed === undefined) return { kind: 'end', applied: { kind: 'already', marked: false } };
  const patch = [
    test('/metadata/uid', target.uid),
    ...exchange('/imagePullSecrets', present, changed.list),
    ...setEntries('/metadata/annotations', metadata.annotations, marksAfter(annotations, mark, operation, now)),
  ];
  return { kind: 'patch', patch, prepared: changed.told };
}
