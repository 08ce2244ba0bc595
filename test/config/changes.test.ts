import { inspect } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/config.ts';
import { mistakes, parse } from './outside.ts';

const bot = { SLACK_BOT_TOKEN: 'x', SLACK_APP_TOKEN: 'x' };
const cluster = 'clusters: [{id: dev}]\n';

describe('defaults', () => {
  it('change nothing: no approver, no remedy, no key', () => {
    const config = parse('');
    expect(config.approve).toEqual({ rules: [], breakGlass: [], freeze: [] });
    expect(config.remediation).toEqual({ remedies: [], namespaces: ['*'], images: ['*'] });
    expect(config.signing).toEqual({ publicKeys: [] });
    expect(config.approvals).toEqual({ planMs: 3_600_000, undoMs: 14_400_000, keepMs: 90 * 86_400_000 });
    expect(config.audit).toEqual({ keepMs: 400 * 86_400_000, stdout: false });
  });

  it('let a bot and a worker start without keys', () => {
    for (const role of ['bot', 'worker', 'all'] as const) {
      expect(parse(cluster, { role, env: bot }).signing).toEqual({ publicKeys: [] });
    }
  });
});

describe('policy.approve', () => {
  it('is read into the rules that decide', () => {
    const { approve } = parse(`policy:
  approve:
    - groups: ["@dask-owners", S0123]
      users: ["@U0BEN"]
      namespaces: [modelops-*]
      remedies: [set-image, undo]
      risks: [low]
      votes: 2
      overGit: true
    - groups: [sre]
      selfApproval: true
      ticket: false
  breakGlass:
    - groups: [oncall]
      remedies: [force-repull]
      securityChannel: "#C0SEC"
  freeze:
    - name: year end
      clusters: [prod]
      from: 2026-12-20T18:00:00+01:00
      to: 2027-01-04T06:00:00Z
    - name: nights
      weekly: {days: [fri, sun], start: 22:00, end: 06:00, timeZone: Europe/Berlin}
    - name: sundays
      weekly: {days: [sun], start: 00:00, end: 24:00, timeZone: UTC}
  requireTicket: OPS-[0-9]+
`);
    const common = { clusters: ['*'], namespaces: ['*'], remedies: ['*'], risks: ['low', 'medium', 'high'], votes: 1 };
    const off = { selfApproval: false, overGit: false };
    expect(approve.rules).toEqual([
      {
        ...common,
        ...off,
        approvers: { users: ['U0BEN'], groups: ['dask-owners', 'S0123'] },
        namespaces: ['modelops-*'],
        remedies: ['set-image', 'undo'],
        risks: ['low'],
        votes: 2,
        overGit: true,
        ticket: true,
      },
      { ...common, ...off, approvers: { users: [], groups: ['sre'] }, selfApproval: true, ticket: false },
    ]);
    expect(approve.breakGlass).toEqual([
      {
        approvers: { users: [], groups: ['oncall'] },
        clusters: ['*'],
        namespaces: ['*'],
        remedies: ['force-repull'],
        securityChannel: 'C0SEC',
      },
    ]);
    const everywhere = { clusters: ['*'], namespaces: ['*'] };
    expect(approve.freeze).toEqual([
      {
        name: 'year end',
        clusters: ['prod'],
        namespaces: ['*'],
        from: '2026-12-20T18:00:00+01:00',
        to: '2027-01-04T06:00:00Z',
      },
      {
        name: 'nights',
        ...everywhere,
        weekly: { days: [5, 0], startMinute: 1320, endMinute: 1800, timeZone: 'Europe/Berlin' },
      },
      { name: 'sundays', ...everywhere, weekly: { days: [0], startMinute: 0, endMinute: 1440, timeZone: 'UTC' } },
    ]);
    expect(approve.requireTicket).toBe('OPS-[0-9]+');
  });

  it('names a registry as plans do, however it is spelled', () => {
    const { rules } = parse(
      'policy: {approve: [{groups: [a], registries: [GHCR.io, index.docker.io, "*.azurecr.io"]}]}',
    ).approve;
    expect(rules).toMatchObject([{ namespaces: [], registries: ['ghcr.io', 'docker.io', '*.azurecr.io'] }]);
  });

  it('asks for tickets only where a pattern is given', () => {
    expect(parse('policy: {approve: [{groups: [a]}]}').approve.rules[0]?.ticket).toBe(false);
  });

  it.each([
    ['approve: [{}]', 'policy.approve[0]: expected users or groups'],
    ['approve: [{users: [ana]}]', 'policy.approve[0].users[0]: expected a Slack user id such as U0123ABCD'],
    ['approve: [{groups: [a], remedies: [set-imgae]}]', 'did you mean set-image?'],
    ['approve: [{groups: [a], remedies: []}]', 'policy.approve[0].remedies: expected at least 1'],
    ['approve: [{groups: [a], namespaces: []}]', 'policy.approve[0].namespaces: expected at least 1'],
    ['approve: [{groups: [a], risks: [hihg]}]', 'did you mean high?'],
    ['approve: [{groups: [a], votes: 0}]', 'policy.approve[0].votes: expected at least 1'],
    [
      'approve: [{users: [U1, U1], votes: 2}]',
      'policy.approve[0].votes: expected at most 1: the rule names no one else',
    ],
    ['approve: [{groups: [a], selfAproval: true}]', 'unknown key; did you mean selfApproval?'],
    ['approve: [{groups: [a], overgit: true}]', 'unknown key; did you mean overGit?'],
    ['approve: [{groups: [a], ticket: true}]', 'policy.approve[0].ticket: expected requireTicket in the same policy'],
    ['aprove: [{groups: [a]}]', 'policy.aprove: unknown key; did you mean approve?'],
    ['requireTicket: "OPS-("', 'policy.requireTicket: expected a regular expression'],
    ['requireTicket: "(a+)+"', 'policy.requireTicket: expected a regular expression without repetitions inside'],
    ['breakGlass: [{groups: [a], securityChannel: C}]', 'policy.breakGlass[0].remedies: missing'],
    [
      'breakGlass: [{groups: [a], remedies: ["*"], securityChannel: C}]',
      'policy.breakGlass[0].remedies[0]: expected one of',
    ],
    ['breakGlass: [{groups: [a], remedies: [undo]}]', 'policy.breakGlass[0].securityChannel: missing'],
    ['breakGlass: [{remedies: [undo], securityChannel: C}]', 'policy.breakGlass[0]: expected users or groups'],
    ['freeze: [{name: a}]', 'policy.freeze[0]: expected either from and to, or weekly'],
    ['freeze: [{name: a, from: 2026-01-01T00:00:00Z}]', 'policy.freeze[0]: expected either'],
    [
      'freeze: [{name: a, from: 2026-01-01, to: 2026-01-02}]',
      'policy.freeze[0].from: expected a date and time with a time zone',
    ],
    [
      'freeze: [{name: a, from: 2026-01-01T00:00:00, to: 2026-01-02T00:00:00Z}]',
      'policy.freeze[0].from: expected a date and time with',
    ],
    [
      'freeze: [{name: a, from: 2026-01-02T00:00:00Z, to: 2026-01-02T01:00:00+02:00}]',
      'policy.freeze[0].to: expected a time after',
    ],
    ['freeze: [{name: a, weekly: {days: [fry], start: 1:00, end: 2:00, timeZone: UTC}}]', 'did you mean fri?'],
    [
      'freeze: [{name: a, weekly: {days: [fri], start: "1:00", end: "02:00", timeZone: UTC}}]',
      'weekly.start: expected a time of day',
    ],
    [
      'freeze: [{name: a, weekly: {days: [fri], start: "01:00", end: "25:00", timeZone: UTC}}]',
      'weekly.end: expected a time of day',
    ],
    [
      'freeze: [{name: a, weekly: {days: [fri], start: "01:00", end: "02:00", timeZone: Mars/Base}}]',
      'weekly.timeZone: expected an IANA time zone',
    ],
  ])('%s', (text, wanted) => {
    expect(mistakes(`policy: {${text}}`).join('\n')).toContain(wanted);
  });
});

