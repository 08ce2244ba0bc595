import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { LRUCache } from 'lru-cache';
import { reasonOf, UserError } from '../../errors.ts';
import { type SlackLog, stackOf } from '../connection/logger.ts';
import { drawNotice } from '../views/plain.ts';
import { drawSlow, drawTrouble } from '../views/private.ts';
import type { Reply } from './request.ts';

/** Replies by delivery: Slack repeats what it thinks we did not get. */
export type Deliveries = Pick<LRUCache<string, { readonly reply: Promise<Reply> }>, 'get' | 'set'>;

/** Slack waits three seconds for the acknowledgement, which carries the reply. */
const replyWithinMs = 2500;

/**
 * Runs what a person asked for, once per delivery and never longer than Slack waits. Mistakes are shown as written,
 * bugs and a Redis that is down as an honest sentence with an id that is also in the log.
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
  return await Promise.race([reply, slowly()]);
}

async function answered(log: SlackLog, run: () => Promise<Reply>): Promise<Reply> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof UserError) {
      const remedy = error.remedy === undefined ? {} : { remedy: error.remedy };
      return {
        kind: 'private',
        drawn: drawNotice({ view: 'notice', tone: 'warning', text: error.message, ...remedy }),
      };
    }
    const incident = randomBytes(4).toString('hex').toUpperCase();
    log.error({ incident, reason: reasonOf(error), stack: stackOf(error) }, 'Slack request failed');
    return { kind: 'private', drawn: drawTrouble(incident) };
  }
}

async function slowly(): Promise<Reply> {
  await delay(replyWithinMs, undefined, { ref: false });
  return { kind: 'private', drawn: drawSlow() };
}
