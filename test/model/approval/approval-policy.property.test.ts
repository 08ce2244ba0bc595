import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ChangeSubject, isGranted, mayVote, requirementOf } from '../../../src/model/approval/approval-policy.ts';
import type { ApprovePolicy, ApproveRule } from '../../../src/model/approval/approval-settings.ts';
import { remedies as known } from '../../../src/remedies/index.ts';
import { always, now, reason, vote } from './approval-parts.ts';

describe('properties', () => {
  const names = fc.constantFrom('a', 'b', 'c');
  const glob = fc.constantFrom('*', '*', '?', 'a', 'b*');
  const users = fc.constantFrom('U1', 'U2', 'U3', 'U4');
  const people = fc.record({
    users: fc.array(users, { maxLength: 2 }),
    groups: fc.array(names, { minLength: 1, maxLength: 3 }),
  });
  const where = {
    clusters: fc.array(glob, { minLength: 1, maxLength: 2 }),
    namespaces: fc.array(glob, { minLength: 1, maxLength: 2 }),
  };
  const remedies = fc.array(fc.constantFrom(...known.ids()), { maxLength: 3 });
  const risk = fc.constantFrom('low' as const, 'medium' as const, 'high' as const);
  const anyRule: fc.Arbitrary<ApproveRule> = fc.record({
    approvers: people,
    ...where,
    remedies: fc.oneof(fc.constant(['*' as const]), remedies),
    risks: fc.array(risk, { minLength: 2, maxLength: 4 }),
    votes: fc.constantFrom(1, 1, 2, 3),
    selfApproval: fc.boolean(),
    overGit: fc.boolean(),
    ticket: fc.constantFrom(false, false, true),
  });
  const anyPolicy: fc.Arbitrary<ApprovePolicy> = fc.record({
    rules: fc.array(anyRule, { minLength: 1, maxLength: 3 }),
    breakGlass: fc.array(fc.record({ approvers: people, ...where, remedies, securityChannel: fc.constant('C') }), {
      maxLength: 2,
    }),
    freeze: fc.array(
      fc.record({
        ...where,
        name: fc.constant('f'),
        to: fc.constantFrom('2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z', '2027-01-01T00:00:00Z'),
      }),
      {
        maxLength: 1,
      },
    ),
    requireTicket: fc.constant('T-[0-9]'),
  });
  const anySubject: fc.Arbitrary<ChangeSubject> = fc.record({
    team: fc.constant('T1'),
    cluster: names,
    namespaces: fc.array(names, { minLength: 1, maxLength: 2 }),
    remedy: fc.constantFrom(...known.ids()),
    risk,
    requester: users,
    overGit: fc.constantFrom(false, false, true),
  });
  const anyVote = fc
    .tuple(users, fc.uniqueArray(names, { maxLength: 3 }))
    .map(([user, groups]) => vote(user, ...groups));
  const anyGrant = fc
    .record({
      votes: fc.array(anyVote, { maxLength: 5 }),
      ticket: fc.constantFrom('T-1', 'T-1', undefined),
      breakGlass: fc.constantFrom(undefined, undefined, undefined, reason, 'short'),
    })
    .map(({ votes, ticket, breakGlass }) => ({
      votes,
      ...(ticket === undefined ? {} : { ticket }),
      ...(breakGlass === undefined ? {} : { breakGlass }),
    }));
  const runs = { numRuns: 4000 };

  it('another vote never takes a grant away', () => {
    let granted = 0;
    fc.assert(
      fc.property(anyPolicy, anySubject, anyGrant, anyVote, (rules, about, grant, more) => {
        if (!isGranted(rules, about, grant, now).granted) return;
        granted++;
        expect(isGranted(rules, about, { ...grant, votes: [...grant.votes, more] }, now)).toEqual({ granted: true });
      }),
      runs,
    );
    expect(granted).toBeGreaterThan(100);
  });

  it('a vote that may not be given never grants', () => {
    let decided = 0;
    fc.assert(
      fc.property(anyPolicy, anySubject, anyGrant, anyVote, (rules, about, grant, more) => {
        if (isGranted(rules, about, grant, now).granted) return;
        const { allowed } = mayVote(rules, about, more, { ...grant, now });
        const { granted } = isGranted(rules, about, { ...grant, votes: [...grant.votes, more] }, now);
        if (granted) decided++;
        expect(granted && !allowed).toBe(false);
      }),
      runs,
    );
    expect(decided).toBeGreaterThan(20);
  });

  it('who asked never grants alone, without self-approval or break glass', () => {
    fc.assert(
      fc.property(anyPolicy, anySubject, anyVote, (rules, about, { groups }) => {
        const strict = { ...rules, rules: rules.rules.map((each) => ({ ...each, selfApproval: false })) };
        const votes = [vote(about.requester, ...groups), vote(about.requester, 'a', 'b', 'c')];
        expect(isGranted(strict, about, { votes, ticket: 'T-1' }, now).granted).toBe(false);
      }),
      runs,
    );
  });

  it('nothing is granted in a freeze, without break glass', () => {
    fc.assert(
      fc.property(anyPolicy, anySubject, anyGrant, (rules, about, { votes }) => {
        const grant = { votes, ticket: 'T-1' };
        expect(isGranted({ ...rules, freeze: [always] }, about, grant, now).granted).toBe(false);
      }),
      runs,
    );
  });

  it('what is shown, what is allowed and what is granted agree', () => {
    fc.assert(
      fc.property(anyPolicy, anySubject, anyVote, (rules, about, voter) => {
        const shown = requirementOf(rules, about, now);
        const how = { votes: [], now, ticket: 'T-1' };
        const { allowed } = mayVote(rules, about, voter, how);
        if (shown.nobody || shown.frozen !== undefined) expect(allowed).toBe(false);
        if (allowed && shown.votes === 1) {
          expect(isGranted(rules, about, { votes: [voter], ticket: 'T-1' }, now)).toEqual({ granted: true });
        }
        if (!shown.breakGlass) {
          expect(mayVote(rules, about, voter, { ...how, breakGlass: reason }).allowed).toBe(false);
        }
      }),
      runs,
    );
  });
});
