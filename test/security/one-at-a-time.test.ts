import { describe, expect, it } from 'vitest';
import { decide } from '../../src/flows/change/decide/decide.ts';
import { requestOnce } from '../../src/flows/change/request/request-once.ts';
import type { Approval } from '../../src/model/approval/approval.ts';
import { sampleApproval } from '../support/approval-samples.ts';
import { type ChangeWorld, changeWorld, oldImage } from '../support/change-world.ts';

/** The button of a finding, as this person presses it; its plan has an id that everybody can compute. */
function press(requester: string): Approval {
  const sample = sampleApproval({ requester, id: `PRESS${requester.slice(-3)}` });
  const from = { reportId: 'r1', finding: 0, proposals: [0], everywhere: false };
  return { ...sample, request: { ...sample.request, targets: [], from } };
}

/** The ids of the first plans for the same, as whoever writes to Redis computes them. */
async function idsOf(count: number): Promise<readonly string[]> {
  const world = changeWorld();
  const ids: string[] = [];
  while (ids.length < count) {
    await requestOnce(press('UEVE'), world.bot());
    const made = (await world.records.approvals.list('T1', { limit: 200 })).find(({ state }) => state === 'preparing');
    if (made === undefined) break;
    ids.push(made.id);
    world.records.forge({ ...made, state: 'rejected', delivery: 'over' });
  }
  return ids;
}

const made = async (world: ChangeWorld) =>
  (await world.records.approvals.list('T1', { limit: 200 })).filter(({ state }) => state === 'preparing');

describe('a plan that waits where someone is about to ask for one', () => {
  it.each<[string, (asked: Approval['asked']) => Approval['asked']]>([
    ['unsigned', () => undefined],
    ['with the signature of another request', (asked) => asked],
    ['that claims to follow from another request', (asked) => asked && { ...asked, first: 'N0WHERE1' }],
  ])('%s: nobody can approve it, and it gets no signature of who presses', async (_, forge) => {
    const [id = ''] = await idsOf(1);
    const world = changeWorld();
    const { asked: signed, ...pending } = await world.pending({ id: 'F1RSTAAA' });
    const asked = forge(signed);
    const placed: Approval = { ...pending, id, ...(asked && { asked }) };
    world.records.forge(placed);
    expect(await requestOnce(press('UANA'), world.bot())).toMatchObject({ waits: { id } });
    expect(world.stored(id).asked).toEqual(asked);
    const decision = await decide(world.click(placed), world.bot());
    expect(decision).toMatchObject({
      kind: 'refused',
      why: expect.stringContaining('No bot has signed a request'),
    });
    world.jobs.splice(0);
    await world.settle();
    expect(world.attempts).toEqual([]);
    expect(world.things.get('web')?.image).toBe(oldImage);
  });

  it.each<[string, (id: string) => Partial<Approval>]>([
    ['over', () => ({ state: 'done' })],
    ['over by its time', () => ({ state: 'pending', expiresAt: '2026-01-01T00:00:00.000Z' })],
    ['replaced by itself', (id) => ({ state: 'superseded', supersededBy: id })],
    ['replaced by one that is nowhere', () => ({ state: 'superseded', supersededBy: 'N0WHERE1' })],
  ])('all of them %s: a plan is made all the same', async (_, forge) => {
    const ids = await idsOf(50);
    expect(ids).toHaveLength(50);
    const world = changeWorld();
    for (const id of ids) world.records.forge({ ...sampleApproval(), id, ...forge(id) });
    expect(await requestOnce(press('UANA'), world.bot())).toBe('created');
    expect(await made(world)).toMatchObject([{ requester: 'UANA', asked: { signature: expect.any(String) } }]);
  });
});
