import type { WebClient } from '@slack/web-api';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createMembership } from '../../../src/slack/connection/membership.ts';

/** A Slack whose groups change; `asked` counts what was read. */
function slackOf(groups: Record<string, string[]>) {
  const asked: string[] = [];
  const usergroups = {
    list: async () => {
      asked.push('handles');
      return { usergroups: [{ id: 'S0DASK1', handle: 'dask-owners' }] };
    },
    users: {
      list: async ({ usergroup }: { readonly usergroup: string }) => {
        asked.push(usergroup);
        return { users: groups[usergroup] ?? [] };
      },
    },
  };
  return { client: { usergroups } as unknown as WebClient, asked };
}

describe('membership that decides', () => {
  let passedMs = 0;
  const pass = (ms: number) => {
    passedMs += ms;
    vi.advanceTimersByTime(ms);
  };
  beforeEach(() => {
    const began = performance.now();
    passedMs = 0;
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    // What is kept ages by this clock.
    vi.spyOn(performance, 'now').mockImplementation(() => began + passedMs);
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  test('is at most a minute old: people who left have no vote, people who joined have one', async () => {
    const groups = { S0DASK1: ['U0ANA'] };
    const { client, asked } = slackOf(groups);
    const memberOf = createMembership(client, 'T1');
    const now = async (user: string) => await memberOf(user, ['@dask-owners']);
    expect([await now('U0ANA'), await now('U0BEN')]).toEqual([['dask-owners', 'S0DASK1'], []]);
    groups.S0DASK1 = ['U0BEN'];
    pass(59_000);
    expect([await now('U0ANA'), asked.length]).toEqual([['dask-owners', 'S0DASK1'], 2]);
    pass(1_100);
    expect([await now('U0ANA'), await now('U0BEN')]).toEqual([[], ['dask-owners', 'S0DASK1']]);
    expect(asked).toEqual(['handles', 'S0DASK1', 'handles', 'S0DASK1']);
  });

  test('is never kept when it could not be read', async () => {
    const { client, asked } = slackOf({ S0DASK1: ['U0ANA'] });
    const list = vi.spyOn(client.usergroups, 'list').mockRejectedValueOnce(new Error('internal_error'));
    const memberOf = createMembership(client, 'T1');
    await expect(memberOf('U0ANA', ['dask-owners'])).rejects.toThrow('internal_error');
    expect(await memberOf('U0ANA', ['dask-owners'])).toEqual(['dask-owners', 'S0DASK1']);
    expect([list.mock.calls.length, asked.length]).toEqual([2, 2]);
  });
});
