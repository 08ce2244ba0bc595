import { describe, expect, it } from 'vitest';
import type { ChangeWorkDeps } from '../../../src/flows/change/work.ts';
import type { Approval } from '../../../src/model/approval.ts';
import { signGrant } from '../../../src/model/grant-signature.ts';
import { digestOfIntent } from '../../../src/model/plan.ts';
import {
  type ChangeWorld,
  changeWorld,
  keys,
  newImage,
  oldImage,
  otherKeys,
  usualPolicy,
} from '../../support/change-world.ts';

describe('execute', () => {
  it('goes from the click to fixed, once', async () => {
    const world = changeWorld(['web', 'api']);
    const { id } = await world.approved();
    await world.settle();
    const done = world.stored(id);
    expect(world.incidents).toEqual([]);
    expect(done).toMatchObject({ state: 'done', results: [{ outcome: 'fixed' }, { outcome: 'fixed' }] });
    expect(done.outcome).toMatch(/^fixed in \d+ s: 2 of 2 pods run the intended digests and are Ready$/);
    expect(done.undoUntil).toBeDefined();
    expect(world.patches).toHaveLength(2);
    expect(world.events.size).toBe(2);
    expect(world.actions(id)).toEqual(['requested', 'shown', 'approved', 'granted', 'started', 'executed', 'verified']);
    const [plan, result] = [world.shown.get(`approval:${id}:plan`), world.shown.get(`approval:${id}:result`)];
    expect(plan?.body).toMatchObject({ view: 'plan', approval: { state: 'done' } });
    expect(result?.body).toMatchObject({ view: 'result', approval: { state: 'done', requester: 'UANA' } });
    expect(JSON.stringify([plan, result])).not.toContain('a very long diff');
  });

  it('does nothing the second time, whoever asks', async () => {
    const world = changeWorld();
    const approval = await world.approved();
    await world.settle();
    await world.run(world.jobOf(approval, 'execute'), world.worker());
    // The approved record is played again, within its time.
    world.records.forge({ ...approval, revision: 99 });
    await world.settle();
    expect(world.patches).toHaveLength(1);
    expect(world.things.get('web')?.image).toBe(newImage);
  });

  it('does not bring back what was undone', async () => {
    const world = changeWorld();
    const approval = await world.approved();
    await world.settle();
    const web = world.things.get('web');
    if (web === undefined) throw new Error('no web');
    web.image = oldImage;
    web.annotations = {
      'imagecheck.dev/last-approval': 'UNDONE00',
      'imagecheck.dev/earlier-approvals': `${approval.id}@${world.now().toISOString()}`,
    };
    const attempts = world.attempts.length;
    world.records.forge({ ...approval, revision: 99 });
    await world.settle();
    expect(web.image).toBe(oldImage);
    expect(world.attempts).toHaveLength(attempts);
  });

  it('shows the plan of today when the world is another one', async () => {
    const world = changeWorld();
    const { id } = await world.approved();
    const web = world.things.get('web');
    if (web !== undefined) web.image = 'ghcr.io/acme/web:somebody-else';
    await world.settle();
    const old = world.stored(id);
    expect(old).toMatchObject({ state: 'superseded', results: [] });
    expect(world.stored(old.supersededBy ?? '')).toMatchObject({ state: 'pending', votes: [] });
    expect(world.attempts).toEqual([]);
  });

  it('ends an approval whose workload is gone', async () => {
    const world = changeWorld();
    const { id } = await world.approved();
    world.things.clear();
    await world.settle();
    expect(world.stored(id)).toMatchObject({ state: 'failed', outcome: expect.stringContaining('web is not there') });
    expect(world.attempts).toEqual([]);
  });

  it('does not begin after its time', async () => {
    const world = changeWorld();
    const { id } = await world.approved();
    world.pass(10 * 60_000);
    await world.settle();
    expect(world.stored(id)).toMatchObject({ state: 'expired', outcome: expect.stringContaining('nothing was done') });
    expect(world.attempts).toEqual([]);
  });

  it('goes on with the others when one target refuses', async () => {
    const world = changeWorld(['web', 'api']);
    world.script.answer = (operation) =>
      operation.type === 'edit-template' && operation.target.name === 'api'
        ? { kind: 'refused', message: 'quota exceeded' }
        : undefined;
    const { id } = await world.approved();
    await world.settle();
    expect(world.stored(id)).toMatchObject({
      state: 'done',
      results: [{ outcome: 'fixed' }, { outcome: 'not-done', detail: 'the API server refuses it: quota exceeded' }],
    });
  });

  it('says that nothing was changed when every target refuses', async () => {
    const world = changeWorld();
    world.script.answer = () => ({ kind: 'forbidden', missingRight: 'patch deployments' });
    const { id } = await world.approved();
    await world.settle();
    expect(world.stored(id)).toMatchObject({ state: 'failed', outcome: expect.stringContaining('patch deployments') });
    expect(world.actions(id)).not.toContain('executed');
    expect(world.shown.get(`approval:${id}:result`)).toBeDefined();
  });

  it('asks again after an answer that cannot be trusted', async () => {
    const world = changeWorld();
    let answers = 0;
    world.script.answer = (_, { dryRun }) => {
      answers += 1;
      return !dryRun && answers < 6 ? { kind: 'unknown', why: 'the connection closed', maybeDone: true } : undefined;
    };
    const { id } = await world.approved();
    await world.settle();
    expect(world.stored(id)).toMatchObject({ state: 'done', results: [{ outcome: 'fixed' }] });
    expect(world.patches).toHaveLength(1);
  });

  it('is not fixed while the pods run something else', async () => {
    const world = changeWorld();
    const web = world.things.get('web');
    if (web !== undefined) web.runs = `sha256:${'e'.repeat(64)}`;
    const { id } = await world.approved();
    await world.settle();
    expect(world.stored(id)).toMatchObject({ state: 'done', results: [{ outcome: 'not-fixed' }] });
  });
});

