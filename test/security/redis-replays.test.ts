import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Approval } from '../../src/model/approval/approval.ts';
import { keysOf } from '../../src/store/redis/keys.ts';
import {
  deploy,
  deploymentOf,
  eventually,
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
import { openStage, prefix, type SecurityStage, shop, team } from './stage.ts';

const last = 'imagecheck.dev/last-approval';
const earlier = 'imagecheck.dev/earlier-approvals';

describe('a true record that is played again', () => {
  let stage: SecurityStage;
  beforeAll(async () => {
    stage = await openStage();
  }, 60_000);
  afterAll(() => stage.stop());

  const patchesOf = (name: string): number =>
    stage.mutations().filter((one) => one === `PATCH /apis/apps/v1/namespaces/${shop}/deployments/${name}`).length;

  /** Executed and verified; the record as it was when it was approved. */
  const executed = async (name: string, over = {}): Promise<Approval> => {
    const approval = await granted(stage, await plan(stage, name, over));
    await forge(stage, approval);
    await runJob(stage, 'execute', jobOf(approval));
    await reaches(stage, approval.id, ['done']);
    return approval;
  };

  /** As approved and as running, by a job and by nobody's. */
  const replay = async (approval: Approval): Promise<void> => {
    for (const state of ['approved', 'running'] as const) {
      const startedAt = new Date().toISOString();
      await forge(stage, { ...approval, state, ...(state === 'running' ? { startedAt } : {}) });
      await runJob(stage, 'execute', jobOf(approval));
      expect(['approved', 'running']).not.toContain((await stored(stage, approval.id)).state);
    }
  };

  const byHand = async (name: string, patch: Readonly<Record<string, unknown>>): Promise<void> => {
    const { status } = await stage.api.patch(`/apis/apps/v1/namespaces/${shop}/deployments/${name}`, patch);
    expect(status).toBe(200);
  };
  const template = (name: string, tag: string) => ({
    spec: { template: { spec: { containers: [{ name: 'app', image: imageOf(name, tag) }] } } },
  });

  const undo = async (approval: Approval): Promise<Approval> =>
    executed('unused', { remedy: 'undo', targets: [], undoes: approval.id });

  it('is not executed again', async () => {
    await deploy(stage, 'again');
    await replay(await executed('again'));
    expect(patchesOf('again')).toBe(1);
  });

  it('is not executed again after its undo, and neither is the undo', async () => {
    await deploy(stage, 'undone');
    const approval = await executed('undone');
    const back = await undo(approval);
    expect(await imageNow(stage, 'undone')).toBe(imageOf('undone', '1'));
    await replay(approval);
    await replay(back);
    expect(await imageNow(stage, 'undone')).toBe(imageOf('undone', '1'));
    expect(patchesOf('undone')).toBe(2);
  });

  it('is not executed again after someone set the image back by hand', async () => {
    await deploy(stage, 'hand');
    const approval = await executed('hand');
    await byHand('hand', template('hand', '1'));
    await replay(approval);
    expect(await imageNow(stage, 'hand')).toBe(imageOf('hand', '1'));
  });

  it('is not executed again after its marks were taken away, as kubectl rollout undo does', async () => {
    await deploy(stage, 'rolled');
    const approval = await executed('rolled');
    const { annotations = {} } = (await deploymentOf(stage, 'rolled')).metadata;
    const gone = Object.fromEntries(Object.keys(annotations).map((key) => [key, null]));
    await byHand('rolled', { ...template('rolled', '1'), metadata: { annotations: gone } });
    expect((await deploymentOf(stage, 'rolled')).metadata.annotations?.[last]).toBeUndefined();
    await replay(approval);
    expect(await imageNow(stage, 'rolled')).toBe(imageOf('rolled', '1'));
    expect(patchesOf('rolled')).toBe(1);
  });

  it('makes no Secret again that an undo took away together with its marks', async () => {
    await deploy(stage, 'secret');
    const name = 'imagecheck-ghcr-io';
    const account = `/api/v1/namespaces/${shop}/serviceaccounts/default`;
    const { status } = await stage.api.patch(account, { imagePullSecrets: [{ name }] });
    expect(status).toBe(200);
    const workload = { kind: 'Deployment' as const, namespace: shop, name: 'secret' };
    const targets = [{ subject: workload, params: { registry: 'ghcr.io' } }];
    const approval = await executed('secret', { remedy: 'add-pull-secret', targets });
    const operations = approval.plan?.intent.targets[0]?.operations.map(({ type }) => type) ?? [];
    expect(operations).not.toContain('edit-service-account');
    await undo(approval);
    const secrets = () => stage.mutations().filter((one) => one.includes('/secrets'));
    const [made, ...removed] = secrets();
    expect([made, ...removed]).toEqual([
      `POST /api/v1/namespaces/${shop}/secrets`,
      `DELETE /api/v1/namespaces/${shop}/secrets/${name}`,
    ]);
    await replay(approval);
    expect(secrets()).toHaveLength(2);
  });

  it('is not executed again behind many other approvals', async () => {
    await deploy(stage, 'many');
    const approval = await executed('many');
    for (const tag of ['1', '2', '1']) {
      const workload = { kind: 'Deployment' as const, namespace: shop, name: 'many' };
      await executed('many', { targets: [{ subject: workload, params: { image: `:${tag}` } }] });
    }
    expect((await deploymentOf(stage, 'many')).metadata.annotations?.[earlier]).toContain(`${approval.id}@`);
    await replay(approval);
    expect(await imageNow(stage, 'many')).toBe(imageOf('many', '1'));
    expect(patchesOf('many')).toBe(4);
  });

  it('is not executed again with its audit records and every other key gone', async () => {
    await deploy(stage, 'wiped');
    const approval = await executed('wiped');
    const { client } = stage.store;
    const kept = await client.keys(`*${prefix}*`);
    const doomed = kept.filter((key) => !/:(?:queue|workers|worker-states)/.test(key));
    expect(doomed).toContain(keysOf(prefix).audit);
    await client.del(...doomed);
    await replay(approval);
    expect(patchesOf('wiped')).toBe(1);
  });

  it('is executed once by workers that all hold it, because the attacker gives it to everyone', async () => {
    await deploy(stage, 'shared');
    const approval = await granted(stage, await plan(stage, 'shared'));
    await forge(stage, approval);
    const { client } = stage.store;
    const stop = new AbortController();
    const freeing = (async () => {
      while (!stop.signal.aborted) await client.hdel(keysOf(prefix).approval(team, approval.id), 'holder', 'until');
    })();
    await Promise.all(Array.from({ length: 8 }, () => runJob(stage, 'execute', jobOf(approval))));
    stop.abort();
    await freeing;
    await eventually(async () => expect(await imageNow(stage, 'shared')).toBe(imageOf('shared', '2')));
    await replay(approval);
    expect(patchesOf('shared')).toBe(1);
  });

  it('is not executed at all while the attacker holds it, and once afterwards', async () => {
    await deploy(stage, 'stolen');
    const approval = await granted(stage, await plan(stage, 'stolen'));
    await forge(stage, approval);
    const key = keysOf(prefix).approval(team, approval.id);
    await stage.store.client.hset(key, { holder: 'thief', until: Date.now() + 600_000 });
    await runJob(stage, 'execute', jobOf(approval));
    expect(patchesOf('stolen')).toBe(0);
    await stage.store.client.hdel(key, 'holder', 'until');
    await runJob(stage, 'execute', jobOf(approval));
    await replay(approval);
    expect(patchesOf('stolen')).toBe(1);
  });
});
