import { stringify } from 'yaml';
import { z } from 'zod';
import { lastApprovalKey } from '../../model/change/mark-keys.ts';
import { foreignList, foreignRecord } from '../../model/values/foreign.ts';
import type { Mark } from '../../ports/changes.ts';
import { authKeys } from './docker-config-edit.ts';
import { AnyObject, fieldManager } from './guarded-write.ts';
import type { Annotations } from './marks.ts';
import { textDiff } from './object-diff.ts';

/** The only type of Secret that is written. */
export const dockerConfigType = 'kubernetes.io/dockerconfigjson';
export const dockerConfigKey = '.dockerconfigjson';
/** On a Secret that we created: by which approval, so that its undo may delete it. */
export const createdByKey = 'imagecheck.dev/created-by-approval';
/** On a sibling: whose content it keeps. */
export const keptForKey = 'imagecheck.dev/kept-for-approval';
export const originalKey = 'imagecheck.dev/original';
export const originalUidKey = 'imagecheck.dev/original-uid';
export const managedBy = { 'app.kubernetes.io/managed-by': 'imagecheck' } as const;

/** A Secret with its content; it must never be part of a message, a diff or a log. */
export const WholeSecret = AnyObject.extend({
  type: z.string().nullish(),
  data: foreignRecord(z.string()).nullish(),
  immutable: z.boolean().nullish(),
});
export type WholeSecret = z.infer<typeof WholeSecret>;

/** Name of the Secret that keeps the content from before an approval. */
export function siblingName(name: string, approval: string): string {
  const suffix = `-imagecheck-${approval.toLowerCase()}`;
  return `${name.slice(0, 253 - suffix.length).replace(/(?<![-.])[-.]+$/, '')}${suffix}`;
}

/** The body of a Secret that we create. */
export function secretBody(
  name: string,
  data: Readonly<Record<string, string>>,
  annotations: Annotations,
  type: string = dockerConfigType,
): object {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, labels: managedBy, annotations }, type, data };
}

/** The text of the Docker configuration; or why it must not be changed. */
export function contentOf(
  secret: WholeSecret,
): { readonly ok: true; readonly content: string } | { readonly ok: false; readonly why: string } {
  const refused = (why: string) => ({
    ok: false as const,
    why: `secret/${secret.metadata.name} is left as it is: ${why}`,
  });
  if (secret.type !== dockerConfigType)
    return refused(`its type is ${secret.type ?? 'empty'}, not ${dockerConfigType}`);
  if (secret.immutable === true) return refused('it is immutable');
  const encoded = secret.data?.[dockerConfigKey];
  if (encoded === undefined) return refused(`it has no ${dockerConfigKey}`);
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(encoded, 'base64'));
    return authKeys(text) === undefined
      ? refused('its content is no Docker configuration')
      : { ok: true, content: text };
  } catch {
    return refused('its content is not text');
  }
}

const FieldsOf = foreignRecord(z.unknown());
const Managers = foreignList(z.object({ manager: z.string().optional(), fieldsV1: z.unknown().optional() }));

/** Who else owns the content now: then it is not what we left (server-side apply, "Field management"). */
export function otherOwner({ metadata }: WholeSecret): string | undefined {
  const entries = Managers.safeParse(metadata['managedFields']).data ?? [];
  const isOwner = (fields: unknown): boolean => {
    const data = FieldsOf.safeParse(FieldsOf.safeParse(fields).data?.['f:data']).data ?? {};
    return `f:${dockerConfigKey}` in data;
  };
  return entries.find(({ manager, fieldsV1 }) => manager !== fieldManager && isOwner(fieldsV1))?.manager;
}

/** Whether the approval was the last to change it. */
export function isLeftBy(secret: WholeSecret, approval: string): boolean {
  return secret.metadata.annotations?.[lastApprovalKey] === approval;
}

/** Whether this approval created the Secret. */
export function isMadeBy(secret: WholeSecret, { approval }: Pick<Mark, 'approval'>): boolean {
  return secret.metadata.annotations?.[createdByKey] === approval;
}

/** A diff that names the registries and nothing of their entries. `written`: the entry that is newly set. */
export function secretDiff(
  name: string,
  before: readonly string[] | undefined,
  after: readonly string[] | undefined,
  written?: string,
): string {
  const text = (keys: readonly string[] | undefined, isAfter: boolean): string =>
    keys === undefined
      ? ''
      : stringify({
          kind: 'Secret',
          name,
          type: dockerConfigType,
          auths: Object.fromEntries(
            [...keys].sort().map((key) => [key, isAfter && key === written ? '(set anew)' : '(set)']),
          ),
        });
  return textDiff(`secret/${name}`, text(before, false), text(after, true));
}

/** `auths["ghcr.io"]: (set)` */
export function authLine(keys: readonly string[] | undefined, key: string): string {
  if (keys === undefined) return 'no Secret';
  return `auths[${JSON.stringify(key)}]: ${keys.includes(key) ? '(set)' : '(none)'}`;
}
