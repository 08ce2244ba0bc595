import { type AskDecision, type Asking, mayAsk } from '../../model/settings/policy.ts';
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
  { rules }: { readonly rules: readonly AskRule[] },
  { directory }: { readonly directory: Directory },
  where: Whereabouts,
  what: Pick<Asking, 'command' | 'cluster' | 'namespace'>,
): Promise<AskDecision> {
  const groups = [...new Set(rules.flatMap((rule) => rule.groups))];
  const [standing, groupsOfUser, channel] = await Promise.all([
    directory.standing(where.user),
    groups.length === 0 ? [] : directory.groupsOf(where.user, groups),
    channelOf(rules, directory, where),
  ]);
  return mayAsk(rules, { ...what, user: where.user, groups: groupsOfUser, channel, standing });
}

async function channelOf(
  rules: readonly AskRule[],
  directory: Directory,
  { channel: id, shared = false, ...where }: Whereabouts,
): Promise<Asking['channel']> {
  const channelName = anonymous.includes(where.channelName ?? '') ? undefined : where.channelName;
  const byName = rules.some((rule) => rule.channels.some((channel) => !isChannelId(channel)));
  const anywhere = rules.some((rule) => rule.channels.length === 0);
  if (!anywhere && (!byName || channelName !== undefined)) {
    return { id, shared, ...(channelName === undefined ? {} : { name: channelName }) };
  }
  const info = await directory.channel(id);
  const name = info.name ?? channelName;
  return { id, shared: shared || info.shared, ...(name === undefined ? {} : { name }) };
}

/** What Slack sends instead of the name of a private channel or a direct message; it names no channel. */
const anonymous: readonly string[] = ['privategroup', 'directmessage', ''];

/** Whether a channel in the configuration is given by id (`C0123ABCD`) rather than by name. */
export function isChannelId(channel: string): boolean {
  return /^[CGD][A-Z0-9]{7,}$/.test(channel);
}
