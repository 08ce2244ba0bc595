import type { WebClient } from '@slack/web-api';
import { isGroupId, isOrganisation } from '../../model/settings/policy.ts';
import { within } from '../../timing/within.ts';
import { cache } from './kept.ts';

/** Maximum age of membership used for a decision (docs/architecture.md#permissions). */
const decidesMs = 60_000;
/** Slack waits three seconds for our answer, so we wait less for its own. */
const decideWithinMs = 1500;

/**
 * Which of these groups (ids or handles) a person is in, at most a minute old: for decisions. A group that is named by
 * its handle is given by its id as well, so that whoever checks the decision may know it by either. `unreadable` if Slack
 * is slow; rejects if Slack refuses to answer for any of the groups.
 */
export function createMembership(
  client: WebClient,
  team: string,
): (user: string, groups: readonly string[]) => Promise<readonly string[] | 'unreadable'> {
  const members = cache(
    async (group) => (await client.usergroups.users.list({ usergroup: group })).users ?? [],
    decidesMs,
  );
  const handles = cache(async () => (await client.usergroups.list({})).usergroups ?? [], decidesMs);
  return async (user, groups) => {
    const known = isOrganisation(team) ? groups.filter(isGroupId) : groups;
    const reading = memberships(user, known, { members, handles: async () => await handles('all') });
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
      return id !== undefined && (await read.members(id)).includes(user) ? [name, id] : [];
    }),
  );
  return [...new Set(found.flat())];
}
