import { readFile } from 'node:fs/promises';

/** What the audit log says of one answered request. */
export interface AuditEvent {
  readonly user: string;
  readonly verb: string;
  readonly code: number;
  readonly uri: string;
  /** `pods`, `pods/log`; empty for a path such as /version. */
  readonly resource: string;
  readonly group: string;
  readonly namespace: string;
  readonly name: string;
  /** `imagecheck/0.1.0`. */
  readonly agent: string;
}

interface RawEvent {
  readonly user?: { readonly username?: string };
  readonly impersonatedUser?: { readonly username?: string };
  readonly verb?: string;
  readonly requestURI?: string;
  readonly userAgent?: string;
  readonly responseStatus?: { readonly code?: number };
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly resource?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
}

/** Audit events of some users so far, in order. */
export async function readAudit(file: string, isWanted: (user: string) => boolean): Promise<readonly AuditEvent[]> {
  const lines = (await readFile(file, 'utf8')).split('\n');
  return lines
    .filter((line) => line.endsWith('}'))
    .map((line) => eventOf(JSON.parse(line) as RawEvent))
    .filter(({ user }) => isWanted(user));
}

function eventOf({
  user,
  impersonatedUser,
  verb,
  requestURI,
  userAgent,
  responseStatus,
  objectRef,
}: RawEvent): AuditEvent {
  const { resource = '', subresource } = objectRef ?? {};
  return {
    user: impersonatedUser?.username ?? user?.username ?? '',
    verb: verb ?? '',
    code: responseStatus?.code ?? 0,
    uri: requestURI ?? '',
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
    group: objectRef?.apiGroup ?? '',
    namespace: objectRef?.namespace ?? '',
    name: objectRef?.name ?? '',
    agent: userAgent ?? '',
  };
}
