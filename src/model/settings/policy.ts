import { defined } from '../values/defined.ts';
import type { AskRule } from './settings.ts';

/** Who asks, where, and about what; the caller has looked up everything that the decision needs. */
export interface Asking {
  /** The Slack workspace in which they ask. */
  readonly team: string;
  readonly user: string;
  /** Ids (and handles) of the person's user groups that the rules name. */
  readonly groups: readonly string[];
  /** Id of the channel, and its name if a rule refers to channels by name. */
  readonly channel: { readonly id: string; readonly name?: string; readonly shared: boolean };
  /** `guest`: restricted account of the workspace; `external`: another organisation's, through Slack Connect. */
  readonly standing: 'member' | 'guest' | 'external' | 'unknown';
  /** `check`, `image`, `explain`, `use`, … */
  readonly command: string;
  /** Absent when the command concerns no cluster. */
  readonly cluster?: string;
  /** Absent when a bare name is looked up in all namespaces. */
  readonly namespace?: string;
}

export type AskDecision = { readonly allowed: true } | { readonly allowed: false; readonly why: string };

/** Without rules, everyone may ask in the configured channels, which are those of the first configured workspace. */
export function defaultAskRules(channels: readonly string[], team?: string): readonly AskRule[] {
  if (channels.length === 0) return [];
  const everything = { clusters: ['*'], namespaces: ['*'], commands: ['*'] };
  return [{ ...defined({ team }), users: [], groups: [], channels, ...everything }];
}

/** Whether a channel in the configuration is given by id (`C0123ABCD`) rather than by name. */
export function isChannelId(channel: string): boolean {
  return /^[CGD][A-Z0-9]{7,}$/.test(channel);
}

/** Whether a group in the configuration is given by id rather than by handle. */
export function isGroupId(group: string): boolean {
  return /^S[A-Z0-9]{5,}$/.test(group);
}

/** Whether this is a whole Enterprise Grid organisation: two of its workspaces may use a name for different things. */
export function isOrganisation(team: string): boolean {
  return team.startsWith('E');
}

/**
 * Whether a rule is about this Slack workspace. Ids, handles and names of people, groups and channels mean something in
 * their own workspace only: another one may have a group of the same handle. A rule without a workspace exists only
 * where the configuration names none, because there is only one.
 */
export function isOfTeam(rule: { readonly team?: string }, team: string): boolean {
  return rule.team === undefined || rule.team === team;
}

/**
 * Decides by `policy.ask` (docs/architecture.md#permissions): one matching rule is enough. Empty `users` and `groups`
 * mean everyone in the rule's channels, empty `channels` means anywhere. Guests and people from other organisations
 * must be named personally or through a group; in an externally shared channel the channel must be named too.
 */
export function mayAsk(rules: readonly AskRule[], asking: Asking): AskDecision {
  let nearest: Refusal | undefined;
  for (const rule of rules.filter((one) => isOfTeam(one, asking.team))) {
    const refusal = refusalOf(rule, asking);
    if (refusal === undefined) return { allowed: true };
    if (nearest === undefined || refusal.rank > nearest.rank) nearest = refusal;
  }
  const nobody =
    rules.length === 0
      ? 'Nobody may ask imagecheck yet: no channel and no rule is configured (slack.channels, policy.ask).'
      : 'imagecheck can’t be used in this workspace (policy.ask names others).';
  return { allowed: false, why: nearest?.why ?? nobody };
}

/** Whether a glob from the configuration matches: `*` stands for any characters, `?` for one. */
export function matchesGlob(glob: string, text: string): boolean {
  // By hand, because a regular expression made of many stars takes forever on a text that almost matches.
  let [inGlob, inText] = [0, 0];
  /** The last star so far, and where the text that it stands for ends at the earliest. */
  let star: { readonly at: number; end: number } | undefined;
  while (inText < text.length) {
    const wanted = glob[inGlob];
    if (wanted === '*') {
      star = { at: inGlob, end: inText };
      inGlob += 1;
    } else if (wanted === '?' || wanted === text[inText]) {
      inGlob += 1;
      inText += 1;
    } else if (star !== undefined) {
      star.end += 1;
      inGlob = star.at + 1;
      inText = star.end;
    } else return false;
  }
  return glob.slice(inGlob).replaceAll('*', '') === '';
}

interface Refusal {
  /** How far the rule matched: the rule that matched furthest gives the best explanation. */
  readonly rank: number;
  readonly why: string;
}

function refusalOf(rule: AskRule, asking: Asking): Refusal | undefined {
  const anyone = rule.users.length === 0 && rule.groups.length === 0;
  const anywhere = rule.channels.length === 0;
  if (anyone && anywhere) return { rank: 0, why: 'The configuration lets no one use imagecheck.' };
  const named = rule.users.includes(asking.user) || rule.groups.some((group) => asking.groups.includes(bare(group)));
  if (!anywhere && !namesChannel(rule, asking.channel)) {
    return { rank: 1, why: 'imagecheck can’t be used in this channel (policy.ask names others).' };
  }
  if (anywhere && asking.channel.shared) {
    return { rank: 2, why: 'This channel is shared with another organisation, and policy.ask does not name it.' };
  }
  if (!anyone && !named)
    return {
      rank: 3,
      why: 'You don’t have permission to use imagecheck here (policy.ask). Ask whoever runs imagecheck to add you.',
    };
  if (!named && asking.standing !== 'member') return { rank: 4, why: outsiders[asking.standing] };
  return refusedSubject(rule, asking);
}

const outsiders = {
  guest: 'Guests can use imagecheck only when policy.ask names them.',
  external: 'People from other organisations can use imagecheck only when policy.ask names them.',
  unknown:
    'Slack didn’t report whether you are a full member, and only full members can use imagecheck here. Try again in a minute.',
} as const;

function refusedSubject(rule: AskRule, asking: Asking): Refusal | undefined {
  if (!matchesAny(rule.commands, asking.command)) {
    return { rank: 5, why: `You can’t use \`${asking.command}\` here (policy.ask).` };
  }
  if (asking.cluster === undefined) return undefined;
  if (!matchesAny(rule.clusters, asking.cluster)) {
    return { rank: 6, why: `You may not ask about cluster ${asking.cluster} here (policy.ask).` };
  }
  if (asking.namespace === undefined) {
    return rule.namespaces.includes('*')
      ? undefined
      : { rank: 7, why: `Name a namespace: here you may ask about ${rule.namespaces.join(', ')} only (policy.ask).` };
  }
  return matchesAny(rule.namespaces, asking.namespace)
    ? undefined
    : { rank: 8, why: `You may not ask about namespace ${asking.namespace} here (policy.ask).` };
}

/** Whether one of the globs matches. */
export function matchesAny(globs: readonly string[], text: string): boolean {
  return globs.some((glob) => matchesGlob(glob, text));
}

function namesChannel(rule: AskRule, { id, name }: Asking['channel']): boolean {
  return rule.channels.some((channel) => channel === id || (name !== undefined && bare(channel) === bare(name)));
}

/** `#ops` and `ops`, `@oncall` and `oncall` are equal names. */
export function bare(name: string): string {
  return name.replace(/^[#@]/, '');
}
