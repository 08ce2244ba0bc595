import { z } from 'zod';
import type { ApprovePolicy, FreezeWindow, Scope } from '../model/approval/approval-settings.ts';
import { wrongTicketPattern } from '../model/approval/ticket.ts';
import { Risk } from '../model/change/change.ts';
import { providerOf } from '../model/providers/index.ts';
import { defined } from '../model/values/defined.ts';
import { always, Names, Text, unique } from './fields.ts';
import type { Outside } from './outside.ts';
import { AskRules, TeamId } from './slack-section.ts';

/** Names as people write them in Slack: without their `@` or `#`. */
export function bareNames(names: readonly string[]): readonly string[] {
  return names.map((name) => name.replace(/^[@#]/, ''));
}

const UserId = z
  .string()
  .regex(/^@?[UW][A-Z0-9]+$/, 'expected a Slack user id such as U0123ABCD; people of a group belong under groups');

const place = {
  clusters: Names.min(1).default(['*']).describe('Cluster ids (globs).'),
  namespaces: Names.min(1)
    .optional()
    .describe(
      'Namespaces (globs); every namespace of the plan must match. Default: all, or none beside registries or nodes.',
    ),
  registries: Names.min(1)
    .optional()
    .describe('Hosts of registries (globs) that a plan may be about; every one must match. Default: none.'),
  nodes: Names.min(1)
    .optional()
    .describe('Nodes (globs) that a plan may be about; every one must match. Default: none.'),
};

type Place = Readonly<Partial<Record<keyof Scope, readonly string[] | undefined>>>;

/** A rule without a scope covers every namespace, and nothing else. Hosts are canonical, as those of plans are. */
function scopeIn({ namespaces, registries, nodes }: Place): Scope {
  const all = registries === undefined && nodes === undefined ? ['*'] : [];
  const hosts = registries?.map((host) => providerOf(host).canonicalHost(host));
  return { namespaces: namespaces ?? all, ...defined({ registries: hosts, nodes }) };
}

const approvers = {
  team: TeamId.optional().describe(
    'Workspace whose people may decide about its changes. Default: the first of slack.teams.',
  ),
  users: z.array(UserId).default([]).describe('Slack user ids.'),
  groups: Names.default([]).describe('Slack user group ids or handles.'),
};

const approveEntry = ({ remedies }: Outside) =>
  z
    .strictObject({
      ...approvers,
      ...place,
      remedies: z
        .array(z.enum(['*', ...remedies]))
        .min(1)
        .default(['*'])
        .describe('Remedies; an undo follows the rules for the remedy it undoes.'),
      risks: z.array(Risk).min(1).default(['low', 'medium', 'high']).describe('Risks of a plan.'),
      votes: z.int().min(1).max(10).default(1).describe('How many different people have to approve.'),
      selfApproval: z.boolean().default(false).describe('Whether the requester may vote.'),
      overGit: z
        .boolean()
        .default(false)
        .describe('Whether objects owned by Argo CD, Flux or Helm may be patched directly.'),
      ticket: z.boolean().optional().describe('Whether a ticket is required; default: when requireTicket is set.'),
    })
    .superRefine(someone, always)
    .superRefine(enoughPeople, always);

const breakGlassEntry = ({ remedies }: Outside) =>
  z
    .strictObject({
      ...approvers,
      ...place,
      remedies: z.array(z.enum(remedies)).min(1).describe('Remedies, by name; applies to low-risk plans only.'),
      securityChannel: Text.describe('Slack channel id to notify every time.'),
    })
    .superRefine(someone, always);

const Moment = z.iso.datetime({
  offset: true,
  error: 'expected a date and time with a time zone, such as 2026-12-20T18:00:00+01:00',
});

const dayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

const ClockTime = z
  .string()
  .regex(/^(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$/, 'expected a time of day such as 18:00')
  .transform((text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3)));

const TimeZone = z.string().refine(isTimeZone, 'expected an IANA time zone, such as Europe/Berlin or UTC');

const Weekly = z.strictObject({
  days: z.array(z.enum(dayNames)).min(1).describe('Days on which it starts.'),
  start: ClockTime.describe('When it begins: 18:00.'),
  end: ClockTime.describe('When it ends; if not later than start, it ends the next day.'),
  timeZone: TimeZone.describe('Time zone of start and end; daylight saving time is respected.'),
});

const FreezeEntry = z
  .strictObject({
    name: Text.describe('Message shown to people.'),
    ...place,
    from: Moment.optional().describe('When it starts, with a time zone.'),
    to: Moment.optional().describe('When it ends (exclusive), with a time zone.'),
    weekly: Weekly.optional().describe('Every week, instead of from and to.'),
  })
  .superRefine(oneKindOfWindow, always);

const TicketPattern = z.string().superRefine((pattern, context) => {
  const message = wrongTicketPattern(pattern);
  if (message !== undefined) context.addIssue({ code: 'custom', message });
});

/** `policy:`. */
export function policySection(outside: Outside) {
  return z
    .strictObject({
      ask: AskRules,
      approve: z
        .array(approveEntry(outside))
        .default([])
        .describe('Who may approve changes; the first matching rule decides; without one, nobody may.'),
      breakGlass: z
        .array(breakGlassEntry(outside))
        .default([])
        .describe('Who may act alone in an emergency, with a reason; bypasses votes, tickets and freezes.'),
      freeze: z
        .array(FreezeEntry)
        .superRefine(unique('name'), always)
        .default([])
        .describe('Times when nothing may be changed.'),
      requireTicket: TicketPattern.optional().describe(
        'Regular expression that a whole ticket id must match; when set, every approval needs a ticket.',
      ),
    })
    .superRefine(ticketsHavePattern, always)
    .prefault({})
    .describe('Who may do what.');
}

type PolicySection = z.infer<ReturnType<typeof policySection>>;

/** The section in the shape that bot and worker use to decide; `team` is the first configured workspace. */
export function approvePolicy(section: PolicySection, team: string | undefined): ApprovePolicy {
  const { approve, breakGlass, freeze, requireTicket } = section;
  const people = (entry: { readonly users: readonly string[]; readonly groups: readonly string[] }) => ({
    users: bareNames(entry.users),
    groups: bareNames(entry.groups),
  });
  return defined({
    rules: approve.map(({ users, groups, ticket, namespaces, registries, nodes, ...rule }) => ({
      ...defined({ ...rule, team: rule.team ?? team }),
      ...scopeIn({ namespaces, registries, nodes }),
      approvers: people({ users, groups }),
      ticket: ticket ?? requireTicket !== undefined,
    })),
    breakGlass: breakGlass.map(({ users, groups, securityChannel, namespaces, registries, nodes, ...rule }) => ({
      ...defined({ ...rule, team: rule.team ?? team }),
      ...scopeIn({ namespaces, registries, nodes }),
      approvers: people({ users, groups }),
      securityChannel: bareNames([securityChannel])[0] ?? securityChannel,
    })),
    freeze: freeze.map(freezeWindow),
    requireTicket,
  });
}

function freezeWindow(entry: z.infer<typeof FreezeEntry>): FreezeWindow {
  const { weekly, namespaces, registries, nodes, ...rest } = entry;
  const window = { ...rest, ...scopeIn({ namespaces, registries, nodes }) };
  if (weekly === undefined) return defined(window);
  const { days, start, end, timeZone } = weekly;
  const endMinute = end > start ? end : end + 24 * 60;
  return defined({
    ...window,
    weekly: { days: days.map((day) => dayNames.indexOf(day)), startMinute: start, endMinute, timeZone },
  });
}

type Context = z.core.$RefinementCtx;

function lengthOf(entry: unknown, key: string): number {
  const value: unknown = typeof entry === 'object' && entry !== null ? Reflect.get(entry, key) : undefined;
  return Array.isArray(value) ? value.length : 0;
}

function someone(entry: unknown, context: Context): void {
  if (lengthOf(entry, 'users') + lengthOf(entry, 'groups') > 0) return;
  context.addIssue({ code: 'custom', message: 'expected users or groups; without them the rule applies to nobody' });
}

/** Two votes by one named person never count together. */
function enoughPeople(entry: unknown, context: Context): void {
  const votes: unknown = typeof entry === 'object' && entry !== null ? Reflect.get(entry, 'votes') : undefined;
  const people = new Set<unknown>(lengthOf(entry, 'users') > 0 ? (Reflect.get(entry as object, 'users') as []) : []);
  if (typeof votes !== 'number' || lengthOf(entry, 'groups') > 0 || people.size === 0 || votes <= people.size) return;
  context.addIssue({
    code: 'custom',
    path: ['votes'],
    message: `expected at most ${people.size}: the rule names no one else`,
  });
}

function oneKindOfWindow(entry: unknown, context: Context): void {
  if (typeof entry !== 'object' || entry === null) return;
  const { from, to, weekly } = entry as { readonly from?: unknown; readonly to?: unknown; readonly weekly?: unknown };
  const both = from !== undefined && to !== undefined;
  const neither = from === undefined && to === undefined;
  if (weekly === undefined ? !both : !neither) {
    context.addIssue({ code: 'custom', message: 'expected either from and to, or weekly' });
  } else if (typeof from === 'string' && typeof to === 'string' && Date.parse(from) >= Date.parse(to)) {
    context.addIssue({ code: 'custom', path: ['to'], message: 'expected a time after from' });
  }
}

function ticketsHavePattern(policy: unknown, context: Context): void {
  if (typeof policy !== 'object' || policy === null || Reflect.get(policy, 'requireTicket') !== undefined) return;
  const rules: unknown = Reflect.get(policy, 'approve');
  for (const [index, rule] of Array.isArray(rules) ? rules.entries() : []) {
    if (typeof rule !== 'object' || rule === null || Reflect.get(rule, 'ticket') !== true) continue;
    const message = 'expected requireTicket in the same policy, so that tickets can be recognised';
    context.addIssue({ code: 'custom', path: ['approve', index, 'ticket'], message });
  }
}

function isTimeZone(text: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: text }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
