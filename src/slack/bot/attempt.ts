import { randomBytes } from 'node:crypto';
import { WebAPIHTTPError, WebAPIPlatformError, WebAPIRateLimitedError, WebAPIRequestError } from '@slack/web-api';
import type { LRUCache } from 'lru-cache';
import { reasonOf, UnavailableError, UserError } from '../../errors.ts';
import { within } from '../../timing/within.ts';
import type { Drawn } from '../blocks/blocks.ts';
import { type SlackLog, stackOf } from '../connection/logger.ts';
import { drawNotice } from '../views/plain.ts';
import { drawSlow, drawTrouble, type RequestFailure } from '../views/private.ts';
import type { Reply } from './request.ts';

/** Replies by delivery: Slack repeats deliveries that it thinks we did not get. */
export type Deliveries = Pick<LRUCache<string, { readonly reply: Promise<Reply> }>, 'get' | 'set'>;

/** Slack waits three seconds for the acknowledgement, which contains the reply. */
const replyWithinMs = 2500;

/**
 * Runs what a person asked for, once per delivery and never longer than Slack waits. Mistakes are shown as written.
 * Every other failure is answered with what failed (Redis, Slack, or something inside imagecheck) and an incident id,
 * which is also in the log.
 */
export async function attempt(
  { deliveries, log }: { readonly deliveries: Deliveries; readonly log: SlackLog },
  key: string,
  run: () => Promise<Reply>,
): Promise<Reply> {
  const earlier = deliveries.get(key);
  if (earlier !== undefined) return await earlier.reply;
  const reply = answered(log, run);
  deliveries.set(key, { reply });
  return await within(replyWithinMs, reply, () => privately(drawSlow()));
}

async function answered(log: SlackLog, run: () => Promise<Reply>): Promise<Reply> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof UserError) {
      const remedy = error.remedy === undefined ? {} : { remedy: error.remedy };
      return privately(drawNotice({ view: 'notice', tone: 'warning', text: error.message, ...remedy }));
    }
    const incident = randomBytes(4).toString('hex').toUpperCase();
    const failure = failureOf(error);
    log.error({ incident, reason: reasonOf(error), stack: stackOf(error) }, `Slack request failed: ${failure.kind}`);
    return privately(drawTrouble(failure, incident));
  }
}

/** What prevented a request from being answered. */
export function failureOf(error: unknown): RequestFailure {
  if (error instanceof UnavailableError) return { kind: 'redis unavailable' };
  if (error instanceof WebAPIPlatformError) return { kind: 'slack refused', code: error.data.error };
  if (error instanceof WebAPIRateLimitedError) return { kind: 'slack refused', code: 'ratelimited' };
  if (error instanceof WebAPIRequestError || error instanceof WebAPIHTTPError) return { kind: 'slack unavailable' };
  return { kind: 'internal error' };
}

function privately(drawn: Drawn): Reply {
  return { kind: 'private', drawn };
}
