import type { RemedyId, Risk } from '../change/change.ts';
import { bare, matchesAny } from '../settings/policy.ts';
import type { LaterMember } from '../values/open-enum.ts';
import type { ApprovePolicy, ApproveRule, BreakGlassRule, People, Scope } from './approval-settings.ts';

/** What of a change the policy looks at. */
export interface ChangeSubject {
  readonly cluster: string;
  /** Of everything that is changed in a namespace. */
  readonly namespaces: readonly string[];
  /** Hosts of the registries that are changed, or whose images are. */
  readonly registries?: readonly string[];
  readonly nodes?: readonly string[];
  readonly remedy: RemedyId;
  /** A later one is in no rule: nobody may approve it here. */
  readonly risk: Risk | LaterMember;
  /** Slack user id of the requester. */
  readonly requester: string;
  /** Git (Argo CD, Flux, Helm) owns something that is changed, and would change it back. */
  readonly overGit: boolean;
}

/** One person, with the groups (ids or handles that rules name) that Slack sees them in. */
export interface Voter {
  readonly user: string;
  readonly groups: readonly string[];
}

/** A rule, and where the configuration has it. */
export interface FoundRule {
  readonly rule: ApproveRule;
  /** `policy.approve[0]`. */
  readonly where: string;
}

/** The first rule that matches decides, also when a later one would be milder. */
export function ruleFor(policy: ApprovePolicy, subject: ChangeSubject): FoundRule | undefined {
  const index = policy.rules.findIndex(
    (rule) =>
      concerns(rule, subject) &&
      rule.risks.some((risk) => risk === subject.risk) &&
      (rule.remedies.includes('*') || rule.remedies.includes(subject.remedy)),
  );
  const rule = policy.rules[index];
  return rule === undefined ? undefined : { rule, where: `policy.approve[${index}]` };
}

/** Everything that is changed must be in the rule's scope, and something must be. */
function concerns(
  rule: Pick<ApproveRule, 'clusters' | keyof Scope>,
  { cluster, namespaces, registries = [], nodes = [] }: ChangeSubject,
): boolean {
  const covers = (globs: readonly string[] = [], names: readonly string[]) =>
    names.every((name) => matchesAny(globs, name));
  return (
    matchesAny(rule.clusters, cluster) &&
    namespaces.length + registries.length + nodes.length > 0 &&
    covers(rule.namespaces, namespaces) &&
    covers(rule.registries, registries) &&
    covers(rule.nodes, nodes)
  );
}

/** Whether a person is named, or is in a group that is named; with or without `@`. */
export function isOneOf({ users, groups }: People, { user, groups: theirs }: Voter): boolean {
  const memberships = theirs.map(bare);
  return users.some((each) => bare(each) === user) || groups.some((group) => memberships.includes(bare(group)));
}

/**
 * The break-glass rule for a change, and for a person where one is given: its channel is the one to be told. Only for
 * low risk; and what Git owns stays with the rules of `policy.approve`.
 */
export function breakGlassFor(
  policy: ApprovePolicy,
  subject: ChangeSubject,
  voter?: Voter,
): BreakGlassRule | undefined {
  const found = ruleFor(policy, subject);
  if (subject.risk !== 'low' || (subject.overGit && found?.rule.overGit !== true)) return undefined;
  return policy.breakGlass.find(
    (rule) =>
      concerns(rule, subject) &&
      rule.remedies.includes(subject.remedy) &&
      (voter === undefined || isOneOf(rule.approvers, voter)),
  );
}

/** `2 votes of @dask-owners`. */
export function demand({ votes, approvers }: ApproveRule): string {
  return `${votes} ${votes === 1 ? 'vote' : 'votes'} of ${peopleList(approvers)}`;
}

/** `@dask-owners, @U0BEN`. */
export function peopleList({ users, groups }: People): string {
  return [...groups, ...users].map((name) => `@${bare(name)}`).join(', ');
}
