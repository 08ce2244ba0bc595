import { expect, test, vi } from 'vitest';
import { tellProgress } from '../../../../src/flows/ask/progress.ts';
import { makePlan } from '../../../../src/flows/change/plan/plan.ts';
import { requestChange } from '../../../../src/flows/change/request/request.ts';
import { showProgress } from '../../../../src/flows/change/show/approval-messages.ts';
import type { ChangeWorkDeps } from '../../../../src/flows/change/work/work.ts';
import type { OutboxMessage } from '../../../../src/model/message.ts';
import { draw } from '../../../../src/slack/views/draw.ts';
import { sampleApproval } from '../../../support/approval-samples.ts';
import { type ChangeWorld, changeWorld } from '../../../support/change-world.ts';
import { aRequest, clusterOf, planHow, planReach } from '../../../support/planning.ts';
import { small, web } from '../../../support/small-remedy.ts';
import { aContainer } from '../../../support/snapshot.ts';

async function asked(world: ChangeWorld) {
  const at = world.now().toISOString();
  const targets = [...world.things.values()].map(({ name }) => ({
    subject: { kind: 'Deployment' as const, namespace: 'prod', name },
    params: { image: 'ghcr.io/acme/web:2' },
  }));
  const request = { version: 1 as const, cluster: 'dev-eu', remedy: 'set-image' as const, targets, at };
  const approval = sampleApproval({ requester: 'UANA', requestedAt: at, request });
  await requestChange(approval, world.bot());
  return approval;
}

const idOf = (approval: { readonly id: string }) => `approval:${approval.id}:plan`;

test('the same message says what is going on until the plan is there', async () => {
  const world = changeWorld();
  const approval = await asked(world);
  const usual = world.worker();
  const go = Promise.withResolvers<void>();
  const plan: ChangeWorkDeps['plan'] = async (request, how) => {
    how.onProgress?.('asking ghcr.io');
    await go.promise;
    return await usual.plan(request, how);
  };
  const body = () => world.shown.get(idOf(approval))?.body;
  expect(body()).not.toHaveProperty('progress');
  const prepared = world.run(world.jobOf(approval, 'prepare'), { ...usual, plan, progressMs: 5 });
  await expect
    .poll(body)
    .toMatchObject({ approval: { state: 'preparing' }, progress: expect.stringMatching(/^asking ghcr\.io…/) });
  expect(JSON.stringify(draw(world.shown.get(idOf(approval)) as OutboxMessage).blocks)).toContain(
    'preparing: asking ghcr.io…',
  );
  go.resolve();
  await prepared;
  expect(body()).toMatchObject({ approval: { state: 'pending' } });
  expect(body()).not.toHaveProperty('progress');
  expect([...world.shown.keys()].filter((id) => id.startsWith('approval:'))).toEqual([idOf(approval)]);
});

test('a plan is shown only once what was being written about its making is written', async () => {
  const world = changeWorld();
  const approval = await asked(world);
  const usual = world.worker();
  const begun = Promise.withResolvers<void>();
  const made = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  const states: string[] = [];
  const outbox: ChangeWorkDeps['outbox'] = {
    put: async (message, phase) => {
      if (phase === 'early') {
        begun.resolve();
        await go.promise;
      }
      if (message.body.view === 'plan') states.push(message.body.progress ?? message.body.approval.state);
      await usual.outbox.put(message, phase);
    },
  };
  const plan: ChangeWorkDeps['plan'] = async (request, how) => {
    await begun.promise;
    const outcome = await usual.plan(request, how);
    made.resolve();
    return outcome;
  };
  const prepared = world.run(world.jobOf(approval, 'prepare'), { ...usual, outbox, plan, progressMs: 5 });
  await made.promise;
  expect(states).toEqual([]);
  go.resolve();
  await prepared;
  expect([...new Set(states)]).toEqual([expect.stringMatching(/^reading…/), 'pending']);
});

