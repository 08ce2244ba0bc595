import { z } from 'zod';
import type { SlackSetting } from '../model/settings/settings.ts';
import { defined } from '../model/values/defined.ts';
import { always, HttpUrl, type NamedVariable, Names, notSet, Text, unique, variable } from './fields.ts';
import type { Outside } from './outside.ts';

/** A Slack workspace, or an Enterprise Grid organisation. */
export const TeamId = z.string().regex(/^[TE][A-Z0-9]+$/, 'expected a Slack team id such as T0123ABCD');

/** `slack:`, resolved, with the channels where everyone may ask. */
export function slackSection(outside: Outside) {
  const needed = outside.role === 'bot' || outside.role === 'all';
  const secret = variable(outside, needed ? 'optional' : 'ignored');
  const team = z.strictObject({
    id: TeamId.describe('Team id; the token has to belong to this team.'),
    botTokenEnv: variable(outside, needed ? 'required' : 'ignored').describe(
      "Environment variable with this team's bot token.",
    ),
  });
  return z
    .strictObject({
      mode: z
        .enum(['socket', 'http'])
        .default('socket')
        .describe('socket: no inbound connection needed; http: Slack calls the bot.'),
      botTokenEnv: secret.prefault('SLACK_BOT_TOKEN').describe('Environment variable with the bot token (xoxb-).'),
      appTokenEnv: secret
        .prefault('SLACK_APP_TOKEN')
        .describe('Environment variable with the app token (xapp-); mode socket.'),
      signingSecretEnv: secret
        .prefault('SLACK_SIGNING_SECRET')
        .describe('Environment variable with the signing secret; mode http.'),
      port: z.int().min(0).max(65_535).default(3000).describe('Port to listen on in mode http; 0 picks a free one.'),
      apiUrl: HttpUrl.optional().describe("URL of another Web API, such as the sandbox's."),
      channels: Names.default([]).describe(
        'Channels, of the first of slack.teams, where everyone may ask, unless policy.ask is set.',
      ),
      teams: z
        .array(team)
        .superRefine(unique('id'), always)
        .default([])
        .describe('Several workspaces, the main one first; without it, the workspace that botTokenEnv belongs to.'),
    })
    .superRefine((slack, context) => {
      if (needed) noteMissing(slack, context);
    }, always)
    .prefault({})
    .describe('How the bot connects to Slack.');
}

type SlackSection = z.infer<ReturnType<typeof slackSection>>;

/** A bot has a token for Slack, and whatever its mode also needs. */
function noteMissing(slack: unknown, context: z.core.$RefinementCtx): void {
  if (typeof slack !== 'object' || slack === null) return;
  const { mode, teams, botTokenEnv, appTokenEnv, signingSecretEnv } = slack as Partial<SlackSection>;
  const wanted: Record<string, NamedVariable | undefined> = {
    ...(Array.isArray(teams) && teams.length === 0 ? { botTokenEnv } : {}),
    ...(mode === 'socket' ? { appTokenEnv } : {}),
    ...(mode === 'http' ? { signingSecretEnv } : {}),
  };
  for (const [key, named] of Object.entries(wanted)) {
    if (typeof named !== 'object' || named.secret !== undefined) continue;
    context.addIssue({ code: 'custom', path: [key], message: notSet(named.variable) });
  }
}

/** The section in the shape that the bot takes. */
export function slackSetting(section: SlackSection): SlackSetting {
  const { mode, port, apiUrl, botTokenEnv, appTokenEnv, signingSecretEnv, teams } = section;
  return defined({
    mode,
    port,
    apiUrl: apiUrl === undefined ? undefined : `${apiUrl.href.replace(/(?<!\/)\/+$/, '')}/`,
    botToken: botTokenEnv.secret,
    appToken: appTokenEnv.secret,
    signingSecret: signingSecretEnv.secret,
    teams: teams.flatMap(({ id, botTokenEnv: { secret } }) => (secret === undefined ? [] : [{ id, botToken: secret }])),
  });
}

/** `policy.ask:`. */
export const AskRules = z
  .array(
    z
      .strictObject({
        team: TeamId.optional().describe('Workspace in which it holds. Default: the first of slack.teams.'),
        users: Names.default([]).describe('Slack user ids.'),
        groups: Names.default([]).describe('Slack user group ids or handles.'),
        channels: Names.default([]).describe('Slack channel ids or names.'),
        clusters: Names.default(['*']).describe('Cluster ids (globs).'),
        namespaces: Names.default(['*']).describe('Namespaces (globs).'),
        commands: z.array(Text).default(['*']).describe('Commands such as check, image, explain; * for all.'),
      })
      .refine((rule) => rule.users.length + rule.groups.length + rule.channels.length > 0, {
        message: 'expected users, groups or channels; without them the rule matches nobody',
      }),
  )
  .optional()
  .describe('Who may ask; one matching rule is enough. Default: everyone in slack.channels.');
