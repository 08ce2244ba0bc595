import {
  type AskDecision,
  type Asking,
  isChannelId,
  isOfTeam,
  isOrganisation,
  mayAsk,
} from '../../model/settings/policy.ts';
import type { AskRule } from '../../model/settings/settings.ts';
import type { Directory } from '../connection/directory.ts';

/** Who did something, and where, according to Slack's payload. */
export interface Whereabouts {
  readonly user: string;
  readonly channel: string;
  readonly channelName?: string;
  /** The payload says that the channel is shared with another organisation. */
  readonly shared?: boolean;
}

/** Whether this person may ask this here, by `policy.ask`; asks Slack only for what the rules need. */
export async function mayAskHere(
  options: { readonly rules: readonly AskRule[] },
  { team, directory }: { readonly team: string; readonly directory: Directory },
  where: Whereabouts,
  what: Pick<Asking, 'command' | 'cluster' | 'namespace'>,
): Promise<AskDecision> {
  // Slack is asked for names of other workspaces in none but their own.
  const rules = options.rules.filter((rule) => isOfTeam(rule, team));
  const groups = [...new Set(rules.flatMap((rule) => rule.groups))];
  const [standing, groupsOfUser, channel] = await Promise.all([
    directory.standing(where.user),
    groups.length === 0 ? [] : directory.groupsOf(where.user, groups),
    channelOf(rules, { team, directory }, where),
  ]);
  return mayAsk(options.rules, { ...what, team, user: where.user, groups: groupsOfUser, channel, standing });
}

async function channelOf(
  rules: readonly AskRule[],
  { team, directory }: { readonly team: string; readonly directory: Directory },
  { channel: id, shared = false, ...where }: Whereabouts,
): Promise<Asking['channel']> {
  const isNamed = !isOrganisation(team) && !anonymous.includes(where.channelName ?? '');
  const channelName = isNamed ? where.channelName : undefined;
  const byName = rules.some((rule) => rule.channels.some((channel) => !isChannelId(channel)));
  const anywhere = rules.some((rule) => rule.channels.length === 0);
  if (!anywhere && (!byName || channelName !== undefined)) {
    return { id, shared, ...(channelName === undefined ? {} : { name: channelName }) };
  }
  const info = await directory.channel(id);
  const name = isOrganisation(team) ? undefined : (info.name ?? channelName);
  return { id, shared: shared || info.shared, ...(name === undefined ? {} : { name }) };
}

/** What Slack sends instead of the name of a private channel or a direct message; it names no channel. */
const anonymous: readonly string[] = ['privategroup', 'directmessage', ''];
