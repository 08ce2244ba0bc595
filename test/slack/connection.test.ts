import { describe, expect, test, vi } from 'vitest';
import { Secret } from '../../src/model/values/secret.ts';
import { useSlackApp } from '../support/slack-app.ts';
import { signed, team } from '../support/slack-fake.ts';

const t = useSlackApp();

describe('the connection', () => {
  test('comes back at once when Slack recycles it', async () => {
    await t.start();
    t.slack.askToReconnect();
    await expect.poll(() => t.slack.connections(), { timeout: 3000 }).toBe(2);
    await expect.poll(async () => (await t.slash('help')).text, { timeout: 3000 }).toMatch(/finds out why/);
  });

  test('comes back when the network breaks', async () => {
    await t.start();
    t.slack.breakConnection();
    await expect.poll(() => t.slack.connections(), { timeout: 3000 }).toBe(2);
  });

  test('tells its owner if Slack does not let it reconnect', async () => {
    const onFatal = vi.fn();
    await t.start({ onFatal });
    t.slack.on('apps.connections.open', () => ({ body: { ok: false, error: 'invalid_auth' } }));
    t.slack.askToReconnect();
    await expect.poll(() => onFatal.mock.calls.length, { timeout: 3000 }).toBe(1);
  });

  test('survives an outage of Slack', async () => {
    let failures = 2;
    await t.start();
    t.slack.on('apps.connections.open', () => (failures-- > 0 ? { status: 503 } : undefined));
    t.slack.askToReconnect();
    await expect.poll(() => t.slack.connections(), { timeout: 5000 }).toBe(2);
  });

  test('what came before the stop is still acknowledged', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    await t.start({ ask: async () => await promise });
    const reply = t.slash('deployment web -n prod');
    await expect.poll(() => t.slack.callsOf('users.info').length).toBe(1);
    const stopped = t.stop();
    resolve();
    expect(await reply).toEqual({});
    await stopped;
  });

  test('a token that Slack rejects is reported clearly', async () => {
    t.slack.on('auth.test', () => ({ body: { ok: false, error: 'invalid_auth' } }));
    await expect(t.start()).rejects.toThrow(/Slack rejected the bot token: .*invalid_auth/);
  });

  test('no payload and no token is logged', async () => {
    await t.start();
    await t.slash('deployment web -n prod --token=hunter2', { token: 'verification-token' });
    const everything = JSON.stringify(Object.values(t.log).flatMap((method) => method.mock.calls));
    expect(everything).not.toMatch(/hunter2|verification-token|xoxb|xapp|respond\//);
  });
});

describe('HTTP mode', () => {
  const form = (text: string) =>
    new URLSearchParams({
      command: '/imagecheck',
      text,
      user_id: 'U0ANA',
      team_id: team,
      channel_id: 'C1',
      channel_name: 'incidents',
      trigger_id: t.nextTrigger(),
      response_url: t.slack.responseUrl(),
    }).toString();
  const post = async (port: number | undefined, body: string, headers: Record<string, string>) =>
    await fetch(`http://127.0.0.1:${port}/slack/events`, { method: 'POST', body, headers });
  const http = { mode: { kind: 'http' as const, signingSecret: new Secret('shh'), port: 0 } };

  test('takes signed commands', async () => {
    const { port } = await t.start(http);
    const body = form('deployment web -n prod');
    const response = await post(port, body, signed('shh', body));
    expect(response.status).toBe(200);
    expect(t.asked).toHaveLength(1);
  });

  test('refuses others', async () => {
    const { port } = await t.start(http);
    const body = form('deployment web -n prod');
    expect((await post(port, body, signed('guess', body))).status).toBe(401);
    expect((await post(port, body, signed('shh', body, Date.now() - 3_600_000))).status).toBe(401);
    expect(t.asked).toEqual([]);
  });

  test('answers in the acknowledgement', async () => {
    const { port } = await t.start(http);
    const body = form('deploymnt web');
    expect(await (await post(port, body, signed('shh', body))).json()).toMatchObject({ response_type: 'ephemeral' });
  });
});
