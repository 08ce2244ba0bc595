import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { put } from '../../src/flows/change/show/approval-messages.ts';
import { Approval } from '../../src/model/approval/approval.ts';
import type { LaterMember } from '../../src/model/values/open-enum.ts';
import { act } from '../../src/sandbox/slack/acting.ts';
import { sampleMessage } from '../support/asks.ts';
import { sampleFinding, sampleReport } from '../support/slack-samples.ts';
import { auditOf, expectDoneOnce, patchesOf } from './afterwards.ts';
import {
  actionsOf,
  approve,
  approveOnce,
  type Change,
  contentOf,
  deploy,
  deploymentOf,
  eventually,
  lateMs,
  messagesIn,
  openChannel,
  plan,
  reaches,
  recordOf,
  shownPlan,
  toldTo,
  transcript,
} from './change.ts';
import { type Actor, type FaultStage, openStage, shop, type WorkerActor } from './stage.ts';

/** What a role of the newer release is started with. */
const newest = { newer: true, sections: { remediation: { remedies: ['set-image', 'scale'] } } };

/** A member of an enum that only a newer release knows. */
const later = (name: string) => name as LaterMember;

let stage: FaultStage;
let newerBot: Actor;
beforeAll(async () => {
  stage = await openStage({ paced: false });
  newerBot = await stage.startBot(newest);
}, 60_000);
afterAll(() => stage.stop());

/** What only the newer release can do: Ana asks for more pods. */
async function askToScale(name: string): Promise<string> {
  await deploy(stage, name, 1);
  const channel = openChannel(stage, name);
  await act(stage.slack, { as: 'ana', channel, text: `/imagecheck scale deployment/${name} 3 -n ${shop}` });
  return channel;
}

async function scaling(name: string): Promise<Change> {
  return await shownPlan(stage, name, await askToScale(name));
}

const shownIn = (channel: string): string =>
  messagesIn(stage, channel)
    .map((message) => contentOf(message))
    .join('\n');

/** The record as a newer release would have written it: of the same version, and with a word of its own. */
async function writeAsNewer(change: Change, edit: Partial<Approval>): Promise<void> {
  const approval = await recordOf(change);
  const key = `{imagecheck}:${change.team}:approval:${change.id}`;
  const next = { ...approval, ...edit };
  const d = z.encode(Approval, next);
  await stage.store.client.hset(key, 'record', JSON.stringify({ v: 1, d }), 'state', next.state);
}

async function replicasOf(name: string): Promise<unknown> {
  const { body } = await stage.api.send('GET', `/apis/apps/v1/namespaces/${shop}/deployments/${name}`);
  return (body['spec'] as { readonly replicas: unknown }).replicas;
}

/** Runs with this worker alone. */
async function withWorker<T>(newer: boolean, work: (worker: WorkerActor) => Promise<T>): Promise<T> {
  const worker = await stage.startWorker(newer ? newest : {});
  try {
    return await work(worker);
  } finally {
    await worker.kill();
  }
}

