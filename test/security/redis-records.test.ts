import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decide } from '../../src/flows/change/decide/decide.ts';
import type { Approval } from '../../src/model/approval/approval.ts';
import { signGrant } from '../../src/model/approval/signatures.ts';
import { digestOfIntent } from '../../src/model/change/plan.ts';
import {
  clickOn,
  deploy,
  deploymentOf,
  forge,
  granted,
  imageNow,
  imageOf,
  jobOf,
  plan,
  reaches,
  runJob,
  stored,
} from './change.ts';
import { alpha, beta, openStage, type SecurityStage, team } from './stage.ts';

const approvedPatch = 'PATCH /apis/apps/v1/namespaces/shop/deployments/web';
const attacker = generateKeyPairSync('ed25519');
const evil = (text: string) =>
  text.replaceAll('ghcr.io/acme/web:2', 'ghcr.io/evil/web:2').replaceAll('":2"', '"ghcr.io/evil/web:2"');
const inside = <T>(value: T, change: (text: string) => string): T => JSON.parse(change(JSON.stringify(value))) as T;

/** The grant with its content changed and its signature kept. */
function regrant(approval: Approval, patch: object): Approval {
  if (approval.grant === undefined) throw new Error('no grant');
  return { ...approval, grant: { ...approval.grant, grant: { ...approval.grant.grant, ...patch } } };
}

function resigned(approval: Approval, patch: object = {}): Approval {
  if (approval.grant === undefined) throw new Error('no grant');
  return { ...approval, grant: signGrant({ ...approval.grant.grant, ...patch }, attacker.privateKey) };
}

/** Plan, request and digests swapped for another image; the grant is the true one unless said otherwise. */
function swapped(approval: Approval): Approval {
  const forged = inside({ ...approval, grant: undefined }, evil);
  const digest = forged.plan === undefined ? '' : digestOfIntent(forged.plan.intent);
  return { ...forged, digest, ...(approval.grant === undefined ? {} : { grant: approval.grant }) };
}

function withoutGrant(approval: Approval, state: Approval['state']): Approval {
  const { grant, ...rest } = approval;
  if (grant === undefined) throw new Error('no grant');
  return { ...rest, state };
}

interface Given {
  /** The signed record, which no worker has seen. */
  readonly approval: Approval;
  /** The same, granted eleven minutes ago. */
  readonly late: Approval;
  /** Signed for another workload. */
  readonly other: Approval;
}

