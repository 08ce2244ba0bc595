import { describe, expect, it } from 'vitest';
import { breakGlassFor, type ChangeSubject, isGranted, mayVote } from '../../src/model/approval/approval-policy.ts';
import type { ApprovePolicy } from '../../src/model/approval/approval-settings.ts';
import { always, ben, now, oncall, policy, reason, repull, rule, subject, vote } from './approval/approval-parts.ts';

describe('break glass', () => {
  const rules = policy([rule({ votes: 2, ticket: true })], {
    breakGlass: [{ ...oncall, namespaces: ['db'] }, oncall],
    freeze: [always],
    requireTicket: 'OPS-[0-9]+',
  });
  const ana = { user: 'U0ANA', groups: ['oncall'] };

  it('lets one person on call go alone, also who asked: past votes, ticket and freeze', () => {
    expect(mayVote(rules, repull, ana, { votes: [], now, breakGlass: reason })).toEqual({ allowed: true });
    const grant = { votes: [vote('U0ANA', 'oncall')], breakGlass: reason };
    expect(isGranted(rules, repull, grant, now)).toEqual({ granted: true });
    expect(breakGlassFor(rules, repull, ana)?.securityChannel).toBe('C0SEC');
  });

  it.each<[string, ApprovePolicy, ChangeSubject, { user: string; groups: string[] }, string, RegExp]>([
    ['another remedy', rules, subject(), ana, reason, /No rule of policy\.breakGlass is for set-image/],
    ['more than low risk', rules, { ...repull, risk: 'medium' }, ana, reason, /low risk/],
    ['someone else', rules, repull, ben, reason, /Only @oncall .*policy\.breakGlass\[1\]/],
    ['a short reason', rules, repull, ana, '   urgent    ', /at least 10 characters/],
    ['no rule', policy([rule()]), repull, ana, reason, /No rule/],
    ['what Git owns', rules, { ...repull, overGit: true }, ana, reason, /No rule/],
  ])('not: %s', (_, of, about, voter, why, text) => {
    const decision = mayVote(of, about, voter, { votes: [], now, breakGlass: why });
    expect(decision).toMatchObject({ allowed: false, why: expect.stringMatching(text) });
    const grant = { votes: [vote(voter.user, ...voter.groups)], breakGlass: why };
    expect(isGranted(of, about, grant, now)).toMatchObject({ granted: false, why: expect.stringMatching(text) });
  });

  it('goes over Git where the usual rule does', () => {
    const over = { ...rules, rules: [rule({ overGit: true })] };
    const decision = mayVote(over, { ...repull, overGit: true }, ana, { votes: [], now, breakGlass: reason });
    expect(decision).toEqual({ allowed: true });
  });

  it('is no way around the usual votes: such a grant stands on the person who broke the glass', () => {
    const free = policy([rule()], { breakGlass: [oncall] });
    const grant = { votes: [vote('U0BEN', 'owners')], breakGlass: reason };
    expect(isGranted(free, repull, grant, now)).toMatchObject({ granted: false });
    expect(isGranted(free, repull, { votes: [], breakGlass: reason }, now)).toMatchObject({
      granted: false,
      missing: 1,
    });
  });
});