/** A worker whose process dies at its nth call of anything: from then on nothing of it has an effect. */
function dying(
  deps: ChangeWorkDeps,
  nth: number,
  when: 'before' | 'after',
): { deps: ChangeWorkDeps; calls: () => number } {
  let calls = 0;
  const wrap = <T extends object>(part: T): T =>
    Object.fromEntries(
      Object.entries(part).map(([name, method]) => [
        name,
        typeof method === 'function'
          ? async (...args: unknown[]) => {
              calls += 1;
              if (calls > nth || (calls === nth && when === 'before')) throw new Error('killed');
              const result: unknown = await Reflect.apply(method, part, args);
              if (calls === nth) throw new Error('killed');
              return result;
            }
          : method,
      ]),
    ) as T;
  const { plan } = wrap({ plan: deps.plan });
  return {
    calls: () => calls,
    deps: {
      ...deps,
      approvals: wrap(deps.approvals),
      outbox: wrap(deps.outbox),
      queue: wrap(deps.queue),
      cluster: wrap(deps.cluster),
      changes: wrap(deps.changes),
      plan,
    },
  };
}

async function afterDeath(
  nth: number,
  when: 'before' | 'after',
  survived: { value: boolean },
): Promise<[ChangeWorld, string]> {
  const world = changeWorld(['web', 'api']);
  const { id } = await world.approved();
  const mortal = dying(world.worker({ workerId: 'mortal' }), nth, when);
  for (let turn = 0; turn < 20 && mortal.calls() < nth; turn += 1) {
    const job = world.jobs.shift();
    if (job === undefined) break;
    await world.run(job, mortal.deps).catch(() => {});
    world.pass(1000);
  }
  survived.value = mortal.calls() < nth;
  // What the dead process had queued and held is lost; the lease ends.
  world.jobs.length = 0;
  world.pass(15_000);
  await world.settle(world.worker({ workerId: 'next' }));
  return [world, id];
}