const forgeries: Readonly<Record<string, (given: Given) => Approval>> = {
  'approved without a grant': ({ approval }) => withoutGrant(approval, 'approved'),
  'running without a grant': ({ approval }) => withoutGrant(approval, 'running'),
  'a key of their own': ({ approval }) => resigned(approval),
  'a key of their own under our id': ({ approval }) => {
    const { grant } = resigned(approval);
    if (grant === undefined || approval.grant === undefined) throw new Error('no grant');
    return { ...approval, grant: { ...grant, keyId: approval.grant.keyId } };
  },
  'no signature': ({ approval }) => {
    if (approval.grant === undefined) throw new Error('no grant');
    return { ...approval, grant: { ...approval.grant, signature: '' } };
  },
  'the grant of another approval': ({ approval, other }) => {
    if (other.grant === undefined) throw new Error('no grant');
    return { ...approval, grant: other.grant };
  },
  'the grant of another approval, with our id': ({ approval, other }) => {
    if (other.grant === undefined) throw new Error('no grant');
    return regrant({ ...approval, grant: other.grant }, { approval: approval.id });
  },
  'another image, signed by themselves': ({ approval }) => {
    const forged = swapped(approval);
    return resigned(forged, { digest: forged.digest });
  },
  'another image in plan and request': ({ approval }) => swapped(approval),
  'another image in plan and request, digest kept': ({ approval }) => {
    const { digest } = approval;
    return { ...swapped(approval), ...(digest === undefined ? {} : { digest }) };
  },
  'another image in plan, request, digest and grant': ({ approval }) => {
    const forged = swapped(approval);
    return regrant(forged, { digest: forged.digest });
  },
  'another image in the plan only': ({ approval }) => ({ ...swapped(approval), request: approval.request }),
  'another image in a plan that runs': ({ approval }) => ({ ...swapped(approval), state: 'running' }),
  'another image in a plan that runs, begun long ago': ({ late }) => ({
    ...swapped(late),
    state: 'running',
    startedAt: late.requestedAt,
  }),
  'another image in the request only': ({ approval }) => ({ ...approval, request: inside(approval.request, evil) }),
  'another workload in the request only': ({ approval }) => ({
    ...approval,
    request: inside(approval.request, (text) => text.replaceAll('"web"', '"api"')),
  }),
  'another namespace in the request only': ({ approval }) => ({
    ...approval,
    request: inside(approval.request, (text) => text.replaceAll('"shop"', '"default"')),
  }),
  'another remedy in the request only': ({ approval }) => ({
    ...approval,
    request: {
      ...approval.request,
      remedy: 'force-repull',
      targets: approval.request.targets.map(({ subject: workload }) => ({ subject: workload, params: {} })),
    },
  }),
  'another moment in the request, as a repull': ({ approval }) => ({
    ...approval,
    request: { ...approval.request, remedy: 'force-repull', at: '2020-01-01T00:00:00.000Z' },
  }),
  'one more target': ({ approval, other }) => ({
    ...approval,
    request: { ...approval.request, targets: [...approval.request.targets, ...other.request.targets] },
  }),
  'no targets, and a report instead': ({ approval }) => ({
    ...approval,
    request: {
      ...approval.request,
      targets: [],
      from: { reportId: 'forged', finding: 0, proposals: [0], everywhere: true },
    },
  }),
  'one more vote': ({ approval }) =>
    regrant(approval, {
      votes: [...(approval.grant?.grant.votes ?? []), { user: 'UCARL', groups: [], at: approval.requestedAt }],
    }),
  'another voter': ({ approval }) => regrant(approval, { votes: [{ user: 'UCARL', groups: [], at: 'now' }] }),
  'another requester': ({ approval }) => regrant({ ...approval, requester: 'UEVE' }, { requester: 'UEVE' }),
  'another requester in the record': ({ approval }) => ({ ...approval, requester: 'UEVE' }),
  'broken glass': ({ approval }) => regrant(approval, { breakGlass: 'it cannot wait any longer' }),
  'another nonce': ({ approval }) => regrant(approval, { nonce: 'again' }),
  'a lower risk': ({ approval }) => inside(approval, (text) => text.replaceAll('"risk":"low"', '"risk":"medium"')),
  'a moved end': ({ late }) => regrant(late, { executeBefore: new Date(Date.now() + 600_000).toISOString() }),
  'a true record after its time': ({ late }) => late,
  'a true record after its time, as running': ({ late }) => ({
    ...late,
    state: 'running',
    startedAt: late.requestedAt,
  }),
  'a true record as another approval': ({ approval }) => ({ ...approval, id: 'ZZZZZZZZ' }),
  'a true record as another approval, named in the grant': ({ approval }) =>
    regrant({ ...approval, id: 'ZZZZZZZZ' }, { approval: 'ZZZZZZZZ' }),
  'a true record of another team': ({ approval }) => ({ ...approval, team: 'T2' }),
  'a true record of another team, named in the grant': ({ approval }) =>
    regrant({ ...approval, team: 'T2' }, { team: 'T2' }),
  'a true record of another cluster': ({ approval }) => ({ ...approval, cluster: beta }),
  'a true record of another cluster, everywhere': ({ approval }) =>
    inside(approval, (text) => text.replaceAll(`"${alpha}"`, `"${beta}"`)),
};

