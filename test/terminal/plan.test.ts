import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { parseArguments } from '../../src/terminal/arguments.ts';
import {
  fixLine,
  momentOf,
  planLine,
  readWanted,
  requestOf,
  shownBefore,
  undoLine,
} from '../../src/terminal/change-request.ts';
import { readPlanToken, renderPlan, tokenOf } from '../../src/terminal/plan.ts';
import { printNoPlan } from '../../src/terminal/plan-command.ts';
import { terminalCommands } from '../../src/wire/terminal-commands/index.ts';
import { plan, planOf, typed } from '../support/small-remedy.ts';

const words = (line: string) => line.split(' ');
const wanted = async (line: string) => readWanted(await parseArguments(words(line), terminalCommands));
const plain = (_: unknown, text: string) => text;

test.each<[string, object]>([
  [
    'plan set-image deployment/web web=:1.2 -n prod',
    { type: 'change', remedy: 'set-image', params: { images: [{ container: 'web', image: ':1.2' }] } },
  ],
  [
    'fix repull deploy web -n prod',
    { type: 'change', remedy: 'force-repull', target: { name: 'web', namespace: 'prod' } },
  ],
  ['fix undo 7f3k2qxd', { type: 'undo', id: '7F3K2QXD' }],
])('%s', async (line, expected) => {
  expect(await wanted(line)).toMatchObject(expected);
});

test.each<[string, RegExp, RegExp]>([
  ['plan deployment/web -n prod', /Say which remedy/, /imagecheck plan REMEDY/],
  ['fix approvals', /Say which remedy/, /, or: imagecheck fix undo ID$/],
  ['plan set-image deployment/web -n prod', /needs to know what to set/, /web=:1\.2/],
  ['fix add-pull-secret deployment/web -n prod', /needs to know/, /ghcr\.io/],
  ['fix undo nonsense!', /isn’t a change ID/, /imagecheck fix/],
])('%s is refused with what to type', async (line, message, remedy) => {
  const error = await wanted(line).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).message).toMatch(message);
  expect((error as UserError).remedy).toMatch(remedy);
});

test('a request holds its one moment', async () => {
  const at = momentOf(new Date('2026-11-21T12:00:00.987Z'));
  expect(at).toBe('2026-11-21T12:00:00Z');
  expect(requestOf(await wanted('fix undo 7F3K2QXD'), 'dev', at)).toMatchObject({
    remedy: 'undo',
    undoes: '7F3K2QXD',
    at,
  });
  expect(requestOf(await wanted('fix repull web'), 'dev', at)).toMatchObject({
    remedy: 'force-repull',
    typed: { target: { name: 'web' }, params: {} },
  });
});

describe('the token of a plan', () => {
  const digest = 'a'.repeat(64);
  const now = new Date('2026-11-21T12:30:00Z');
  const given = (text: string) => shownBefore({ flags: { digest: text } }, now);

  test('is read back', () => {
    const at = '2026-11-21T12:00:00Z';
    expect(given(tokenOf({ digest, request: { at } }))).toEqual({ prefix: 'a'.repeat(12), at });
    expect(given('0123abcd')).toEqual({ prefix: '0123abcd' });
    expect(shownBefore({ flags: {} }, now)).toBeUndefined();
  });

  test.each([
    '',
    'aaa',
    'aaaaaaa',
    'AAAAAAAAAA',
    `${'a'.repeat(12)}@yesterday`,
    `${'a'.repeat(12)}@2026-13-40T99:00:00Z`,
  ])('is not %j', (text) => {
    expect(() => given(text)).toThrow(/isn’t a plan digest/);
  });

  test.each(['2026-11-21T11:29:59Z', '2026-11-21T12:32:00Z'])('is not good at any time: %s', (at) => {
    expect(() => given(`${'a'.repeat(12)}@${at}`)).toThrow(/older than an hour/);
  });

  test('any text is parsed or is invalid', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const token = readPlanToken(text);
        if (token !== undefined) expect(text.startsWith(token.prefix)).toBe(true);
      }),
    );
  });
});

