import type { RemedyId, Risk } from '../change/change.ts';
import { type Plan, remedyDecided } from '../change/plan.ts';
import { parseImage } from '../image/image.ts';
import { providerOf } from '../providers/index.ts';
import { bare, isOfTeam, matchesAny } from '../settings/policy.ts';
import { scopeOf } from '../subject/subject.ts';
import { defined } from '../values/defined.ts';
import type { LaterMember } from '../values/open-enum.ts';
import type { Grant, Requirement, Vote } from './approval.ts';
import type { ApprovePolicy, ApproveRule, BreakGlassRule, FreezeWindow, People, Scope } from './approval-settings.ts';
import { describeFreeze, isFrozen } from './freeze.ts';
import { isTicket } from './ticket.ts';

/** The facts about a change that the policy uses. */
export interface ChangeSubject {
  /** The Slack workspace in which it was requested, and whose people decide. */
  readonly team: string;
  readonly cluster: string;
  /** Namespaces of everything that is changed. */
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

/** One person, with the groups (ids or handles that rules name) that Slack reports for them. */
export interface Voter {
  readonly user: string;
  readonly groups: readonly string[];
}

/** A rule, and its place in the configuration. */
interface FoundRule {
  readonly rule: ApproveRule;
  /** `policy.approve[0]`. */
  readonly where: string;
}

/**
 * `rule` is where the configuration says so: `policy.approve[0]`; `why` tells the person the reason, and what they can
 * do.
 */
export type VoteDecision =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly rule: string; readonly why: string };

export type GrantDecision =
  | { readonly granted: true }
  | {
      readonly granted: false;
      readonly why: string;
      /** How many more votes it needs; 0 if votes would not help. */
      readonly missing: number;
    };

/** A reason for break glass is a sentence, not a dot. */
export const shortestBreakGlassReason = 10;

/**
 * What the policy sees of a plan; the requester is the person who requested it, in this workspace. For an undo, the
 * rules for the remedy that it takes back apply.
 */
export function subjectOfPlan(
  plan: Pick<Plan, 'intent' | 'targets'>,
  { requester, team }: Pick<ChangeSubject, 'requester' | 'team'>,
): ChangeSubject {
  const { cluster, risk, targets } = plan.intent;
  return {
    team,
    cluster,
    remedy: remedyDecided(plan.intent),
    risk,
    requester,
    ...scopesOf(targets),
    overGit: plan.targets.some(({ git }) => git !== undefined),
  };
}

/** Where the subjects belong, and every namespace that their operations name anywhere. */
function scopesOf(targets: Plan['intent']['targets']): Pick<ChangeSubject, 'namespaces' | 'registries' | 'nodes'> {
  const scopes = targets.map(({ subject }) => scopeOf(subject, registryOf));
  const written = targets.flatMap(({ operations }) => namespacesNamed(operations));
  const sorted = (names: readonly string[]) => [...new Set(names)].toSorted();
  // Every spelling of a host is the same registry: another one must not get around a freeze.
  const canonical = (host: string) => providerOf(host).canonicalHost(host);
  const registries = sorted(scopes.flatMap((one) => (one.scope === 'registry' ? [canonical(one.host)] : [])));
  const nodes = sorted(scopes.flatMap((one) => (one.scope === 'node' ? [one.name] : [])));
  return {
    namespaces: sorted([...scopes.flatMap((one) => (one.scope === 'namespace' ? [one.namespace] : [])), ...written]),
    ...(registries.length === 0 ? {} : { registries }),
    ...(nodes.length === 0 ? {} : { nodes }),
  };
}

/** The host of an image; for an invalid reference the text itself, which no rule for a host matches. */
function registryOf(reference: string): string {
  const parsed = parseImage(reference);
  return parsed.ok ? parsed.image.registry : reference;
}

function namespacesNamed(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === 'namespace' && typeof inner === 'string' ? [inner] : namespacesNamed(inner),
  );
}

/** Who may decide, as shown beside the plan. What counts is decided at each click and at execution. */
export function requirementOf(policy: ApprovePolicy, subject: ChangeSubject, now: Date): Requirement {
  const found = ruleFor(policy, subject);
  const window = frozenBy(policy, subject, now);
  const breakGlass = breakGlassFor(policy, subject) !== undefined;
  const common = { breakGlass, ...(window === undefined ? {} : { frozen: describeFreeze(window) }) };
  const refusal = found === undefined ? noRule(policy, subject) : againstGit(found, subject);
  if (found === undefined || refusal !== undefined) {
    return { ...common, text: refusal?.why ?? '', nobody: true, votes: 0, ticket: false };
  }
  const { votes, ticket, approvers, selfApproval } = found.rule;
  const not = selfApproval ? undefined : subject.requester;
  const withTicket = ticket ? ', with a ticket' : '';
  return {
    ...common,
    text: `${votes}${votes === 1 ? '' : ' people'} of ${peopleList(approvers)}${not === undefined ? '' : ` (not @${not})`}${withTicket}`,
    nobody: false,
    votes,
    ticket,
    users: [...approvers.users].map(bare),
    groups: [...approvers.groups].map(bare),
    ...defined({ not }),
  };
}

