import { isChannelId, isGroupId, isOrganisation } from '../model/settings/policy.ts';
import { bareNames } from './approve-section.ts';
import type { ConfigFile } from './schema.ts';

interface TeamMistake {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** A rule of `policy`, with its place. */
interface PlacedRule {
  readonly path: readonly (string | number)[];
  readonly team?: string | undefined;
  readonly groups: readonly string[];
  readonly channels?: readonly string[];
}

/**
 * Rules whose workspace is unknown or unclear: one that is not configured; none, where others name theirs; and names
 * where a whole organisation is meant, because each of its workspaces may have a channel or group of that name.
 */
export function mistakesAboutTeams({ slack, policy }: Pick<ConfigFile, 'slack' | 'policy'>): readonly TeamMistake[] {
  const teams = slack.teams.map(({ id }) => id);
  const rules: readonly PlacedRule[] = [
    ...(policy.ask ?? []).map((rule, index) => ({ ...rule, path: ['policy', 'ask', index] })),
    ...policy.approve.map((rule, index) => ({ ...rule, path: ['policy', 'approve', index] })),
    ...policy.breakGlass.map((rule, index) => ({ ...rule, path: ['policy', 'breakGlass', index] })),
  ];
  const isNamedAnywhere = rules.some(({ team }) => team !== undefined);
  return rules.flatMap(({ path, team = teams[0], groups, channels = [] }) => {
    if (team === undefined) {
      const message = 'expected team, because another rule names its own, or slack.teams, whose first is the default';
      return isNamedAnywhere ? [{ path: [...path, 'team'], message }] : [];
    }
    if (teams.length > 0 && !teams.includes(team)) {
      return [{ path: [...path, 'team'], message: `expected one of slack.teams: ${teams.join(', ')}` }];
    }
    if (!isOrganisation(team)) return [];
    const message = `expected ids: several workspaces of organisation ${team} may use the same name`;
    return [
      ...(bareNames(groups).every(isGroupId) ? [] : [{ path: [...path, 'groups'], message }]),
      ...(bareNames(channels).every(isChannelId) ? [] : [{ path: [...path, 'channels'], message }]),
    ];
  });
}
