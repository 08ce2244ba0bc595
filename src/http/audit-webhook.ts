import type { Secret } from '../model/values/secret.ts';
import type { AuditSink } from '../ports/audit.ts';

export interface AuditWebhookOptions {
  readonly url: URL;
  /** Sent as `Authorization: Bearer …`. */
  readonly token?: Secret;
  /** Default: 10 s. */
  readonly timeoutMs?: number;
}

/**
 * Sends audit records as `POST {"records":[…]}`, oldest first. Only a 2xx response counts as delivered; redirects are
 * not followed, because records and token are meant for the configured address alone. Errors name the origin, never the
 * token or the query.
 */
export function createAuditWebhook({ url, token, timeoutMs = 10_000 }: AuditWebhookOptions): AuditSink {
  return {
    // Another address is another sink: it receives every record that is still kept.
    name: `webhook ${url.origin}${url.pathname}`,
    send: async (records) => {
      const answer = await fetch(url, {
        method: 'POST',
        redirect: 'manual',
        headers: {
          'content-type': 'application/json',
          ...(token === undefined ? {} : { authorization: `Bearer ${token.reveal()}` }),
        },
        body: JSON.stringify({ records }),
        signal: AbortSignal.timeout(timeoutMs),
      }).catch((error: unknown) => {
        throw new Error(`the audit webhook at ${url.origin} cannot be reached (${codeOf(error)})`);
      });
      await answer.body?.cancel();
      if (!answer.ok) throw new Error(`the audit webhook at ${url.origin} answered ${answer.status}`);
    },
  };
}

/** `ECONNREFUSED`, `TimeoutError`: never the message, which may quote the address with a secret in it. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const { cause } = error;
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : error.name;
}
