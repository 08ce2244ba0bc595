import { type UsersInfoResponse, type WebClient } from '@slack/web-api';
import { reasonOf } from '../../errors.ts';
import { type Asking, isGroupId, isOrganisation } from '../../model/settings/policy.ts';
import { cache } from './kept.ts';
import type { SlackLog } from './logger.ts';
import { createMembership } from './membership.ts';

/** What Slack knows about people, groups and channels; answers are cached for a few minutes. Nothing here throws. */
export interface Directory {
  standing(user: string): Promise<Asking['standing']>;
  /** Which of these groups (ids or handles) the person is in. */
  groupsOf(user: string, groups: readonly string[]): Promise<readonly string[]>;
  /**
   * The same for a decision: read again if older than a minute, and `unreadable` if Slack fails to answer for any of
   * the groups, or not in time.
   */
  groupsNow(user: string, groups: readonly string[]): Promise<readonly string[] | 'unreadable'>;
  /** Name and sharing of a channel; if Slack does not say, it counts as shared. */
  channel(id: string): Promise<{ readonly name?: string; readonly shared: boolean }>;
  /** The direct conversation with a person; undefined if Slack does not open one. */
  directChannel(user: string): Promise<string | undefined>;
}

/** The directory of one workspace; each question is asked at most once in five minutes. */
export function createDirectory(client: WebClient, team: string, log: SlackLog): Directory {
  const users = cache(async (user) => standingOf((await client.users.info({ user })).user, team));
  const members = cache(async (group) => (await client.usergroups.users.list({ usergroup: group })).users ?? []);
  const handles = cache(async () => (await client.usergroups.list({})).usergroups ?? []);
  const channels = cache(async (channel) => (await client.conversations.info({ channel })).channel ?? {});
  const direct = cache(async (user) => (await client.conversations.open({ users: user })).channel ?? {});
  const membershipNow = createMembership(client, team);
  const told = async <T, U>(what: string, answer: Promise<T>, otherwise: U): Promise<T | U> => {
    try {
      return await answer;
    } catch (error) {
      log.warn({ what, reason: reasonOf(error) }, 'Slack lookup failed');
      return otherwise;
    }
  };
  const idOf = async (group: string) => {
    if (isGroupId(group)) return group;
    if (isOrganisation(team)) return undefined;
    const all = await told('user groups', handles('all'), []);
    return all.find(({ handle }) => handle === group)?.id;
  };
  return {
    standing: (user) => told('user', users(user), 'unknown' as const),
    groupsOf: async (user, groups) => {
      const found = await Promise.all(
        groups.map(async (group) => {
          const name = group.replace(/^@/, '');
          const id = await idOf(name);
          const people = id === undefined ? [] : await told('user group', members(id), []);
          return people.includes(user) ? [name] : [];
        }),
      );
      return found.flat();
    },
    groupsNow: async (user, groups) =>
      await told('membership for a decision (needs usergroups:read)', membershipNow(user, groups), 'unreadable'),
    channel: async (id) => {
      if (id.startsWith('D')) return { shared: false };
      const info = await told('channel (needs channels:read, groups:read)', channels(id), undefined);
      if (info === undefined) return { shared: true };
      const shared = info.is_ext_shared === true || info.is_pending_ext_shared === true;
      return info.name === undefined ? { shared } : { name: info.name, shared };
    },
    directChannel: async (user) => (await told('direct conversation', direct(user), undefined))?.id,
  };
}

function standingOf(user: UsersInfoResponse['user'], team: string): Asking['standing'] {
  if (user === undefined) return 'unknown';
  if (user.is_restricted === true || user.is_ultra_restricted === true) return 'guest';
  const home =
    user.team_id === undefined || user.team_id === team || user.enterprise_user?.teams?.includes(team) === true;
  return user.is_stranger === true || !home ? 'external' : 'member';
}
