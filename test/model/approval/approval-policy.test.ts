import { describe, expect, it } from 'vitest';
import type { Vote } from '../../../src/model/approval/approval.ts';
import {
  type ChangeSubject,
  groupsNamed,
  isGranted,
  mayVote,
  requirementOf,
  subjectOfPlan,
} from '../../../src/model/approval/approval-policy.ts';
import type { ApprovePolicy } from '../../../src/model/approval/approval-settings.ts';
import { always, ben, now, oncall, policy, repull, rule, subject, vote } from './approval-parts.ts';

describe('mayVote', () => {
  it.each<[what: string, policy: ApprovePolicy, subject: ChangeSubject, voter: { user: string; groups: string[] }]>([
    ['a member of the group', policy([rule()]), subject(), ben],
    ['with @ in the rule', policy([rule({ groups: ['@owners'] })]), subject(), ben],
    ['with @ at the person', policy([rule()]), subject(), { user: 'U0BEN', groups: ['@owners'] }],
    ['by the id of the group', policy([rule({ groups: ['S0123'] })]), subject(), { user: 'U0BEN', groups: ['S0123'] }],
    ['a named person', policy([rule({ users: ['U0BEN'] })]), subject(), { user: 'U0BEN', groups: [] }],
    ['a named person with @', policy([rule({ users: ['@U0BEN'] })]), subject(), { user: 'U0BEN', groups: [] }],
    ['the requester with selfApproval', policy([rule({ selfApproval: true })]), subject({ requester: 'U0BEN' }), ben],
    ['over Git where the rule allows it', policy([rule({ overGit: true })]), subject({ overGit: true }), ben],
    [
      'all namespaces match',
      policy([rule({ namespaces: ['sh*', 'db'] })]),
      subject({ namespaces: ['shop', 'db'] }),
      ben,
    ],
    [
      'a freeze elsewhere',
      policy([rule()], {
        freeze: [
          { ...always, namespaces: ['db'] },
          { ...always, clusters: ['prod*'] },
        ],
      }),
      subject(),
      ben,
    ],
  ])('lets vote: %s', (_, rules, about, voter) => {
    expect(mayVote(rules, about, voter, { votes: [], now })).toEqual({ allowed: true });
  });

  it.each<
    [
      what: string,
      policy: ApprovePolicy,
      subject: ChangeSubject,
      voter: { user: string; groups: string[] },
      rule: string,
      why: RegExp,
    ]
  >([
    ['no rule at all', policy([]), subject(), ben, 'policy.approve', /Nobody may approve set-image .*kubectl/],
    ['another cluster', policy([rule({ clusters: ['prod-*'] })]), subject(), ben, 'policy.approve', /cluster dev-eu/],
    ['another remedy', policy([rule({ remedies: ['roll-back'] })]), subject(), ben, 'policy.approve', /set-image/],
    ['another risk', policy([rule({ risks: ['low'] })]), subject({ risk: 'high' }), ben, 'policy.approve', /high risk/],
    [
      'one namespace of two',
      policy([rule({ namespaces: ['shop'] })]),
      subject({ namespaces: ['shop', 'db'] }),
      ben,
      'policy.approve',
      /shop, db/,
    ],
    ['no namespace', policy([rule()]), subject({ namespaces: [] }), ben, 'policy.approve', /Nobody/],
    [
      'not in the group',
      policy([rule()]),
      subject(),
      { user: 'U0BEN', groups: ['others'] },
      'policy.approve[0]',
      /can’t approve this.*1 vote of @owners/,
    ],
    [
      'a look-alike group',
      policy([rule()]),
      subject(),
      { user: 'U', groups: ['owners2'] },
      'policy.approve[0]',
      /can’t approve/,
    ],
    [
      'a user id as a group',
      policy([rule()]),
      subject(),
      { user: 'owners', groups: [] },
      'policy.approve[0]',
      /can’t approve/,
    ],
    ['the requester', policy([rule()]), subject({ requester: 'U0BEN' }), ben, 'policy.approve[0]', /someone else/],
    [
      'the first rule decides',
      policy([rule({ groups: ['dba'] }), rule()]),
      subject(),
      ben,
      'policy.approve[0]',
      /@dba/,
    ],
    [
      'the second rule when the first is for others',
      policy([rule({ namespaces: ['db'] }), rule({ groups: ['sre'] })]),
      subject(),
      ben,
      'policy.approve[1]',
      /@sre/,
    ],
    ['what Git owns', policy([rule()]), subject({ overGit: true }), ben, 'policy.approve[0]', /in Git/],
    ['a freeze', policy([rule()], { freeze: [always] }), subject(), ben, 'policy.freeze[0]', /"all" until 2027/],
    [
      'a freeze of one namespace of two',
      policy([rule()], { freeze: [{ ...always, namespaces: ['db'] }] }),
      subject({ namespaces: ['shop', 'db'] }),
      ben,
      'policy.freeze[0]',
      /afterwards/,
    ],
  ])('refuses: %s', (_, rules, about, voter, where, why) => {
    const decision = mayVote(rules, about, voter, { votes: [], now });
    expect(decision).toEqual({ allowed: false, rule: where, why: expect.stringMatching(why) });
  });

  it('counts a person once', () => {
    const two = policy([rule({ votes: 2 })]);
    const decision = mayVote(two, subject(), ben, { votes: [vote('U0BEN', 'owners')], now });
    expect(decision).toMatchObject({ allowed: false, why: expect.stringMatching(/already approved this.*2 votes/) });
    expect(mayVote(two, subject(), ben, { votes: [vote('U0CHLOE', 'owners')], now })).toEqual({ allowed: true });
  });

  it.each([
    [undefined, /Name a ticket that matches `OPS-\[0-9\]\+`/],
    ['', /Name a ticket/],
    ['OPS-1x', /That isn’t a ticket/],
    ['x OPS-1', /That isn’t a ticket/],
    [`OPS-${'1'.repeat(100)}`, /That isn’t a ticket/],
  ])('wants a ticket: %s', (ticket, why) => {
    const rules = policy([rule({ ticket: true })], { requireTicket: 'OPS-[0-9]+' });
    const how = { votes: [], now, ...(ticket === undefined ? {} : { ticket }) };
    expect(mayVote(rules, subject(), ben, how)).toMatchObject({ allowed: false, why: expect.stringMatching(why) });
    expect(mayVote(rules, subject(), ben, { ...how, ticket: ' OPS-17 ' })).toEqual({ allowed: true });
  });

  it('takes an alternative as a whole', () => {
    const rules = policy([rule({ ticket: true })], { requireTicket: 'OPS|INC-[0-9]+' });
    expect(mayVote(rules, subject(), ben, { votes: [], now, ticket: 'OPSX' })).toMatchObject({ allowed: false });
    expect(mayVote(rules, subject(), ben, { votes: [], now, ticket: 'INC-3' })).toEqual({ allowed: true });
  });

  it('lets nobody pass where tickets are wanted and nothing says what they look like', () => {
    const how = { votes: [], now, ticket: 'OPS-1' };
    const decision = mayVote(policy([rule({ ticket: true })]), subject(), ben, how);
    expect(decision).toMatchObject({ allowed: false, why: expect.stringContaining('requireTicket') });
  });
});

