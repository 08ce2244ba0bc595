import type { WebClient } from '@slack/web-api';
import { within } from '../../timing/within.ts';
import { cache } from './kept.ts';

/** Maximum age of membership used for a decision (docs/architecture.md#permissions). */
const decidesMs = 60_000;
/** Slack waits three seconds for our answer, so we wait less for its own. */
const decideWithinMs = 1500;

/**
 * Which of these groups (ids or handles) a person is in, at most a minute old: for decisions. `unreadable` if Slack is
 * slow; rejects if Slack refuses to answer for any of the groups.
 */
export function createMembership(
  client: WebClient,
): (user: string, groups: readonly string[]) => Promise<readonly string[] | 'unreadable'> {
  const members = cache(
    async (group) => (await client.usergroups.users.list({ usergroup: group })).users ?? [],
    decidesMs,
  );
  const handles = cache(async () => (await client.usergroups.list({})).usergroups ?? [], decidesMs);
  return async (user, groups) => {
    const reading = memberships(user, groups, { members, handles: async () => await handles('all') });
    return await within(decideWithinMs, reading, () => 'unreadable' as const);
  };
}

/**
 * Which of the groups the person is in; rejects if one of them cannot be read. A group that does not exist has no
 * members.
 */
async function memberships(
  user: string,
  groups: readonly string[],
  read: {
    readonly members: (group: string) => Promise<readonly string[]>;
    readonly handles: () => Promise<readonly { readonly id?: string; readonly handle?: string }[]>;
  },
): Promise<readonly string[]> {
  const found = await Promise.all(
    groups.map(async (group) => {
      const name = group.replace(/^@/, '');
      const id = isGroupId(name) ? name : (await read.handles()).find(({ handle }) => handle === name)?.id;
      return id !== undefined && (await read.members(id)).includes(user) ? [name] : [];
    }),
  );
  return found.flat();
}

/** Whether a group in the configuration is given by id rather than by handle. */
export function isGroupId(group: string): boolean {
  return /^S[A-Z0-9]{5,}$/.test(group);
}
