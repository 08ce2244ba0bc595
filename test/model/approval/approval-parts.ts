import type { Vote } from '../../../src/model/approval/approval.ts';
import type { ChangeSubject } from '../../../src/model/approval/approval-policy.ts';
import type {
  ApprovePolicy,
  ApproveRule,
  BreakGlassRule,
  FreezeWindow,
} from '../../../src/model/approval/approval-settings.ts';

export const now = new Date('2026-11-21T12:00:00Z');
export const everywhere = { clusters: ['*'], namespaces: ['*'] };

export function rule(
  parts: Partial<ApproveRule> & { readonly groups?: string[]; readonly users?: string[] } = {},
): ApproveRule {
  const { groups = parts.users === undefined ? ['owners'] : [], users = [], ...rest } = parts;
  return {
    approvers: { users, groups },
    ...everywhere,
    remedies: ['*'],
    risks: ['low', 'medium', 'high'],
    votes: 1,
    selfApproval: false,
    overGit: false,
    ticket: false,
    ...rest,
  };
}

export function policy(rules: readonly ApproveRule[], more: Partial<ApprovePolicy> = {}): ApprovePolicy {
  return { rules, breakGlass: [], freeze: [], ...more };
}

export function subject(parts: Partial<ChangeSubject> = {}): ChangeSubject {
  return {
    team: 'T1',
    cluster: 'dev-eu',
    namespaces: ['shop'],
    remedy: 'set-image',
    risk: 'low',
    requester: 'U0ANA',
    overGit: false,
    ...parts,
  };
}

export function vote(user: string, ...groups: string[]): Vote {
  return { user, groups, at: now.toISOString() };
}

export const always: FreezeWindow = {
  name: 'all',
  ...everywhere,
  from: '2026-01-01T00:00:00Z',
  to: '2027-01-01T00:00:00Z',
};
export const oncall: BreakGlassRule = {
  approvers: { users: [], groups: ['oncall'] },
  ...everywhere,
  remedies: ['force-repull'],
  securityChannel: 'C0SEC',
};
export const repull = subject({ remedy: 'force-repull' });
export const reason = 'Checkout is down, nobody else is awake';
export const ben = { user: 'U0BEN', groups: ['owners'] };