/** Decides about one click, before the vote is recorded. */
export function mayVote(
  policy: ApprovePolicy,
  subject: ChangeSubject,
  voter: Voter,
  how: {
    /** The votes that are already recorded. */
    readonly votes: readonly Vote[];
    readonly now: Date;
    readonly ticket?: string;
    /** The reason, if the person breaks the glass. */
    readonly breakGlass?: string;
  },
): VoteDecision {
  if (how.breakGlass !== undefined) return mayBreakGlass(policy, subject, voter, how.breakGlass);
  const found = ruleFor(policy, subject);
  const refusal =
    found === undefined
      ? noRule(policy, subject)
      : (againstGit(found, subject) ??
        frozen(policy, subject, how.now) ??
        notTheirs(found, subject, voter, how.votes) ??
        withoutTicket(policy, found, how.ticket));
  return refusal ?? { allowed: true };
}

/**
 * Whether these votes are enough at this moment. Each person's votes count once; votes of people who aren't approvers,
 * and of the requester (without self-approval), do not count. The answer is the same for bot and worker.
 */
export function isGranted(
  policy: ApprovePolicy,
  subject: ChangeSubject,
  grant: Pick<Grant, 'votes' | 'ticket' | 'breakGlass'>,
  now: Date,
): GrantDecision {
  if (grant.breakGlass !== undefined) return isGlassBroken(policy, subject, grant.votes, grant.breakGlass);
  const found = ruleFor(policy, subject);
  if (found === undefined) return { granted: false, why: noRule(policy, subject).why, missing: 0 };
  const refusal = againstGit(found, subject) ?? frozen(policy, subject, now);
  if (refusal !== undefined) return { granted: false, why: refusal.why, missing: 0 };
  const { rule, where } = found;
  const counted = new Set(
    grant.votes
      .filter((vote) => isOneOf(rule.approvers, vote) && (rule.selfApproval || vote.user !== subject.requester))
      .map(({ user }) => user),
  );
  const missing = Math.max(0, rule.votes - counted.size);
  if (missing > 0) {
    return { granted: false, why: `${counted.size} of ${demand(rule)} (${where}).`, missing };
  }
  const ticket = withoutTicket(policy, found, grant.ticket);
  return ticket === undefined ? { granted: true } : { granted: false, why: ticket.why, missing: 0 };
}

/** The freeze that forbids the change now: one is enough, even if it covers only one of several namespaces. */
export function frozenBy(policy: ApprovePolicy, subject: ChangeSubject, now: Date): FreezeWindow | undefined {
  return policy.freeze.find((window) => isFrozen(window, subject, now));
}

/** The groups, of one workspace or of all, whose members have to be known: ids or handles without `@`. */
export function groupsNamed(policy: ApprovePolicy, team?: string): readonly string[] {
  const all = [...policy.rules, ...policy.breakGlass];
  const rules = team === undefined ? all : all.filter((rule) => isOfTeam(rule, team));
  return [...new Set(rules.flatMap(({ approvers }) => approvers.groups).map(bare))];
}

type Refusal = Extract<VoteDecision, { allowed: false }>;

function refused(rule: string, why: string): Refusal {
  return { allowed: false, rule, why };
}

function noRule(
  { rules }: ApprovePolicy,
  { team, remedy, risk, namespaces, registries = [], nodes = [], cluster }: ChangeSubject,
): Refusal {
  const places = [
    ...namespaces,
    ...registries.map((host) => `registry ${host}`),
    ...nodes.map((name) => `node ${name}`),
  ];
  const where = `${places.join(', ')} of cluster ${cluster}`;
  const here = rules.some((rule) => !isOfTeam(rule, team)) ? ` in workspace ${team}` : '';
  const why = `Nobody may approve ${remedy} (${risk} risk) in ${where}: no rule of policy.approve matches${here}.`;
  return refused('policy.approve', `${why} An administrator can add one; until then use the kubectl commands.`);
}

function againstGit({ rule, where }: FoundRule, subject: ChangeSubject): Refusal | undefined {
  if (!subject.overGit || rule.overGit) return undefined;
  return refused(
    where,
    `Git owns what would be changed, and the rule for it (${where}) allows no direct change (overGit). Make the change in Git, as the plan shows it.`,
  );
}

function frozen(policy: ApprovePolicy, subject: ChangeSubject, now: Date): Refusal | undefined {
  const window = frozenBy(policy, subject, now);
  if (window === undefined) return undefined;
  const way = breakGlassFor(policy, subject) === undefined ? '' : ', or have someone on call break the glass';
  return refused(
    `policy.freeze[${policy.freeze.indexOf(window)}]`,
    `No changes during ${describeFreeze(window)}. Approve it afterwards${way}.`,
  );
}

