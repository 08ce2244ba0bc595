import type { MessageMetadata } from '@slack/types';
import {
  type ChatPostMessageArguments,
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  type WebClient,
} from '@slack/web-api';
import { reasonOf } from '../../errors.ts';
import type { Drawn } from '../blocks/blocks.ts';

/** Where a message goes: a new one, a reply, or an update of `ts`. */
export interface Destination {
  readonly channel: string;
  readonly threadTs?: string;
  readonly ts?: string;
  /** Comes back with every click on the message; no secrets. */
  readonly metadata?: MessageMetadata;
}

/**
 * The result of one call. Only `sent` means that Slack shows the message; a `transient` call may have succeeded all the
 * same.
 */
export type SlackSent =
  | { readonly kind: 'sent'; readonly ts: string }
  | { readonly kind: 'rate-limited'; readonly retryAfterMs: number }
  | {
      readonly kind: 'transient';
      readonly code: string;
      /** No answer came at all: Slack may still do it, even after what is sent next. */
      readonly mayComeLater?: true;
    }
  /** The message to update is gone or closed; nothing is left to do. */
  | { readonly kind: 'gone'; readonly code: string }
  /** Slack no longer accepts replies there; without the thread it may. */
  | { readonly kind: 'unthreadable'; readonly code: string }
  /** Our blocks were refused: a bug; the plain text may still be accepted. */
  | { readonly kind: 'malformed'; readonly code: string }
  /** The token or a scope is missing; waiting for an operator helps. */
  | { readonly kind: 'unauthorized'; readonly code: string }
  /** This channel does not accept it: not a member, archived, unknown. */
  | { readonly kind: 'refused'; readonly code: string };

/** Posts or updates one message; never throws because of an answer from Slack or the network. */
export async function send(client: WebClient, where: Destination, drawn: Drawn): Promise<SlackSent> {
  try {
    if (where.ts !== undefined) {
      const { text, blocks } = drawn;
      const metadata = where.metadata === undefined ? {} : { metadata: where.metadata };
      await client.chat.update({ channel: where.channel, ts: where.ts, text, blocks, ...metadata });
      return { kind: 'sent', ts: where.ts };
    }
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- Slack's method, not the browser's
    const answer = await client.chat.postMessage(postArguments(where, drawn));
    return answer.ts === undefined ? { kind: 'transient', code: 'no_ts' } : { kind: 'sent', ts: answer.ts };
  } catch (error) {
    return sentOf(error);
  }
}

function postArguments(where: Destination, { text, blocks }: Drawn): ChatPostMessageArguments {
  const base = { channel: where.channel, text, blocks, unfurl_links: false, unfurl_media: false };
  const told = where.metadata === undefined ? base : { ...base, metadata: where.metadata };
  return where.threadTs === undefined ? told : { ...told, thread_ts: where.threadTs };
}

/** What a failed Web API call means for a message. */
export function sentOf(error: unknown): SlackSent {
  if (error instanceof WebAPIRateLimitedError) return { kind: 'rate-limited', retryAfterMs: error.retryAfter * 1000 };
  if (error instanceof WebAPIHTTPError) return { kind: 'transient', code: reasonOf(error) };
  if (!(error instanceof WebAPIPlatformError)) return { kind: 'transient', code: reasonOf(error), mayComeLater: true };
  const code = error.data.error;
  const kind = kinds.find(([, codes]) => codes.includes(code))?.[0] ?? 'refused';
  return { kind, code };
}

const kinds: readonly (readonly [Exclude<SlackSent['kind'], 'sent' | 'rate-limited'>, readonly string[]])[] = [
  [
    'transient',
    ['internal_error', 'fatal_error', 'service_unavailable', 'request_timeout', 'team_added_to_org', 'ratelimited'],
  ],
  ['gone', ['message_not_found', 'cant_update_message', 'edit_window_closed']],
  ['unthreadable', ['thread_not_found', 'cannot_reply_to_message', 'invalid_thread_ts']],
  [
    'malformed',
    ['invalid_blocks', 'invalid_blocks_format', 'msg_blocks_too_long', 'msg_too_long', 'invalid_arguments', 'no_text'],
  ],
  [
    'unauthorized',
    [
      'invalid_auth',
      'not_authed',
      'account_inactive',
      'token_revoked',
      'token_expired',
      'missing_scope',
      'no_permission',
      'not_allowed_token_type',
    ],
  ],
];
