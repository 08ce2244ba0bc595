import { describe, expect, test } from 'vitest';
import type { Applied, Applying } from '../../src/change-ports.ts';
import { makePlan, type PlanOutcome } from '../../src/flows/change/plan.ts';
import type { Approval } from '../../src/model/approval.ts';
import type { AuditEvent } from '../../src/model/audit.ts';
import type { ChangeRequest } from '../../src/model/change.ts';
import { known } from '../../src/model/fact.ts';
import type { Operation } from '../../src/model/operation.ts';
import { digestOfIntent } from '../../src/model/plan.ts';
import { type FixRun, runFix } from '../../src/terminal/fix.ts';
import { runPlan } from '../../src/terminal/plan-command.ts';
import { memoryCluster } from '../support/in-memory.ts';
import { allowAll, aRequest, aRollout, memoryChanges, planReach } from '../support/planning.ts';
import { digestOf } from '../support/probes.ts';
import { aContainer, aPod, aState, now } from '../support/snapshot.ts';

const one = 'ghcr.io/acme/web:1';
const two = 'ghcr.io/acme/web:2';
const typed: ChangeRequest = aRequest({
  typed: { target: { type: 'workload', kind: 'Deployment', namespace: 'shop', name: 'web' }, params: { image: ':2' } },
});
const id = '7F3K2QXD';

/** A cluster of one Deployment whose pods follow the template at once. */
function world(say: (operation: Operation, how: Applying) => Applied | undefined = () => undefined) {
  let image = one;
  let runs = one;
  const events: string[] = [];
  const { changes, applied } = memoryChanges({
    apply: (operation, how) => {
      const said = say(operation, how);
      if (said !== undefined) return said;
      const edit =
        operation.type === 'edit-template' ? operation.edits.find(({ field }) => field === 'image') : undefined;
      if (edit?.field === 'image' && edit.from !== image) return { kind: 'conflict', what: `it says ${image}` };
      if (!how.dryRun && edit?.field === 'image') image = runs = edit.to;
      return { kind: 'applied', diff: '-a\n+b\n', before: one, after: two };
    },
  });
  const story = () => {
    const container = aContainer({ image });
    const state = aState(container, { imageId: `ghcr.io/acme/web@${digestOf(runs)}` });
    return { template: { containers: [container] }, pods: known([aPod([state], { revision: 'web-7d9f' })]) };
  };
  const cluster = {
    ...memoryCluster(),
    workload: (...args: Parameters<ReturnType<typeof memoryCluster>['workload']>) =>
      memoryCluster(story()).workload(...args),
    pods: (...args: Parameters<ReturnType<typeof memoryCluster>['pods']>) => memoryCluster(story()).pods(...args),
  };
  const writer: FixRun['changes'] = {
    ...changes,
    rollout: async () => ({ kind: 'found', value: aRollout({ revision: 'web-7d9f' }) }),
    event: async ({ message }) => {
      events.push(message);
      return { kind: 'found', value: undefined };
    },
  };
  return {
    cluster,
    writer,
    applied,
    events,
    set: (text: string) => {
      image = text;
    },
    stay: () => {
      runs = one;
    },
    image: () => image,
  };
}

type World = ReturnType<typeof world>;

/** Runs a fix in that world; `undone` are the changes that are known. */
async function fix(place: World, more: Partial<FixRun> = {}, kept = new Map<string, Approval>()) {
  const [out, err]: [string[], string[]] = [[], []];
  const audit: AuditEvent[] = [];
  const keys: string[] = [];
  const run = {
    request: typed,
    makePlan: async (request: ChangeRequest, how: Parameters<FixRun['makePlan']>[1]): Promise<PlanOutcome> => {
      const references = { [one]: one, [two]: two, [`ghcr.io/acme/web@${digestOf(one)}`]: one };
      const { reach } = planReach(place.cluster, { references }, { changes: place.writer, remediation: allowAll });
      const undone = kept.get(request.undoes ?? '');
      return makePlan(request, reach, { ...how, approval: more.id ?? id, ...(undone === undefined ? {} : { undone }) });
    },
    fixLine: (token: string) => `imagecheck fix … --digest ${token}`,
    json: false,
    screen: {
      out: (text: string) => out.push(text),
      err: (text: string) => err.push(text),
      interactive: false,
      columns: 80,
    },
    paint: (_: unknown, text: string) => text,
    signal: new AbortController().signal,
    id,
    text: 'set-image deployment/web :2',
    person: 'ana',
    ask: async () => 'yes',
    cluster: place.cluster,
    changes: place.writer,
    credential: () => undefined,
    records: {
      where: 'a test',
      audit: async (events: readonly AuditEvent[], key: string) => {
        audit.push(...events);
        keys.push(key);
      },
      keep: async (approval: Approval) => void kept.set(approval.id, approval),
      find: async (wanted: string) => kept.get(wanted),
    },
    diagnose: async () => 'THE DIAGNOSIS\n',
    now: () => new Date(now),
    lookMs: 0,
    ...more,
  } satisfies FixRun;
  const code = await runFix(run);
  const real = place.applied.filter(({ how }) => !how.dryRun);
  return { code, out: out.join(''), err: err.join(''), audit, keys, kept, real, run };
}

