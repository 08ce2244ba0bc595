import { describe, expect, test, vi } from 'vitest';
import { UserError } from '../../../src/errors.ts';
import { defaultAskRules } from '../../../src/model/settings/policy.ts';
import type { SlackAppOptions } from '../../../src/slack/app.ts';
import { buttonsOf, explanation, useSlackApp } from '../../support/slack-app.ts';
import { team } from '../../support/slack-fake.ts';
import { faultsOfMessage } from '../../support/slack-limits.ts';

const t = useSlackApp();

describe('the slash command', () => {
  test('asks, and is acknowledged only when the question is stored', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const order: string[] = [];
    await t.start({
      ask: async () => {
        order.push('asking');
        await promise;
        order.push('kept');
      },
    });
    const acknowledged = t.slash('deployment web -n prod').then((payload) => {
      order.push('acknowledged');
      return payload;
    });
    await expect.poll(() => order).toEqual(['asking']);
    resolve();
    expect(await acknowledged).toEqual({});
    expect(order).toEqual(['asking', 'kept', 'acknowledged']);
  });

  test('the question holds who, where and what, and its parent is posted', async () => {
    await t.start();
    expect(await t.slash('deployment web -n prod')).toEqual({});
    expect(t.asked).toEqual([
      {
        version: 1,
        id: expect.stringMatching(new RegExp(`^${team}/[0-9a-f]{20}$`)),
        team,
        channel: 'C1',
        user: 'U0ANA',
        text: '/imagecheck deployment web -n prod',
        cluster: 'dev-eu',
        target: { type: 'workload', kind: 'Deployment', namespace: 'prod', name: 'web' },
        askedAt: expect.any(String),
      },
    ]);
    await expect.poll(() => t.slack.callsOf('chat.postMessage').length).toBe(1);
    expect(JSON.stringify(t.asked)).not.toMatch(/respond|xoxb|xapp/);
  });

  test.each<[string, string, RegExp]>([
    ['a mistake', 'deploymnt web', /Did you mean/],
    ['help', 'help', /finds out why/],
    ['nothing at all', '', /finds out why/],
    ['an unknown cluster', 'deployment web -n p -c dev-us', /There is no cluster dev-us; there is dev-eu/],
    ['explain', 'explain toomanyrequests', /rate.limited: certain/],
    ['what is used', 'use', /has no default cluster/],
  ])('%s is answered privately', async (_, text, expected) => {
    await t.start();
    const reply = await t.slash(text);
    expect(reply).toMatchObject({ response_type: 'ephemeral', text: expect.stringMatching(expected) });
    expect(faultsOfMessage({ text: reply.text, blocks: (reply as { blocks?: unknown }).blocks })).toEqual([]);
    expect(t.asked).toEqual([]);
  });

  test('explain redacts before anybody reads it', async () => {
    const explain = vi.fn(explanation);
    await t.start({ explain });
    const reply = await t.slash('explain Authorization: Bearer abcdefghijklmnopqrstuvwxyz0123456789');
    expect(explain.mock.calls[0]?.[0]).not.toContain('abcdefghijklmnop');
    expect(JSON.stringify(reply)).not.toContain('abcdefghijklmnop');
  });

  test('explain and help need no Redis', async () => {
    t.memory.state.redis = 'down';
    await t.start();
    expect((await t.slash('explain toomanyrequests')).text).toMatch(/rate.limited/);
    expect((await t.slash('help')).text).toMatch(/finds out why/);
  });

  test.each(['down', 'hanging'] as const)(
    'with Redis %s the answer is honest and comes within a second',
    async (redis) => {
      await t.start();
      await t.slash('help');
      t.memory.state.redis = redis;
      const before = Date.now();
      const reply = await t.slash('deployment web -n prod');
      expect(Date.now() - before).toBeLessThan(1500);
      expect(reply).toMatchObject({
        response_type: 'ephemeral',
        text: expect.stringContaining('Redis isn’t responding'),
      });
      expect(t.log.error).toHaveBeenCalledTimes(1);
    },
  );

  test('a question that cannot be asked says why', async () => {
    await t.start({
      ask: async () => {
        throw new UserError('No worker for cluster dev-eu has ever been seen.', { remedy: 'Start one.' });
      },
    });
    expect((await t.slash('deployment web -n prod')).text).toBe(
      'No worker for cluster dev-eu has ever been seen. Start one.',
    );
  });

  test('the parent line shows what was typed, not what Slack made of it', async () => {
    await t.start();
    await t.slash('image <http://ghcr.io/a/b:1|ghcr.io/a/b:1>');
    expect(t.asked).toMatchObject([{ text: '/imagecheck image ghcr.io/a/b:1' }]);
  });

  test('the same delivery is one question', async () => {
    await t.start();
    await t.slash('deployment web -n prod', { trigger_id: 'same' });
    await t.slash('deployment web -n prod', { trigger_id: 'same' });
    expect(t.asked).toHaveLength(1);
  });

  test("a channel's defaults are used, and set for everyone to see", async () => {
    await t.start({ clusters: ['dev-eu', 'prod-eu'] });
    expect(await t.slash('use -c prod-eu -n shop')).toMatchObject({ response_type: 'in_channel' });
    await t.slash('deployment web');
    expect(t.asked[0]).toMatchObject({ cluster: 'prod-eu', target: { namespace: 'shop' } });
    expect((await t.slash('use')).text).toMatch(/defaults to cluster `prod-eu` and namespace `shop`/);
  });

  test('several clusters are asked about, not guessed', async () => {
    await t.start({ clusters: ['dev-eu', 'prod-eu'] });
    const reply = await t.slash('deployment web -n prod');
    expect(reply.text).toMatch(/Which cluster/);
    const second = buttonsOf(reply)[1];
    await t.click(second?.action_id, second?.value);
    expect(t.asked).toMatchObject([{ cluster: 'prod-eu', target: { name: 'web' } }]);
  });

  test('--dm answers privately, and remembers where it was asked', async () => {
    await t.start();
    await t.slash('deployment web -n prod --dm');
    expect(t.asked).toMatchObject([{ channel: 'D0ANA', origin: 'C1' }]);
  });
});