describe('two releases side by side', { timeout: 150_000 }, () => {
  it('a remedy that the worker does not know: nothing is planned, and the thread says which side is older', async () => {
    await withWorker(false, async () => {
      const channel = await askToScale('web-remedy');
      await eventually(() => expect(shownIn(channel)).toContain('does not know the remedy scale'));
      expect(shownIn(channel)).toContain('update the worker of this cluster');
      expect(patchesOf({ stage, name: 'web-remedy' })).toBe(0);
      // The older worker goes on with what it knows.
      const change = await plan(stage, 'web-known');
      await approve(change);
      await expectDoneOnce(change);
    });
  });

  it('a step that the worker does not know: approved, never executed, and told', async () => {
    const change = await withWorker(true, () => scaling('web-step'));
    await approve(change);
    await withWorker(false, async () => {
      expect(await reaches(change, ['failed'], lateMs)).toMatchObject({
        outcome: expect.stringContaining('does not know its step "scale". A newer version made this plan.'),
      });
      await eventually(() => expect(shownIn(change.channel)).toContain('Update the worker of cluster faults'));
      expect(patchesOf(change)).toBe(0);
      expect(await replicasOf('web-step')).toBe(1);
      const actions = (await auditOf(stage))
        .filter(({ approval }) => approval === change.id)
        .map(({ action }) => action);
      expect(actions).toEqual(['requested', 'shown', 'approved', 'granted', 'failed']);
    });
  });

  it('a step that was begun: the older worker leaves it, and the newer one finishes it once', async () => {
    const name = 'web-begun';
    const change = await withWorker(true, async (worker) => {
      const scaled = await scaling(name);
      const sent = Promise.withResolvers<undefined>();
      worker.api.spoil = (method, path) => {
        if (method !== 'PATCH' || path.includes('dryRun')) return undefined;
        return {
          hold: () => {
            sent.resolve(undefined);
            return new Promise(() => {});
          },
        };
      };
      await approve(scaled);
      await sent.promise;
      return scaled;
    });
    expect(await replicasOf(name)).toBe(3);
    await withWorker(false, async (worker) => {
      await eventually(() => {
        expect(worker.api.requests.some((request) => request.includes('selfsubjectaccessreviews'))).toBe(true);
      });
      // It looks every second, and recovers what nobody holds after five.
      await new Promise((resolve) => setTimeout(resolve, 12_000));
      expect((await recordOf(change)).state).toBe('running');
    });
    await withWorker(true, () => reaches(change, ['done'], lateMs));
    expect(patchesOf(change)).toBe(1);
    expect(await replicasOf(name)).toBe(3);
  });

  it('a plan that the bot does not know: it is shown, not decided, and the newer bot decides', async () => {
    await withWorker(true, async () => {
      const change = await scaling('web-bot');
      await newerBot.kill();
      const olderBot = await stage.startBot();
      await approveOnce(change);
      await eventually(() => expect(toldTo(change, 'U0BEN').join('\n')).toContain('does not know its step'));
      expect(await recordOf(change)).toMatchObject({ state: 'pending', votes: [] });
      await olderBot.kill();
      newerBot = await stage.startBot(newest);
      await approve(change);
      await reaches(change, ['done'], lateMs);
      expect(await replicasOf('web-bot')).toBe(3);
    });
  });

  it('a state and an outcome that nobody here knows: kept, shown by name, and gone on with when they are known', async () => {
    await withWorker(false, async () => {
      const change = await plan(stage, 'web-state');
      await writeAsNewer(change, { state: later('scheduled') });
      await approveOnce(change);
      await eventually(() => {
        expect(`${toldTo(change, 'U0BEN').join('\n')} ${shownIn(change.channel)}`).toContain('scheduled');
      });
      expect(patchesOf(change)).toBe(0);
      expect((await recordOf(change)).state).toBe('scheduled');
      await writeAsNewer(change, { state: 'pending' });
      // The release that knows the state draws the plan again.
      await put(await recordOf(change), stage.store.outbox);
      await approve(await shownPlan(stage, change.name, change.channel));
      await expectDoneOnce(change, { mayRefuse: true });
      const { results } = await recordOf(change);
      const paused = results.map((result) => ({ ...result, outcome: later('paused') }));
      await writeAsNewer(change, { results: paused });
      const approval = await recordOf(change);
      const message = sampleMessage({
        team: change.team,
        channel: change.channel,
        body: { view: 'result', approval },
      });
      await stage.store.outbox.put(message);
      await eventually(() =>
        expect(shownIn(change.channel)).toContain('an outcome this version does not know: paused'),
      );
      expect((await deploymentOf(change)).generation).toBe(2);
    });
  });

  it('a cause that nobody here knows: the report is shown', async () => {
    const channel = openChannel(stage, 'web-cause');
    const report = sampleReport({
      findings: [sampleFinding({ cause: later('stream_stalled'), confidence: later('proven') })],
    });
    const body = { view: 'report', reportId: 'r', report, showAll: true } as const;
    await stage.store.outbox.put(sampleMessage({ team: stage.slack.workspace.team.id, channel, body }));
    await eventually(() => {
      expect(messagesIn(stage, channel), transcript(stage, channel)).toHaveLength(1);
      expect(shownIn(channel)).toContain('a confidence this version does not know: proven');
    });
    expect(messagesIn(stage, channel).flatMap((message) => actionsOf(message))).not.toContain('plan_approve');
  });
});
