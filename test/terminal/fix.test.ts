import { describe, expect, test } from 'vitest';
import type { Operation } from '../../src/model/change/operation.ts';
import { digestOfIntent } from '../../src/model/change/plan.ts';
import type { Applied, Applying } from '../../src/ports/changes.ts';
import type { FixRun } from '../../src/terminal/fix.ts';
import { runPlan } from '../../src/terminal/plan-command.ts';
import { actions, fix, id, one, two, typed, world } from '../support/fix-run.ts';
import { aRequest } from '../support/planning.ts';

test('shows, asks, changes once, watches, and says how to undo it', async () => {
  const place = world();
  const questions: string[] = [];
  const ask = async (question: string) => {
    questions.push(question);
    return 'yes\n';
  };
  const { code, out, err, audit, keys, kept, real } = await fix(place, { ask, reason: 'incident 7' });
  expect(code).toBe(0);
  expect(place.image()).toBe(two);
  expect(real).toHaveLength(1);
  expect(real[0]?.how.mark).toMatchObject({
    approval: id,
    changeCause: expect.stringMatching(/by ana in a terminal: incident 7/),
  });
  expect(questions).toEqual([expect.stringContaining('Type yes')]);
  expect(out).toMatch(/^Plan [0-9a-f]{12} · set-image[\s\S]*Fixed in 0 s: 1 of 1 pods are running the intended image/);
  expect(err).toMatch(/Undo with: imagecheck fix undo 7F3K2QXD --context dev\n[\s\S]*Audit records: a test/);
  expect(place.events).toEqual([expect.stringMatching(/^set-image 7F3K2QXD by ana in a terminal \(incident 7\): /)]);
  expect(actions(audit)).toEqual(['requested', 'shown', 'approved', 'started', 'executed', 'verified']);
  expect(audit.every((event) => event.actor === 'ana' && event.team === 'terminal')).toBe(true);
  expect(audit[4]).toMatchObject({ before: one, after: two });
  expect(new Set(keys).size).toBe(keys.length);
  expect(kept.get(id)).toMatchObject({ state: 'done', results: [{ outcome: 'fixed' }], undoUntil: expect.any(String) });
});

test('a plan that was shown before is done without asking', async () => {
  const place = world();
  const { run } = await fix(world(), { ask: async () => 'no' });
  const outcome = await run.makePlan(typed, { signal: run.signal, dryRun: false });
  if (outcome.kind !== 'plan') throw new Error('there is a plan');
  const shown = digestOfIntent(outcome.plan.intent).slice(0, 12);
  const ask = () => Promise.reject(new Error('nobody is there'));
  expect(await fix(place, { shown, ask })).toMatchObject({ code: 0, real: [{}] });
});

describe('how it ends', () => {
  const onlyReal =
    (applied: Applied) =>
    (_: Operation, { dryRun }: Applying) =>
      dryRun ? undefined : applied;

  test.each<[string, Applied, number, RegExp]>([
    ['refused by the server', { kind: 'refused', message: 'denied by policy' }, 1, /denied by policy/],
    ['not allowed', { kind: 'forbidden', missingRight: 'patch deployments.apps' }, 1, /patch deployments\.apps/],
    ['changed by someone else', { kind: 'conflict', what: 'it says web:3' }, 1, /it says web:3/],
  ])('%s', async (_, said, code, told) => {
    const { code: ended, out, audit, kept } = await fix(world(onlyReal(said)));
    expect(ended).toBe(code);
    expect(out).toMatch(told);
    expect(actions(audit)).toContain('failed');
    expect(kept.get(id)?.state).toBe('failed');
  });

  test('a lost answer is asked for again, and the mark tells', async () => {
    let tries = 0;
    const place = world((_, { dryRun }) => {
      if (dryRun || ++tries > 1) return undefined;
      return { kind: 'unknown', why: 'the connection was closed', maybeDone: true };
    });
    const { code, audit } = await fix(place);
    expect({ code, tries }).toEqual({ code: 0, tries: 2 });
    expect(actions(audit).filter((action) => action === 'executed')).toHaveLength(1);
  });

  test('pods that go on with the old image are not fixed, and diagnosed again', async () => {
    const place = world();
    const event: FixRun['changes']['event'] = async () => {
      place.stay();
      return { kind: 'unknown', why: 'forbidden', missingRight: 'create events' };
    };
    const { code, out, err } = await fix({ ...place, writer: { ...place.writer, event } });
    expect(code).toBe(1);
    expect(out).toMatch(/Not fixed[\s\S]*THE DIAGNOSIS/);
    expect(err).toMatch(/No Kubernetes Event was written about deployment\/web: create events/);
  });

  test('JSON is one object', async () => {
    const place = world();
    const { run } = await fix(world(), { ask: async () => 'no' });
    const outcome = await run.makePlan(typed, { signal: run.signal, dryRun: false });
    const shown = outcome.kind === 'plan' ? digestOfIntent(outcome.plan.intent) : '';
    const { out } = await fix(place, { shown, json: true });
    expect(JSON.parse(out)).toMatchObject({ kind: 'result', approval: id, results: [{ outcome: 'fixed' }] });
  });
});

