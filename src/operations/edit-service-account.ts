import { z } from 'zod';
import { ObjectName, ObjectRef } from '../model/change/operation.ts';
import { cut } from '../model/text/words.ts';
import { canonicalJson } from '../model/values/canonical.ts';
import { annotationsOfObject } from './parts/annotations.ts';
import { kubectl } from './parts/kubectl.ts';
import type { OperationKind } from './parts/operation-kind.ts';
import { sidesOf } from './parts/template-edits.ts';

const EditServiceAccount = z.strictObject({
  type: z.literal('edit-service-account'),
  target: ObjectRef.extend({ kind: z.literal('ServiceAccount') }).strict(),
  change: z.enum(['add', 'remove']),
  pullSecret: ObjectName,
});
export type EditServiceAccount = z.infer<typeof EditServiceAccount>;

/** Attaches a pull secret to a service account, or removes it. */
export const editServiceAccount: OperationKind<EditServiceAccount> = {
  type: 'edit-service-account',
  schema: EditServiceAccount,
  needs: 'cluster',
  judge: 'rollout',
  touches: ({ target: { kind, namespace, name } }) => ({ scope: 'namespace', kind, namespace, name }),
  lines({ target, change, pullSecret }) {
    const done = change === 'add' ? 'added' : 'taken out';
    return [`service account ${cut(target.name, 120)}: pull secret ${cut(pullSecret, 120)} ${done}`];
  },
  describe: ({ target, change, pullSecret }) =>
    sidesOf(change, `imagePullSecrets ${pullSecret} of serviceaccount/${target.name}`),
  /** Every kind of merge replaces a service account's list as a whole, so the command contains all of it. */
  commands({ target, change, pullSecret }, { serviceAccount }) {
    const others = (serviceAccount.known ? serviceAccount.value.pullSecretNames : []).filter(
      (name) => name !== pullSecret,
    );
    const names = change === 'add' ? [...others, pullSecret] : others;
    const patch = JSON.stringify({ imagePullSecrets: names.map((name) => ({ name })) });
    return [kubectl(target.namespace, 'patch', `serviceaccount/${target.name}`, '-p', patch)];
  },
  /** Everything is known except the other pull secrets of the account. */
  isCommand({ target: { namespace, name }, change, pullSecret }, line) {
    const start = `${kubectl(namespace, 'patch', `serviceaccount/${name}`, '-p')} `;
    if (!line.startsWith(start)) return false;
    const patch = /^'\{"imagePullSecrets":\[((?:\{"name":"[a-z0-9.-]+"\},?)*)\]\}'$/;
    const names = patch.exec(line.slice(start.length))?.[1];
    return names?.includes(`{"name":"${pullSecret}"}`) === (change === 'add');
  },
  reasons: ({ target, change }) =>
    change === 'add'
      ? [{ risk: 'medium', why: `a pull secret for every pod of service account ${cut(target.name, 120)}` }]
      : [],
  isLowRiskInUndo: true,
  reverse: (operation) => ({
    operations: [{ ...operation, change: operation.change === 'add' ? 'remove' : 'add' }],
    cannot: [],
  }),
  isReverseOf: ({ target, change, pullSecret }, { operations }) =>
    operations.some((operation) => {
      const one = EditServiceAccount.safeParse(operation).data;
      return (
        one !== undefined &&
        canonicalJson(one.target) === canonicalJson(target) &&
        one.pullSecret === pullSecret &&
        one.change !== change
      );
    }),
  annotations: ({ target }, reach, reading) => annotationsOfObject(target, reach, reading),
  apply: (operation, writer, how) => writer.editServiceAccount(operation, how),
};