test('the command that does it can be copied into a shell', async () => {
  const args = await parseArguments(
    ['plan', 'set-image', 'web', ':1', '-n', 'prod', '--kubeconfig', "/tmp/it's here"],
    terminalCommands,
  );
  expect(fixLine(args, 'aaaaaaaaaaaa@2026-11-21T12:00:00Z')).toBe(
    `imagecheck fix set-image web :1 --namespace prod --kubeconfig '/tmp/it'\\''s here' --yes --digest aaaaaaaaaaaa@2026-11-21T12:00:00Z`,
  );
  expect(planLine(args)).toBe(`imagecheck plan set-image web :1 --namespace prod --kubeconfig '/tmp/it'\\''s here'`);
  expect(undoLine(args, '7F3K2QXD')).toBe(`imagecheck fix undo 7F3K2QXD --kubeconfig '/tmp/it'\\''s here'`);
});

describe('a plan on the screen', () => {
  test('tells what changes, what it costs, and the way back', async () => {
    const { plan: made } = planOf((await plan(typed('ghcr.io/acme/web:2'))).outcome);
    const text = renderPlan(
      { plan: { ...made, warnings: ['one', 'two'], leftOut: ['deployment/api: gone'] }, digest: 'a'.repeat(64) },
      plain,
      80,
    );
    for (const part of [
      /^Plan aaaaaaaaaaaa · set-image · cluster dev-eu · low risk$/m,
      /^deployment\/web · shop$/m,
      /^ {2}web ghcr\.io\/acme\/web:1 → ghcr\.io\/acme\/web:2$/m,
      /^ {2}-old\n {2}\+new$/m,
      /^Effects: 3 pods restart$/m,
      /^Warning:\n {2}- one\n {2}- two$/m,
      /^Not included: deployment\/api: gone$/m,
      /^Undo: back$/m,
      /^ {2}kubectl set image web/m,
    ]) {
      expect(text).toMatch(part);
    }
  });

  test('says why the risk is what it is', async () => {
    const { plan: made } = planOf((await plan(typed('ghcr.io/acme/web:2'))).outcome);
    const [target] = made.intent.targets;
    if (target === undefined) throw new Error('no target');
    const moved = { ...target, subject: { ...target.subject, namespace: 'bank' } };
    const intent = { ...made.intent, risk: 'high' as const, targets: [target, moved] };
    const text = renderPlan({ plan: { ...made, intent }, digest: 'a'.repeat(64) }, plain, 80);
    expect(text).toMatch(/high risk\n/);
    expect(text).toMatch(/^Risk: 2 namespaces \(shop and bank\)$/m);
  });

  test('obeys no text of a cluster', async () => {
    const { plan: made } = planOf((await plan(typed('ghcr.io/acme/web:2'))).outcome);
    const text = renderPlan({ plan: { ...made, warnings: ['\u001b[2Jgone'] }, digest: 'a'.repeat(64) }, plain, 80);
    expect(text).not.toContain('\u001b');
  });
});

test.each([
  [
    ['kubectl rollout restart deployment/web'],
    /Do it yourself with kubectl:\n {2}kubectl rollout restart deployment\/web\n$/,
  ],
  [[], /^No plan: Nothing to pull\.\nSet it\.\n$/],
])('no plan, with what a person can do instead: %j', (kubectl, words) => {
  const told: string[] = [];
  const screen = { columns: 80, interactive: false, out: () => {}, err: (text: string) => void told.push(text) };
  const refused = { kind: 'refused', why: 'Nothing to pull.', remedy: 'Set it.', kubectl } as const;
  expect(printNoPlan(refused, { json: false, screen, paint: plain })).toBe(1);
  expect(told.join('')).toMatch(words);
});