test('a worker that writes late overwrites no plan that another one made', async () => {
  const world = changeWorld();
  const { id } = await world.pending();
  const preparing = { ...world.stored(id), state: 'preparing' as const };
  await showProgress(preparing, 'reading pods… 9 s', world.worker().outbox);
  expect(world.shown.get(idOf({ id }))?.body).toMatchObject({ approval: { state: 'pending' } });
});

test('progress is told at most once in a while, the latest of it, and with the seconds that passed', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  try {
    const written: string[] = [];
    const line = tellProgress('reading', async (text) => void written.push(text), {
      everyMs: 3000,
      onTrouble: () => {},
    });
    for (const what of ['reading deployment/web', 'reading pods', 'asking ghcr.io']) line.say(what);
    await vi.advanceTimersByTimeAsync(2999);
    expect(written).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    line.say('dry run on the API server');
    await vi.advanceTimersByTimeAsync(3000);
    await line.stop();
    await vi.advanceTimersByTimeAsync(9000);
    expect(written).toEqual(['asking ghcr.io… 3 s', 'dry run on the API server… 6 s']);
  } finally {
    vi.useRealTimers();
  }
});

test.each<[string, readonly string[], string[]]>([
  [
    'one workload by name',
    ['web'],
    ['looking for web', 'reading deployment/web', 'reading pods', 'asking ghcr.io', 'dry run on the API server'],
  ],
  ['several', ['web', 'api'], ['reading 2 workloads', 'asking ghcr.io', 'dry run on the API server']],
])('planning of %s says what it does', async (_, names, expected) => {
  const said: string[] = [];
  const stories = names.map((name) => ({
    workload: { ref: { kind: 'Deployment' as const, namespace: 'shop', name } },
    template: { containers: [aContainer({ image: web })] },
  }));
  const { reach } = planReach(
    clusterOf(...stories),
    { references: { [web]: 'one', 'ghcr.io/acme/web:2': 'two' } },
    { remedyOf: () => small },
  );
  const params = { image: 'ghcr.io/acme/web:2' };
  const targets = names.map((name) => ({ subject: { kind: 'Deployment' as const, namespace: 'shop', name }, params }));
  const [only, ...others] = names;
  const request =
    others.length > 0 ? { targets } : { typed: { target: { type: 'workload' as const, name: only ?? '' }, params } };
  const outcome = await makePlan(aRequest(request), reach, { ...planHow, onProgress: (what) => void said.push(what) });
  expect(outcome.kind).toBe('plan');
  expect([...new Set(said)]).toEqual(expected);
});

test('a plan is in sight even if its worker dies as soon as it is recorded', async () => {
  const world = changeWorld();
  const approval = await asked(world);
  const usual = world.worker();
  const approvals: ChangeWorkDeps['approvals'] = {
    ...usual.approvals,
    change: async (...change) => {
      await usual.approvals.change(...change);
      throw new Error('the worker died');
    },
  };
  await expect(world.run(world.jobOf(approval, 'prepare'), { ...usual, approvals })).rejects.toThrow('died');
  expect(await usual.approvals.get(approval.team, approval.id)).toMatchObject({ state: 'pending' });
  expect(world.shown.get(idOf(approval))?.body).toMatchObject({ approval: { state: 'pending' } });
});

test('what somebody else recorded meanwhile is shown in the end', async () => {
  const world = changeWorld();
  const approval = await asked(world);
  const usual = world.worker();
  const approvals: ChangeWorkDeps['approvals'] = {
    ...usual.approvals,
    change: async (...change) => {
      await usual.approvals.change(...change);
      return undefined;
    },
  };
  await world.run(world.jobOf(approval, 'prepare'), { ...usual, approvals });
  const recorded = await usual.approvals.get(approval.team, approval.id);
  expect(world.shown.get(idOf(approval))?.body).toMatchObject({ approval: { revision: recorded?.revision } });
});
