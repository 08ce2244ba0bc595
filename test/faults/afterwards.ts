import { expect } from 'vitest';
import { finalStates } from '../../src/model/approval/approval.ts';
import type { AuditEvent } from '../../src/model/audit/audit.ts';
import { verifyChain } from '../../src/model/audit/audit-chain.ts';
import { changeIds } from '../../src/slack/blocks/change-ids.ts';
import {
  actionsOf,
  type Change,
  contentOf,
  deploymentOf,
  eventually,
  lateMs,
  messagesIn,
  recordOf,
  transcript,
} from './change.ts';
import type { FaultStage } from './stage.ts';

const deciding: readonly string[] = [
  changeIds.approve,
  changeIds.approveWithTicket,
  changeIds.reject,
  changeIds.breakGlass,
];

/** Every patch of a Deployment that the API server itself took, dry runs aside, whoever of the product sent it. */
export function patchesOf({ stage, name }: Pick<Change, 'stage' | 'name'>): number {
  return stage.workers
    .flatMap(({ api }) => api.answered)
    .filter(({ method, path, code }) => isPatchOf(name)(method, path) && !path.includes('dryRun') && code < 300).length;
}

export function isPatchOf(name: string): (method: string, path: string) => boolean {
  return (method, path) => method === 'PATCH' && path.split('?', 1)[0]?.endsWith(`/deployments/${name}`) === true;
}

/** The whole chain, which has to be whole. */
export async function auditOf({ store }: FaultStage): Promise<readonly AuditEvent[]> {
  const places = await store.audit.stored({ after: 0, limit: 10_000 });
  expect(verifyChain(places)).toMatchObject({ ok: true });
  return places.flatMap(({ record }) => (record === undefined ? [] : [record.event]));
}

async function actionsRecorded({ stage, id }: Change): Promise<readonly string[]> {
  return (await auditOf(stage)).filter(({ approval }) => approval === id).map(({ action }) => action);
}

export interface Expected {
  /** How often a message may have been posted: twice where a bot died between a post and its record. */
  readonly posts?: number;
  /** How many votes it took. */
  readonly votes?: number;
  /** Whether presses may have been refused, which is recorded as well. */
  readonly mayRefuse?: true;
  readonly withinMs?: number;
}

/** Waits for the end, and asserts what has to hold after every fault of a change that could be made. */
export async function expectDoneOnce(change: Change, expected: Expected = {}): Promise<void> {
  const { name, id } = change;
  await expectToldEnd(change, expected, 'FIXED');
  const approval = await recordOf(change);
  expect(approval).toMatchObject({ state: 'done', results: [{ outcome: 'fixed' }] });
  expect(patchesOf(change), `real patches of ${name}`).toBe(1);
  const { generation, image, annotations } = await deploymentOf(change);
  expect({ generation, image }).toEqual({ generation: 2, image: `ghcr.io/acme/${name}:2` });
  expect(annotations['imagecheck.dev/last-approval']).toBe(id);
  const votes = Array.from({ length: expected.votes ?? 1 }, () => 'approved');
  const recorded = await actionsRecorded(change);
  expect(recorded.filter((action) => action !== 'refused' || expected.mayRefuse !== true).toSorted()).toEqual(
    [...votes, 'executed', 'granted', 'requested', 'shown', 'started', 'verified'].toSorted(),
  );
}

/** The same of a change that could not be made: the world is as it was, and everyone is told so. */
export async function expectNothingDone(change: Change, expected: Expected & { readonly why: RegExp }): Promise<void> {
  const { name } = change;
  await expectToldEnd(change, expected, 'nothing was');
  const approval = await recordOf(change);
  expect(approval.state).toBe('failed');
  expect(approval.outcome).toMatch(expected.why);
  expect(patchesOf(change), `real patches of ${name}`).toBe(0);
  const { generation, image } = await deploymentOf(change);
  expect({ generation, image }).toEqual({ generation: 1, image: `ghcr.io/acme/${name}:1` });
  expect((await actionsRecorded(change)).toSorted()).toEqual(
    ['approved', 'failed', 'granted', 'requested', 'shown', 'started'].toSorted(),
  );
}

/** Nothing hangs; the messages agree with the record, and nobody can press anything that decides. */
async function expectToldEnd(change: Change, { posts = 1, withinMs = lateMs }: Expected, words: string): Promise<void> {
  const { stage, channel, id } = change;
  await eventually(async () => {
    const { state, outcome } = await recordOf(change);
    const where = `${change.name} is ${state} (${outcome ?? ''}): ${transcript(stage, channel)}`;
    expect(finalStates, where).toContain(state);
    const messages = messagesIn(stage, channel);
    const plans = messages.filter((message) => contentOf(message).includes(`PLAN ${id}`));
    const results = messages.filter(({ thread_ts: parent }) => plans.some(({ ts }) => ts === parent));
    expect(plans.length, where).toBeGreaterThanOrEqual(1);
    expect(plans.length, where).toBeLessThanOrEqual(posts);
    expect(results.length, where).toBeGreaterThanOrEqual(1);
    expect(results.length, where).toBeLessThanOrEqual(posts);
    expect(contentOf(plans.at(-1) as never), where).toContain(words);
    expect(contentOf(results.at(-1) as never), where).toContain(state === 'done' ? 'FIXED' : 'NOT DONE');
    for (const message of [...plans.slice(-1), ...results]) {
      expect(
        actionsOf(message).filter((action) => deciding.includes(action)),
        where,
      ).toEqual([]);
    }
  }, withinMs);
}