describe('isGranted', () => {
  it.each<[string, ApprovePolicy, ChangeSubject, Vote[], string | undefined, number | undefined, RegExp?]>([
    ['enough', policy([rule()]), subject(), [vote('U0BEN', 'owners')], undefined, undefined],
    ['one of two', policy([rule({ votes: 2 })]), subject(), [vote('U0BEN', 'owners')], undefined, 1, /1 of 2 votes/],
    [
      'the same person twice',
      policy([rule({ votes: 2 })]),
      subject(),
      [vote('U0BEN', 'owners'), vote('U0BEN', 'owners')],
      undefined,
      1,
    ],
    [
      'the requester as one of two',
      policy([rule({ votes: 2 })]),
      subject(),
      [vote('U0BEN', 'owners'), vote('U0ANA', 'owners')],
      undefined,
      1,
    ],
    ['someone of another group', policy([rule()]), subject(), [vote('U0BEN', 'others')], undefined, 1],
    ['no rule', policy([]), subject(), [vote('U0BEN', 'owners')], undefined, 0, /Nobody/],
    ['frozen', policy([rule()], { freeze: [always] }), subject(), [vote('U0BEN', 'owners')], undefined, 0, /freeze/],
    ['Git', policy([rule()]), subject({ overGit: true }), [vote('U0BEN', 'owners')], undefined, 0, /Git/],
    [
      'no ticket',
      policy([rule({ ticket: true })], { requireTicket: 'A-1' }),
      subject(),
      [vote('U0BEN', 'owners')],
      undefined,
      0,
      /ticket/,
    ],
    [
      'the ticket',
      policy([rule({ ticket: true })], { requireTicket: 'A-1' }),
      subject(),
      [vote('U0BEN', 'owners')],
      'A-1',
      undefined,
    ],
  ])('%s', (_, rules, about, votes, ticket, missing, why = /./) => {
    const decision = isGranted(rules, about, { votes, ...(ticket === undefined ? {} : { ticket }) }, now);
    expect(decision).toEqual(
      missing === undefined ? { granted: true } : { granted: false, missing, why: expect.stringMatching(why) },
    );
  });
});