describe('a worker that dies at any line', () => {
  it.each(['before', 'after'] as const)('%s the effect of each call neither acts twice nor forgets', async (when) => {
    const survived = { value: false };
    let deaths = 0;
    for (let nth = 1; !survived.value && nth < 300; nth += 1) {
      const [world, id] = await afterDeath(nth, when, survived);
      const at = `killed ${when} call ${nth}`;
      expect(world.patches.map(({ operation }) => JSON.stringify(operation)).length, at).toBe(2);
      expect(new Set(world.patches.map(({ operation }) => JSON.stringify(operation))).size, at).toBe(2);
      expect(world.stored(id), at).toMatchObject({
        state: 'done',
        results: [{ outcome: 'fixed' }, { outcome: 'fixed' }],
      });
      for (const action of ['granted', 'started', 'executed', 'verified']) {
        expect(
          world.actions(id).filter((each) => each === action),
          at,
        ).toHaveLength(1);
      }
      expect(world.shown.get(`approval:${id}:result`)?.body, at).toMatchObject({ approval: { state: 'done' } });
      expect(world.shown.get(`approval:${id}:plan`)?.body, at).toMatchObject({ approval: { state: 'done' } });
      deaths += 1;
    }
    expect(survived.value).toBe(true);
    expect(deaths).toBeGreaterThan(20);
  });
});

