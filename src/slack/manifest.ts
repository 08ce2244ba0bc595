import type { AppsManifestCreateArguments } from '@slack/web-api';
import { commands } from '../commands/index.ts';
import { isChannelId } from '../model/settings/policy.ts';
import type { AskRule } from '../model/settings/settings.ts';
import { ids } from './blocks/ids.ts';

/** A manifest in the format of Slack's own tools. */
export type AppManifest = AppsManifestCreateArguments['manifest'];

export interface ManifestOptions {
  /** `url` is where Slack reaches the bot in HTTP mode: `https://bot.example.net/slack/events`. */
  readonly mode: { readonly kind: 'socket' } | { readonly kind: 'http'; readonly url: URL };
  /** The rules decide which of Slack's lists must be readable. */
  readonly rules: readonly AskRule[];
  /** Groups that the approval policy names (`groupsNamed`): their members must be readable. */
  readonly approvers?: readonly string[];
  readonly name?: string;
}

type BotScopes = NonNullable<NonNullable<NonNullable<AppManifest['oauth_config']>['scopes']>['bot']>;

/** The app manifest with the fewest scopes that this configuration needs; paste it at api.slack.com/apps. */
export function slackManifest({ mode, rules, approvers = [], name = 'imagecheck' }: ManifestOptions): AppManifest {
  const address = mode.kind === 'http' ? mode.url.href : undefined;
  return {
    _metadata: { major_version: 2, minor_version: 1 },
    display_information: {
      name,
      description: 'Finds out why a container image isn’t running in Kubernetes',
      background_color: '#1f3a5f',
    },
    features: {
      bot_user: { display_name: 'imagecheck', always_online: false },
      app_home: { home_tab_enabled: true, messages_tab_enabled: true, messages_tab_read_only_enabled: true },
      slash_commands: [
        {
          command: '/imagecheck',
          description: 'Why isn’t this workload or image running?',
          usage_hint: commands
            .all()
            .flatMap(({ help }) => help.hint ?? [])
            .join(' | '),
          should_escape: false,
          ...(address === undefined ? {} : { url: address }),
        },
      ],
      shortcuts: [
        {
          type: 'message',
          name: 'Explain this error',
          callback_id: ids.explain,
          description: 'Says what an image pull error means and what to do',
        },
      ],
    },
    oauth_config: { scopes: { bot: scopesOf(rules, approvers) } },
    settings: {
      event_subscriptions: {
        bot_events: ['app_home_opened', 'app_mention'],
        ...(address === undefined ? {} : { request_url: address }),
      },
      interactivity: {
        is_enabled: true,
        ...(address === undefined ? {} : { request_url: address, message_menu_options_url: address }),
      },
      org_deploy_enabled: false,
      socket_mode_enabled: mode.kind === 'socket',
      token_rotation_enabled: false,
    },
  };
}

/**
 * `users:read` identifies guests; `im:write` opens direct messages; groups only if a rule names some; channels only if
 * a rule names them by name or names none, because shared channels must then be recognised.
 */
function scopesOf(rules: readonly AskRule[], approvers: readonly string[]): BotScopes {
  const groups = approvers.length > 0 || rules.some((rule) => rule.groups.length > 0);
  const channels = rules.some((rule) => rule.channels.length === 0 || !rule.channels.every(isChannelId));
  return [
    'app_mentions:read',
    'chat:write',
    'commands',
    'im:write',
    'users:read',
    ...(groups ? (['usergroups:read'] as const) : []),
    ...(channels ? (['channels:read', 'groups:read'] as const) : []),
  ];
}