describe('who may ask', () => {
  test.each<[string, object, Partial<SlackAppOptions>, RegExp]>([
    ['another channel', { channel_id: 'C2' }, {}, /this channel/],
    ['a guest', { user_id: 'U0GUEST' }, {}, /Guests/],
    ['another organisation', { user_id: 'U0OTHER' }, {}, /other organisations/],
    [
      'another cluster',
      {},
      { rules: [{ ...(defaultAskRules(['C1'])[0] as never as object), clusters: ['prod-*'] } as never] },
      /cluster dev-eu/,
    ],
    [
      'no member of the group',
      {},
      {
        rules: [
          {
            users: [],
            groups: ['@oncall'],
            channels: ['C1'],
            clusters: ['*'],
            namespaces: ['*'],
            commands: ['*'],
          },
        ],
      },
      /don’t have permission/,
    ],
  ])('%s is refused, privately and with the reason', async (_, part, options, expected) => {
    t.slack.on('users.info', ({ user }) => ({
      body: {
        user: { id: user, team_id: user === 'U0OTHER' ? 'T0OTHER' : team, is_restricted: user === 'U0GUEST' },
      },
    }));
    t.slack.on('usergroups.list', () => ({ body: { usergroups: [{ id: 'S0ONCALL', handle: 'oncall' }] } }));
    t.slack.on('usergroups.users.list', () => ({ body: { users: ['U0BEN'] } }));
    await t.start(options);
    const reply = await t.slash('deployment web -n prod', part);
    expect(reply).toMatchObject({ response_type: 'ephemeral', text: expect.stringMatching(expected) });
    expect(t.asked).toEqual([]);
  });

  test.each([
    ['deployment web -n shop', ['shop*'], true],
    ['image ghcr.io/acme/web:1 as shop/default', ['shop*'], true],
    ['deployment web -n shop', ['shop*', '*'], undefined],
    ['image ghcr.io/acme/web:1', ['*'], undefined],
  ])('%s, allowed for namespaces %s, is confined to its namespace: %s', async (text, namespaces, confined) => {
    const rule = { users: [], groups: [], channels: ['C1'], clusters: ['*'], commands: ['*'] };
    await t.start({ rules: [{ ...rule, namespaces }] });
    await t.slash(text);
    expect(t.asked.map(({ target }) => target.confined)).toEqual([confined]);
  });

  test.each(['help', 'deployment web -n prod', 'deployment web -n prod -c nope', 'use -c nope', 'deployment', 'use'])(
    '%s tells whoever may not ask no name of a cluster',
    async (text) => {
      t.slack.on('users.info', ({ user }) => ({ body: { user: { id: user, team_id: team, is_restricted: true } } }));
      await t.start({ clusters: ['payroll-eu', 'payroll-us'] });
      const reply = await t.slash(text, { user_id: 'U0GUEST' });
      expect(reply.text).toBeTruthy();
      expect(JSON.stringify([reply, t.slack.callsOf('views.open')])).not.toContain('payroll');
    },
  );

  test('people are looked up once', async () => {
    await t.start();
    await Promise.all([t.slash('deployment a -n p'), t.slash('deployment b -n p'), t.slash('deployment c -n p')]);
    expect(t.asked).toHaveLength(3);
    expect(t.slack.callsOf('users.info')).toHaveLength(1);
  });
});