function notTheirs(
  { rule, where }: FoundRule,
  subject: ChangeSubject,
  voter: Voter,
  votes: readonly Vote[],
): Refusal | undefined {
  if (!isOneOf(rule.approvers, voter)) {
    return refused(where, `You can’t approve this. It needs ${demand(rule)}.`);
  }
  if (!rule.selfApproval && voter.user === subject.requester) {
    return refused(where, `You requested this change, so someone else has to approve it: it needs ${demand(rule)}.`);
  }
  if (votes.some((vote) => vote.user === voter.user && isOneOf(rule.approvers, vote))) {
    return refused(where, `You have already approved this. It needs ${demand(rule)}.`);
  }
  return undefined;
}

function withoutTicket(
  { requireTicket }: ApprovePolicy,
  { rule, where }: FoundRule,
  ticket: string | undefined,
): Refusal | undefined {
  if (!rule.ticket || (requireTicket !== undefined && isTicket(requireTicket, ticket))) return undefined;
  if (requireTicket === undefined) {
    const why = `This takes a ticket (${where}), and policy.requireTicket does not say what tickets look like.`;
    return refused(where, `${why} An administrator has to add it.`);
  }
  const found = (ticket?.trim() ?? '') === '' ? 'Name a ticket' : 'That isn’t a ticket: name one';
  return refused(where, `${found} that matches \`${requireTicket}\` (policy.requireTicket, ${where}).`);
}

function mayBreakGlass(policy: ApprovePolicy, subject: ChangeSubject, voter: Voter, reason: string): VoteDecision {
  const rule = breakGlassFor(policy, subject);
  if (rule === undefined) {
    const why = `No rule of policy.breakGlass is for ${subject.remedy} (${subject.risk} risk) here; it is for low risk and named remedies only.`;
    return refused('policy.breakGlass', `${why} Use the usual approval.`);
  }
  if (breakGlassFor(policy, subject, voter) === undefined) {
    const where = `policy.breakGlass[${policy.breakGlass.indexOf(rule)}]`;
    return refused(
      where,
      `Only ${peopleList(rule.approvers)} may break the glass here (${where}). Ask one of them, or for the usual approval.`,
    );
  }
  if (reason.trim().length < shortestBreakGlassReason) {
    return refused(
      'policy.breakGlass',
      `Breaking the glass takes a reason of at least ${shortestBreakGlassReason} characters; it is recorded and reviewed.`,
    );
  }
  return { allowed: true };
}

/** Any one vote of the on-call group, including the requester's: at night nobody else may be available. */
function isGlassBroken(
  policy: ApprovePolicy,
  subject: ChangeSubject,
  votes: readonly Vote[],
  reason: string,
): GrantDecision {
  const decisions = votes.map((vote) => mayBreakGlass(policy, subject, vote, reason));
  if (decisions.some(({ allowed }) => allowed)) return { granted: true };
  const [first] = decisions;
  const why = first === undefined || first.allowed ? 'Nobody has broken the glass.' : first.why;
  return { granted: false, why, missing: first === undefined ? 1 : 0 };
}

/** The first rule that matches decides, even if a later one would be less strict. */
function ruleFor(policy: ApprovePolicy, subject: ChangeSubject): FoundRule | undefined {
  const index = policy.rules.findIndex(
    (rule) =>
      concerns(rule, subject) &&
      rule.risks.some((risk) => risk === subject.risk) &&
      (rule.remedies.includes('*') || rule.remedies.includes(subject.remedy)),
  );
  const rule = policy.rules[index];
  return rule === undefined ? undefined : { rule, where: `policy.approve[${index}]` };
}

/** The rule is one of the workspace, everything that is changed is in its scope, and there is something. */
function concerns(
  rule: Pick<ApproveRule, 'team' | 'clusters' | keyof Scope>,
  { team, cluster, namespaces, registries = [], nodes = [] }: ChangeSubject,
): boolean {
  const covers = (globs: readonly string[] = [], names: readonly string[]) =>
    names.every((name) => matchesAny(globs, name));
  return (
    isOfTeam(rule, team) &&
    matchesAny(rule.clusters, cluster) &&
    namespaces.length + registries.length + nodes.length > 0 &&
    covers(rule.namespaces, namespaces) &&
    covers(rule.registries, registries) &&
    covers(rule.nodes, nodes)
  );
}

/** Whether a person is named, or is in a group that is named; with or without `@`. */
function isOneOf({ users, groups }: People, { user, groups: theirs }: Voter): boolean {
  const memberships = theirs.map(bare);
  return users.some((each) => bare(each) === user) || groups.some((group) => memberships.includes(bare(group)));
}

/**
 * The break-glass rule for a change, and for a person if one is given: its channel is the one to inform. Only for low
 * risk; the rules of `policy.approve` still apply to what Git owns.
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
function demand({ votes, approvers }: ApproveRule): string {
  return `${votes} ${votes === 1 ? 'vote' : 'votes'} of ${peopleList(approvers)}`;
}

/** `@dask-owners, @U0BEN`. */
function peopleList({ users, groups }: People): string {
  return [...groups, ...users].map((name) => `@${bare(name)}`).join(', ');
}