const actions = (audit: readonly AuditEvent[]) => audit.map(({ action }) => action);

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
  expect(out).toMatch(/^Plan [0-9a-f]{12} · set-image[\s\S]*Fixed in 0 s: 1 of 1 pods run the intended digests/);
  expect(err).toMatch(/imagecheck fix undo 7F3K2QXD[\s\S]*Audit records: a test/);
  expect(place.events).toEqual([expect.stringMatching(/^set-image 7F3K2QXD by ana in a terminal \(incident 7\): /)]);
  expect(actions(audit)).toEqual(['requested', 'shown', 'approved', 'started', 'executed', 'verified']);
  expect(audit.every((event) => event.actor === 'ana' && event.team === 'terminal')).toBe(true);
  expect(audit[4]).toMatchObject({ before: one, after: two });
  expect(new Set(keys).size).toBe(keys.length);
  expect(kept.get(id)).toMatchObject({ state: 'done', results: [{ outcome: 'fixed' }], undoUntil: expect.any(String) });
});

describe('nothing is done', () => {
  const asked = ['requested', 'shown'];
  test.each<[string, Partial<FixRun>, number, RegExp, readonly string[], RegExp]>([
    ['when the answer is no', { ask: async () => 'no' }, 1, /Nothing was done/, [...asked, 'rejected'], /was no/],
    ['when nothing is answered', { ask: async () => '' }, 1, /Nothing was done/, [...asked, 'rejected'], /was no/],
    [
      'when another plan was shown before',
      { shown: 'deadbeef' },
      1,
      /not the plan that deadbeef names/,
      [...asked, 'refused'],
      /^digest: /,
    ],
    [
      'when there is no plan',
      { request: aRequest({ ...typed, typed: { ...typed.typed, params: { image: ':9' } } as never }) },
      1,
      /No plan/,
      ['requested', 'failed'],
      /web:9/,
    ],
  ])('%s, and what was asked for is recorded', async (_, more, code, told, recorded, why) => {
    const place = world();
    const result = await fix(place, more);
    expect(result).toMatchObject({ code, real: [], err: expect.stringMatching(told) });
    expect(actions(result.audit)).toEqual(recorded);
    expect(result.audit.at(-1)).toMatchObject({
      actor: 'ana',
      detail: expect.stringMatching(why),
      workloads: ['shop/deployment/web'],
    });
  });

  test('and what is shown is recorded before the question', async () => {
    const order: string[] = [];
    const ask = async () => {
      order.push('question');
      return 'no';
    };
    const { run } = await fix(world(), { ask: async () => 'no' });
    const audit = async (events: readonly AuditEvent[]) => void order.push(...actions(events));
    await runFix({ ...run, ask, records: { ...run.records, audit } });
    expect(order).toEqual(['requested', 'shown', 'question', 'rejected']);
  });

  test('when nobody can be asked', async () => {
    const place = world();
    const { code, real } = await fix(place, { ask: undefined } as never);
    expect({ code, real }).toEqual({ code: 2, real: [] });
  });

  test('when something changed while the person thought', async () => {
    const place = world();
    const ask = async () => {
      place.set('ghcr.io/acme/web:other');
      return 'yes';
    };
    const { code, err, real, audit } = await fix(place, { ask });
    expect({ code, real }).toEqual({ code: 1, real: [] });
    expect(err).toMatch(/Nothing was done/);
    expect(actions(audit)).not.toContain('executed');
  });

  test('when it is interrupted at the question', async () => {
    const stop = new AbortController();
    const ask = async () => {
      stop.abort();
      return 'yes';
    };
    const { code, real, audit } = await fix(world(), { ask, signal: stop.signal });
    expect({ code, real }).toEqual({ code: 130, real: [] });
    expect(actions(audit)).toEqual(['requested', 'shown', 'rejected']);
  });
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
    ['changed by somebody else', { kind: 'conflict', what: 'it says web:3' }, 1, /it says web:3/],
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
  const gone = { ...target, workload: { ...target.workload, name: 'gone' } };
  const plan = {
    ...done.plan,
    intent: { ...done.plan.intent, targets: [target, gone] },
    undo: { ...done.plan.undo, targets: [back, back] },
  };
  const other = { ...result, workload: { ...result.workload, name: 'gone' } };
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