test('what was done can be undone once', async () => {
  const place = world();
  const { kept } = await fix(place);
  const undo = { request: aRequest({ remedy: 'undo', undoes: id }), id: 'AAAAAAAA' };
  const { code, audit, out } = await fix(place, undo, kept);
  expect(out).toMatch(/Undone in 0 s/);
  expect({ code, image: place.image() }).toMatchObject({ code: 0, image: expect.stringMatching(/web[:@]/) });
  expect(place.image()).not.toBe(two);
  expect(actions(audit)).toContain('undone');
  expect(kept.get(id)?.undoneBy).toBe('AAAAAAAA');
  const twice = await fix(place, { ...undo, id: 'BBBBBBBB' }, kept);
  expect(actions(twice.audit)).toEqual(['requested', 'failed']);
  expect(twice).toMatchObject({ code: 1, err: expect.stringContaining('undone already') });
});

test('an undo that takes back one of two leaves the other to another one', async () => {
  const place = world();
  const { kept } = await fix(place);
  const done = kept.get(id);
  const [result, back, target] = [done?.results[0], done?.plan?.undo.targets[0], done?.plan?.intent.targets[0]];
  if (done?.plan === undefined || result === undefined || back === undefined || target === undefined) throw new Error();
  const gone = { ...target, subject: { ...target.subject, name: 'gone' } };
  const plan = {
    ...done.plan,
    intent: { ...done.plan.intent, targets: [target, gone] },
    undo: { ...done.plan.undo, targets: [back, back] },
  };
  const other = { ...result, subject: { ...result.subject, name: 'gone' } };
  kept.set(id, { ...done, plan, results: [result, other] });
  const undo = { request: aRequest({ remedy: 'undo', undoes: id }), id: 'AAAAAAAA' };
  expect((await fix(place, undo, kept)).code).toBe(0);
  expect(kept.get(id)).toMatchObject({ results: [{ undoneBy: 'AAAAAAAA' }, { outcome: 'fixed' }] });
  expect(kept.get(id)?.undoneBy).toBeUndefined();
});

describe('imagecheck plan', () => {
  test.each<[string, (() => Applied) | undefined, number]>([
    ['can be done', undefined, 0],
    ['would be refused', () => ({ kind: 'refused', message: 'denied by policy' }), 1],
  ])('%s', async (_, say, code) => {
    const place = world(say);
    const { run, real } = await fix(place, { ask: async () => 'no' });
    const out: string[] = [];
    const ended = await runPlan({ ...run, screen: { ...run.screen, out: (text) => out.push(text) } });
    expect(ended).toBe(code);
    expect(out.join('')).toMatch(/Nothing was changed[\s\S]*--digest [0-9a-f]{12}@/);
    expect(real).toEqual([]);
  });
});