describe('remediation, approvals and audit', () => {
  it('are read, and whoever may make a change may undo it', () => {
    const config = parse(
      `remediation: {remedies: [set-image, set-image], images: [ghcr.io/acme/*]}
approvals: {planMinutes: 5, undoMinutes: 0, keepDays: 1}
audit: {keepDays: 30, stdout: true, webhook: {url: "https://audit.internal/x", tokenEnv: AUDIT}}`,
      { env: { AUDIT: 'secret-token' } },
    );
    expect(config.remediation).toEqual({
      remedies: ['set-image', 'undo'],
      namespaces: ['*'],
      images: ['ghcr.io/acme/*'],
    });
    expect(config.approvals).toEqual({ planMs: 300_000, undoMs: 0, keepMs: 86_400_000 });
    expect(config.audit).toMatchObject({ keepMs: 30 * 86_400_000, stdout: true });
    expect(config.audit.webhook?.url.href).toBe('https://audit.internal/x');
    expect(config.audit.webhook?.token?.reveal()).toBe('secret-token');
    expect(inspect(config, { depth: 9 })).not.toContain('secret-token');
  });

  it.each([
    ['remediation: {remedies: [repull]}', 'remediation.remedies[0]: expected one of force-repull'],
    ['remediation: {remedies: ["*"]}', 'remediation.remedies[0]: expected one of'],
    ['remediation: {images: []}', 'remediation.images: expected at least 1'],
    ['remediaton: {}', 'remediaton: unknown key; did you mean remediation?'],
    ['approvals: {planMinutes: 0}', 'approvals.planMinutes: expected at least 1'],
    ['approvals: {planMinutes: 60m}', 'approvals.planMinutes: expected a whole number'],
    ['approvals: {planMinute: 60}', 'did you mean planMinutes?'],
    ['audit: {webhook: {url: "https://u:p@x"}}', 'audit.webhook.url: expected a URL'],
    ['audit: {webhook: {url: "https://x", token: abc}}', 'write tokenEnv with the name of the variable'],
  ])('%s', (text, wanted) => {
    expect(mistakes(text).join('\n')).toContain(wanted);
  });

  it('need the token of the webhook in the process that sends to it', () => {
    const text = `${cluster}audit: {webhook: {url: "https://x", tokenEnv: AUDIT}}`;
    expect(mistakes(text, { role: 'bot', env: bot })).toEqual([
      'imagecheck.yaml:2: audit.webhook.tokenEnv: environment variable AUDIT is not set',
    ]);
    expect(mistakes(text, { role: 'worker' })).toEqual([]);
  });
});

it('takes any value and throws nothing but a ConfigError', () => {
  const value = fc.oneof(
    fc.string(),
    fc.constantFrom('[]', '{}', '[1]', '[{}]', 'null', '[{users: 1}]', '[{weekly: 1}]', '1'),
  );
  const key = fc.constantFrom(
    'policy: {approve',
    'policy: {freeze',
    'policy: {requireTicket',
    'signing: {publicKeys',
    'audit: {webhook',
  );
  fc.assert(
    fc.property(key, value, (start, text) => {
      try {
        parse(`${start}: ${text}}`);
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigError);
      }
    }),
  );
});
