import { describe, expect, it } from 'vitest';
import type { ChangeWorkDeps } from '../../../../src/flows/change/work/work.ts';
import type { Approval } from '../../../../src/model/approval/approval.ts';
import { signGrant } from '../../../../src/model/approval/signatures.ts';
import { digestOfIntent } from '../../../../src/model/change/plan.ts';
import {
  type ChangeWorld,
  changeWorld,
  keys,
  newImage,
  oldImage,
  otherKeys,
  usualPolicy,
} from '../../../support/change-world.ts';

describe('whoever can write to Redis', () => {
  const other = 'ghcr.io/evil/web:1';
  const withOtherImage = (approval: Approval): Approval =>
    JSON.parse(JSON.stringify(approval).replaceAll(newImage, other)) as Approval;
  const withoutGrant = ({ grant, ...approval }: Approval, state: 'approved' | 'running'): Approval => {
    expect(grant).toBeDefined();
    return { ...approval, state };
  };
  const regrant = (approval: Approval, patch: object): Approval => {
    if (approval.grant === undefined) throw new Error('no grant');
    return { ...approval, grant: { ...approval.grant, grant: { ...approval.grant.grant, ...patch } } };
  };
  const cases: Record<string, (approval: Approval, world: ChangeWorld) => Approval> = {
    'forges an approved record without a grant': (approval) => withoutGrant(approval, 'approved'),
    'claims that it is running already': (approval) => withoutGrant(approval, 'running'),
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
      };
    },
    'swaps the plan, its digest and the grant’s': (approval) => {
      const swapped = withOtherImage(approval);
      const digest = swapped.plan && digestOfIntent(swapped.plan.intent);
      return regrant({ ...swapped, digest, grant: approval.grant }, { digest });
    },
    'swaps the plan of one that runs': (approval) => ({
      ...withOtherImage(approval),
      state: 'running',
      grant: approval.grant,
    }),
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

  it.each(['ghcr.io/evil/web:1', newImage])('swaps what is left of one that had begun to %s', async (image) => {
    const world = changeWorld(['web', 'api']);
    const approval = await world.approved();
    const web = world.things.get('web');
    if (web !== undefined)
      Object.assign(web, { image: newImage, annotations: { 'imagecheck.dev/last-approval': approval.id } });
    const swapped = JSON.parse(JSON.stringify(approval.plan).replaceAll(newImage, image)) as Approval['plan'];
    world.records.forge({ ...approval, state: 'running', ...(swapped === undefined ? {} : { plan: swapped }) });
    await world.run(world.jobOf(approval, 'execute'), world.worker());
    // The approved plan itself is finished; another one is not even tried.
    expect(world.things.get('api')?.image).toBe(image === newImage ? newImage : oldImage);
    if (image !== newImage) expect(world.attempts).toEqual([]);
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
