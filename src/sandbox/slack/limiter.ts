/**
 * Calls per minute by method, following Slack's tiers (docs/facts/slack.md#rates: chat.postMessage about one per second
 * and channel).
 */
const perMinute: Readonly<Record<string, number>> = {
  'chat.update': 50,
  'chat.delete': 50,
  'views.open': 100,
  'views.update': 100,
  'views.push': 100,
  'views.publish': 100,
  'users.info': 100,
  'usergroups.list': 20,
  'usergroups.users.list': 20,
  'conversations.info': 50,
  'conversations.open': 50,
  'chat.postEphemeral': 100,
  'apps.connections.open': 20,
};

/** Refuses calls that come too fast, as Slack does: with the seconds to wait. */
export interface Limiter {
  /** Seconds until the next call is allowed, or undefined if this one is. */
  refusal(method: string, channel: string | undefined): number | undefined;
}

/** Token buckets on the given clock; short bursts of posts to a channel are allowed. */
export function createLimiter(nowMs: () => number): Limiter {
  const buckets = new Map<string, { level: number; at: number }>();
  const take = (key: string, capacity: number, perSecond: number): number | undefined => {
    const now = nowMs();
    const bucket = buckets.get(key) ?? { level: capacity, at: now };
    bucket.level = Math.min(capacity, bucket.level + ((now - bucket.at) / 1000) * perSecond);
    bucket.at = now;
    buckets.set(key, bucket);
    if (bucket.level < 1) return Math.max(1, Math.ceil((1 - bucket.level) / perSecond));
    bucket.level -= 1;
    return undefined;
  };
  return {
    refusal: (method, channel) => {
      if (method === 'chat.postMessage') return take(`post ${channel ?? ''}`, 4, 1);
      const limit = perMinute[method];
      return limit === undefined ? undefined : take(method, limit, limit / 60);
    },
  };
}

/** Allows everything, for figures that measure the product rather than Slack. */
export const unlimited: Limiter = { refusal: () => undefined };