describe('whoever can write to Redis', () => {
  const other = 'ghcr.io/evil/web:1';
  const withOtherImage = (approval: Approval): Approval =>
    JSON.parse(JSON.stringify(approval).replaceAll(newImage, other)) as Approval;
  const regrant = (approval: Approval, patch: object): Approval => {
    if (approval.grant === undefined) throw new Error('no grant');
    return { ...approval, grant: { ...approval.grant, grant: { ...approval.grant.grant, ...patch } } };
  };
  const cases: Record<string, (approval: Approval, world: ChangeWorld) => Approval> = {
    'forges an approved record without a grant': ({ grant: _, ...approval }) => ({ ...approval, state: 'approved' }),
    'claims that it is running already': ({ grant: _, ...approval }) => ({ ...approval, state: 'running' }),
    'signs with a key of their own': (approval) => {
      if (approval.grant === undefined) throw new Error('no grant');
      return { ...approval, grant: signGrant(approval.grant.grant, otherKeys.privateKey) };
    },
    'signs with a key of their own under the id of ours': (approval) => {
      if (approval.grant === undefined) throw new Error('no grant');
      const { signature } = signGrant(approval.grant.grant, otherKeys.privateKey);
      return { ...approval, grant: { ...approval.grant, signature } };
    },
    'swaps the plan': (approval) => {
      const swapped = withOtherImage(approval);
      return { ...swapped, grant: approval.grant };
    },
    'swaps the plan and its digest': (approval) => {
      const swapped = withOtherImage(approval);
      return {
        ...swapped,
        digest: swapped.plan && digestOfIntent(swapped.plan.intent),
        grant: approval.grant,
      } as Approval;
    },
    'swaps the plan, its digest and the grant’s': (approval) => {
      const swapped = withOtherImage(approval);
      const digest = swapped.plan && digestOfIntent(swapped.plan.intent);
      return regrant({ ...swapped, digest, grant: approval.grant } as Approval, { digest });
    },
    'swaps the plan of one that runs': (approval) =>
      ({ ...withOtherImage(approval), state: 'running', grant: approval.grant }) as Approval,
    'swaps the request only': (approval) => ({ ...approval, request: withOtherImage(approval).request }),
    'adds a vote': (approval) =>
      regrant(approval, {
        votes: [...(approval.grant?.grant.votes ?? []), { user: 'UCARL', groups: [], at: approval.requestedAt }],
      }),
    'moves executeBefore': (approval, world) => {
      world.pass(11 * 60_000);
      return regrant(approval, { executeBefore: new Date(world.now().getTime() + 60_000).toISOString() });
    },
    'plays a true record again after its time': (approval, world) => {
      world.pass(11 * 60_000);
      return approval;
    },
    'plays it again as running after its time': (approval, world) => {
      world.pass(11 * 60_000);
      return { ...approval, state: 'running', startedAt: world.now().toISOString() };
    },
    'changes the nonce': (approval) => regrant(approval, { nonce: 'again' }),
    'copies the grant to another approval': (approval) => ({ ...approval, id: '7F37F37F' }),
    'copies it to another approval, with its name in the grant': (approval) =>
      regrant({ ...approval, id: '7F37F37F' }, { approval: '7F37F37F' }),
    'copies it to another team': (approval) => ({ ...approval, team: 'T2' }),
    'names another requester': (approval) => ({ ...approval, requester: 'UEVE' }),
    'turns the remedy into break glass': (approval) => regrant(approval, { breakGlass: 'because I can, really' }),
  };

  it.each(Object.entries(cases))('%s, and nothing is changed', async (_, forge) => {
    const world = changeWorld();
    const approval = await world.approved();
    const forged = forge(approval, world);
    world.jobs.length = 0;
    world.records.forge(forged);
    await world.run(world.jobOf(forged, 'execute'), world.worker());
    const plays = world.attempts.length;
    expect(plays).toBe(0);
    expect(world.things.get('web')?.image).toBe(oldImage);
  });

  it.each<[string, (world: ChangeWorld) => Partial<ChangeWorkDeps>]>([
    ['has no key', () => ({ publicKeys: [] })],
    ['knows other keys only', () => ({ publicKeys: [otherKeys.publicKey] })],
    ['has no policy for it', () => ({ policy: { ...usualPolicy, rules: [] } })],
    [
      'wants two votes',
      () => ({ policy: { ...usualPolicy, rules: usualPolicy.rules.map((rule) => ({ ...rule, votes: 2 })) } }),
    ],
    [
      'is frozen',
      (world) => ({
        policy: {
          ...usualPolicy,
          freeze: [
            {
              name: 'release',
              clusters: ['*'],
              namespaces: ['*'],
              from: '2026-01-01T00:00:00Z',
              to: new Date(world.now().getTime() + 9e8).toISOString(),
            },
          ],
        },
      }),
    ],
    ['may do no remedy', () => ({ remediation: { remedies: [], namespaces: ['*'], images: ['*'] } })],
    [
      'may not touch the namespace',
      () => ({ remediation: { remedies: ['set-image'], namespaces: ['dev'], images: ['*'] } }),
    ],
    [
      'may not use the image',
      () => ({ remediation: { remedies: ['set-image'], namespaces: ['*'], images: ['ghcr.io/other/*'] } }),
    ],
    ['is of another cluster', () => ({ clusterId: 'prod-us' })],
  ])('meets a worker that %s', async (_, over) => {
    const world = changeWorld();
    const approval = await world.approved();
    await world.run(world.jobOf(approval, 'execute'), world.worker(over(world)));
    expect(world.attempts).toEqual([]);
  });

  it('sends the job of another cluster or team, and nothing is changed', async () => {
    const world = changeWorld();
    const approval = await world.approved();
    const { data } = world.jobOf(approval, 'execute');
    world.records.forge({ ...approval, team: 'T2' });
    for (const patch of [{ cluster: 'prod-us' }, { team: 'T2' }, { approval: 'AAAAAAAA' }]) {
      await world.run({ name: 'execute', data: { ...data, ...patch } }, world.worker());
    }
    expect(world.attempts).toEqual([]);
  });

  it('would succeed with the bot’s own key, so the cases above fail for their own reasons', async () => {
    const world = changeWorld();
    const approval = await world.approved();
    if (approval.grant === undefined) throw new Error('no grant');
    const again = signGrant({ ...approval.grant.grant, nonce: 'again' }, keys.privateKey);
    world.records.forge({ ...approval, grant: again });
    await world.run(world.jobOf(approval, 'execute'), world.worker());
    expect(world.patches).toHaveLength(1);
  });
});
