import { describe, expect, test } from 'vitest';
import { defaultAskRules } from '../../src/model/settings/policy.ts';
import { ids } from '../../src/slack/blocks/ids.ts';
import { slackManifest } from '../../src/slack/manifest.ts';

const least = ['app_mentions:read', 'chat:write', 'commands', 'im:write', 'users:read'];
const scopes = (rules: Parameters<typeof slackManifest>[0]['rules']) =>
  slackManifest({ mode: { kind: 'socket' }, rules }).oauth_config?.scopes?.bot;
const byId = defaultAskRules(['C0123ABCD']);

describe('the app manifest', () => {
  test.each<[string, Parameters<typeof scopes>[0], readonly string[]]>([
    ['channels by id need the least', byId, least],
    [
      'groups must be readable when a rule names one',
      byId.map((rule) => ({ ...rule, groups: ['@oncall'] })),
      [...least, 'usergroups:read'],
    ],
    [
      'channels must be readable when a rule names one by name',
      defaultAskRules(['#ops']),
      [...least, 'channels:read', 'groups:read'],
    ],
    [
      'and when a rule holds everywhere',
      byId.map((rule) => ({ ...rule, users: ['U1'], channels: [] })),
      [...least, 'channels:read', 'groups:read'],
    ],
  ])('%s', (_, rules, expected) => {
    expect(scopes(rules)).toEqual(expected);
  });

  test('groups must be readable when they approve', () => {
    const manifest = slackManifest({ mode: { kind: 'socket' }, rules: byId, approvers: ['dask-owners'] });
    expect(manifest.oauth_config?.scopes?.bot).toEqual([...least, 'usergroups:read']);
  });

  test('hints at the commands that say so themselves', () => {
    const manifest = slackManifest({ mode: { kind: 'socket' }, rules: byId });
    expect(manifest.features?.slash_commands?.[0]?.usage_hint).toBe(
      'deployment NAME [-n NAMESPACE] [-c CLUSTER] | image REF | explain TEXT | help',
    );
  });

  test('Socket Mode has no address, HTTP mode has one everywhere', () => {
    const socket = slackManifest({ mode: { kind: 'socket' }, rules: byId });
    expect(JSON.stringify(socket)).not.toContain('url');
    expect(socket.settings?.socket_mode_enabled).toBe(true);
    const url = new URL('https://bot.example.net/slack/events');
    const http = slackManifest({ mode: { kind: 'http', url }, rules: byId });
    expect(http.settings).toMatchObject({
      socket_mode_enabled: false,
      event_subscriptions: { request_url: url.href, bot_events: ['app_home_opened', 'app_mention'] },
      interactivity: { is_enabled: true, request_url: url.href, message_menu_options_url: url.href },
    });
    expect(http.features?.slash_commands?.[0]?.url).toBe(url.href);
  });

  test("keeps Slack's limits and names what the app listens to", () => {
    const { display_information: shown, features } = slackManifest({ mode: { kind: 'socket' }, rules: byId });
    expect(shown.name.length).toBeLessThanOrEqual(35);
    expect(shown.description?.length).toBeLessThanOrEqual(140);
    expect(features?.shortcuts?.map((one) => one.callback_id)).toEqual([ids.explain]);
    expect(features?.shortcuts?.[0]?.description.length).toBeLessThanOrEqual(150);
    expect(features?.slash_commands?.[0]?.command).toBe('/imagecheck');
  });
});
