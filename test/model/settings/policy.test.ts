import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Asking, defaultAskRules, matchesGlob, mayAsk } from '../../../src/model/settings/policy.ts';
import type { AskRule } from '../../../src/model/settings/settings.ts';

const rule = (part: Partial<AskRule>): AskRule => ({
  users: [],
  groups: [],
  channels: [],
  clusters: ['*'],
  namespaces: ['*'],
  commands: ['*'],
  ...part,
});
const asking = (part: Partial<Asking> = {}): Asking => ({
  team: 'T1',
  user: 'U1',
  groups: [],
  channel: { id: 'C1', shared: false },
  standing: 'member',
  command: 'check',
  cluster: 'dev',
  namespace: 'shop',
  ...part,
});

describe('who may ask', () => {
  test.each<[string, readonly AskRule[], Partial<Asking>, string | true]>([
    ['nobody without rules', [], {}, 'no channel and no rule'],
    ['a named channel', defaultAskRules(['C1']), {}, true],
    [
      'a channel named by its name',
      defaultAskRules(['#ops']),
      { channel: { id: 'C9', name: 'ops', shared: false } },
      true,
    ],
    ['another channel', defaultAskRules(['C2']), {}, 'this channel'],
    ['a channel of the rule’s workspace', defaultAskRules(['C1'], 'T1'), {}, true],
    ['the same channel of another workspace', defaultAskRules(['C1'], 'T2'), {}, 'this workspace'],
    ['a group of another workspace', [rule({ team: 'T2', groups: ['sre'] })], { groups: ['sre'] }, 'this workspace'],
    ['a user of another workspace', [rule({ team: 'T2', users: ['U1'] })], {}, 'this workspace'],
    ['a direct message', defaultAskRules(['C1']), { channel: { id: 'D1', shared: false } }, 'this channel'],
    ['a rule that names nobody and nothing', [rule({})], {}, 'no one'],
    ['a named user anywhere', [rule({ users: ['U1'] })], {}, true],
    ['an unnamed user', [rule({ users: ['U2'] })], {}, 'don’t have permission'],
    ['a group', [rule({ groups: ['@oncall'] })], { groups: ['oncall'] }, true],
    ['a user of the rule in another channel', [rule({ users: ['U1'], channels: ['C2'] })], {}, 'this channel'],
    ['a guest in a named channel', defaultAskRules(['C1']), { standing: 'guest' }, 'Guests'],
    ['a named guest', [rule({ users: ['U1'], channels: ['C1'] })], { standing: 'guest' }, true],
    ['a guest through a group', [rule({ groups: ['S1'] })], { standing: 'guest', groups: ['S1'] }, true],
    ['an external person', defaultAskRules(['C1']), { standing: 'external' }, 'other organisations'],
    ['someone Slack did not describe', defaultAskRules(['C1']), { standing: 'unknown' }, 'didn’t report'],
    ['a shared channel not named', [rule({ users: ['U1'] })], { channel: { id: 'C1', shared: true } }, 'shared with'],
    ['a shared channel named', defaultAskRules(['C1']), { channel: { id: 'C1', shared: true } }, true],
    ['another command', [rule({ channels: ['C1'], commands: ['explain'] })], {}, '`check`'],
    ['another cluster', [rule({ channels: ['C1'], clusters: ['prod-*'] })], {}, 'cluster dev'],
    ['another namespace', [rule({ channels: ['C1'], namespaces: ['web'] })], {}, 'namespace shop'],
    [
      'all namespaces where few are allowed',
      [rule({ channels: ['C1'], namespaces: ['web', 'api-*'] })],
      { namespace: undefined as never },
      'web, api-*',
    ],
    [
      'explain concerns no cluster',
      [rule({ channels: ['C1'], clusters: ['none'] })],
      { command: 'explain', cluster: undefined as never },
      true,
    ],
    ['one rule of several is enough', [rule({ users: ['U2'] }), rule({ channels: ['C1'] })], {}, true],
    [
      'the rule that nearly matched explains',
      [rule({ channels: ['C2'] }), rule({ channels: ['C1'], clusters: ['x'] })],
      {},
      'cluster dev',
    ],
  ])('%s', (_, rules, part, expected) => {
    const decision = mayAsk(rules, asking(part));
    if (expected === true) expect(decision).toEqual({ allowed: true });
    else expect(decision).toEqual({ allowed: false, why: expect.stringContaining(expected) });
  });

  test('globs are anchored and literal elsewhere', () => {
    expect(matchesGlob('prod-*', 'prod-eu')).toBe(true);
    expect(matchesGlob('prod-*', 'xprod-eu')).toBe(false);
    expect(matchesGlob('a.b', 'axb')).toBe(false);
    expect(matchesGlob('a?b', 'axb')).toBe(true);
  });

  test('a text matches itself as a glob, and no glob throws', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (glob, text) => {
        matchesGlob(glob, text);
        return matchesGlob(text, text);
      }),
    );
  });
});