describe('whoever can write everything in Redis', () => {
  let stage: SecurityStage;
  let given: Given;
  beforeAll(async () => {
    stage = await openStage();
    await Promise.all([deploy(stage, 'web'), deploy(stage, 'api')]);
    const [web, api] = [await plan(stage, 'web'), await plan(stage, 'api')];
    given = {
      approval: await granted(stage, web),
      late: await granted(stage, web, 11 * 60_000),
      other: await granted(stage, api),
    };
  }, 60_000);
  afterAll(() => stage.stop());

  it.each(Object.keys(forgeries))('changes nothing by %s', async (name) => {
    const forged = forgeries[name]?.(given) ?? given.approval;
    expect(forged).not.toEqual(given.approval);
    await forge(stage, forged);
    await runJob(stage, 'execute', jobOf(forged), forged.cluster);
    expect(stage.mutations()).toEqual([]);
    expect(await imageNow(stage, 'web')).toBe(imageOf('web', '1'));
    expect(await imageNow(stage, 'api')).toBe(imageOf('api', '1'));
  });

  it.each<[string, (approval: Approval) => unknown, string?]>([
    ['another approval', (a) => ({ ...jobOf(a), approval: 'ZZZZZZZZ' })],
    ['another team', (a) => ({ ...jobOf(a), team: 'T2' })],
    ['another cluster', (a) => ({ ...jobOf(a), cluster: beta })],
    ['the queue of another cluster', (a) => jobOf(a), beta],
    ['another cluster in its own queue', (a) => ({ ...jobOf(a), cluster: beta }), beta],
    ['another version', (a) => ({ ...jobOf(a), version: 2 })],
    ['no fields', () => ({})],
    ['no object', () => 'execute'],
    ['a team that is a path', (a) => ({ ...jobOf(a), team: `${team}:approval:${a.id}` })],
    ['keys of prototypes', (a) => JSON.parse(`{"__proto__":{"approval":"${a.id}"},"constructor":{},"version":1}`)],
    ['five megabytes', (a) => ({ ...jobOf(a), version: 0, more: 'x'.repeat(5_000_000) })],
  ])('does at most what was approved by a job with %s', async (_, data, queue = alpha) => {
    // The record is true, so whoever looks for what nobody holds may execute it: that once, and nothing else.
    const { approval } = given;
    await forge(stage, approval);
    await runJob(stage, 'execute', data(approval), queue);
    expect(stage.mutations().filter((one) => one !== approvedPatch)).toEqual([]);
    expect(stage.mutations().length).toBeLessThanOrEqual(1);
  });

  it('changes nothing by a record under the key of another', async () => {
    const { approval, other } = given;
    await forge(stage, approval, other.id);
    await runJob(stage, 'execute', { ...jobOf(approval), approval: other.id });
    await forge(stage, other, approval.id);
    await runJob(stage, 'execute', jobOf(approval));
    // What was approved may be found under its own key again and be done; the last test sees that it is done once.
    expect(stage.mutations().filter((mutation) => mutation !== approvedPatch)).toEqual([]);
  });

  it('changes nothing by votes of their own: the bot counts none that it has not signed', async () => {
    const evilRequest = {
      targets: [
        {
          subject: { kind: 'Deployment' as const, namespace: 'shop', name: 'web' },
          params: { image: imageOf('web', '2', 'evil') },
        },
      ],
    };
    const pending = await plan(stage, 'api', evilRequest);
    expect(pending.plan?.intent.risk).toBe('high');
    const at = new Date().toISOString();
    const votes = [
      { user: 'UCARL', groups: [], at },
      { user: 'UCARL', groups: [], at, signature: given.approval.votes[0]?.signature ?? '' },
      ...given.approval.votes.map((vote) => ({ ...vote, user: 'UCARL' })),
    ];
    for (const vote of votes) {
      await forge(stage, { ...pending, votes: [vote] });
      expect(await decide(clickOn(pending), stage.bot)).toMatchObject({ kind: 'voted' });
      expect((await stored(stage, pending.id)).votes.map(({ user }) => user)).toEqual(['UBEN']);
    }
    // A true vote counts for what it was cast on, and for nothing else.
    const [ben] = (await stored(stage, pending.id)).votes;
    const again = { ...pending, votes: ben === undefined ? [] : [ben] };
    const others = [
      // Who asked is signed as well.
      { other: { requester: 'UEVE' }, kind: 'refused' },
      { other: { expiresAt: '2099-01-01T00:00:00.000Z' }, kind: 'voted' },
    ];
    for (const { other, kind } of others) {
      await forge(stage, { ...again, ...other });
      expect(await decide(clickOn(pending, { user: 'UCARL' }), stage.bot)).toMatchObject({ kind });
    }
    expect(await imageNow(stage, 'api')).toBe(imageOf('api', '1'));
  });

  it('would have changed it by the true record: every attack above failed for its own reason', async () => {
    const { approval } = given;
    await forge(stage, approval);
    await runJob(stage, 'execute', jobOf(approval));
    await reaches(stage, approval.id, ['verifying', 'done']);
    expect(await imageNow(stage, 'web')).toBe(imageOf('web', '2'));
    expect(stage.mutations()).toEqual([approvedPatch]);
    expect((await deploymentOf(stage, 'web')).metadata.annotations).toMatchObject({
      'imagecheck.dev/last-approval': approval.id,
    });
  });
});