describe('requirementOf', () => {
  it('says who, and who not', () => {
    const about = policy([rule({ groups: ['@dask-owners'], votes: 1 })]);
    expect(requirementOf(about, subject(), now)).toEqual({
      text: '1 of @dask-owners (not @U0ANA)',
      nobody: false,
      votes: 1,
      ticket: false,
      breakGlass: false,
      users: [],
      groups: ['dask-owners'],
      not: 'U0ANA',
    });
  });

  it.each<[string, ApprovePolicy, ChangeSubject, object]>([
    ['nobody', policy([]), subject(), { nobody: true, text: expect.stringMatching(/^Nobody may/) }],
    ['Git', policy([rule()]), subject({ overGit: true }), { nobody: true, text: expect.stringMatching(/in Git/) }],
    ['self', policy([rule({ selfApproval: true })]), subject(), { text: '1 of @owners' }],
    [
      'ticket and several',
      policy([rule({ users: ['U0BEN'], groups: ['a'], votes: 2, ticket: true })], { requireTicket: 'A' }),
      subject(),
      {
        text: '2 people of @a, @U0BEN (not @U0ANA), with a ticket',
        ticket: true,
        votes: 2,
        users: ['U0BEN'],
        groups: ['a'],
      },
    ],
    [
      'frozen, with break glass',
      policy([rule()], { freeze: [always], breakGlass: [oncall] }),
      repull,
      { nobody: false, breakGlass: true, frozen: 'freeze "all" until 2027-01-01T00:00:00Z' },
    ],
    [
      'break glass where nobody else may',
      policy([], { breakGlass: [oncall] }),
      repull,
      { nobody: true, breakGlass: true },
    ],
  ])('%s', (_, rules, about, wanted) => {
    expect(requirementOf(rules, about, now)).toMatchObject(wanted);
  });
});

it('names the groups to look up, once', () => {
  const rules = policy([rule({ groups: ['@a', 'b'] }), rule({ groups: ['a'] })], { breakGlass: [oncall] });
  expect(groupsNamed(rules)).toEqual(['a', 'b', 'oncall']);
  const ofTeams = policy([
    { ...rule({ groups: ['a'] }), team: 'T1' },
    { ...rule({ groups: ['b'] }), team: 'T2' },
  ]);
  expect([groupsNamed(ofTeams), groupsNamed(ofTeams, 'T2')]).toEqual([['a', 'b'], ['b']]);
});

describe('subjectOfPlan', () => {
  const workload = { kind: 'Deployment' as const, namespace: 'shop', name: 'web', uid: 'u1' };
  const planned = { changes: [], dryRuns: [], provenance: [] };
  const intent = {
    version: 1 as const,
    remedy: 'add-pull-secret' as const,
    remedyVersion: 1,
    cluster: 'eu',
    risk: 'low' as const,
  };

  it('has every namespace that is written to, and whether Git owns any of it', () => {
    const operations = [
      {
        type: 'write-pull-secret' as const,
        namespace: 'shared',
        name: 's',
        uid: null,
        key: 'ghcr.io',
        registry: 'ghcr',
      },
      { type: 'delete-pods' as const, workload, createdBefore: '2026-11-21T12:00:00Z' },
    ];
    const targets = [{ subject: workload, params: {}, operations, expects: [] }];
    const plan = {
      intent: { ...intent, targets },
      targets: [{ ...planned, git: { tool: 'flux' as const, change: 'x' } }],
    };
    expect(subjectOfPlan(plan, { requester: 'U0ANA', team: 'T1' })).toEqual({
      team: 'T1',
      cluster: 'eu',
      remedy: 'add-pull-secret',
      risk: 'low',
      requester: 'U0ANA',
      namespaces: ['shared', 'shop'],
      overGit: true,
    });
    expect(subjectOfPlan({ ...plan, targets: [planned] }, { requester: 'U0ANA', team: 'T1' }).overGit).toBe(false);
  });
});
