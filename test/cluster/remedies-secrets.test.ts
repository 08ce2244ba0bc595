import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Approval } from '../../src/model/approval/approval.ts';
import { type OpenReach, openReach } from '../../src/wire/reach.ts';
import { type Disturbance, type FaultyForwarder, startFaultyForwarder } from '../support/faulty-forwarder.ts';
import { kubeconfig } from './support/control-plane.ts';
import { workload } from './support/remedies-objects.ts';
import { openPlace, type Place, type Wanted } from './support/remedies-place.ts';
import { openStage, type Stage } from './support/remedies-stage.ts';

const web = ['Deployment', 'web'] as const;
const created: Wanted = { remedy: 'add-pull-secret', on: web, params: { registry: 'ghcr.io' } };
const merged: Wanted = { remedy: 'add-pull-secret', on: web, params: { registry: 'ghcr.io', secret: 'pull' } };
const own = 'imagecheck-ghcr-io';

/** A place whose worker reaches the API server over a forwarder that spoils chosen requests. */
interface FarPlace extends Place {
  readonly faults: FaultyForwarder;
  close(): Promise<void>;
}

const sibling = ({ id }: Approval) => `pull-imagecheck-${id.toLowerCase()}`;

/** Once, for the first request of that method and path that is no dry run. */
function once(
  faults: FaultyForwarder,
  wanted: readonly [method: string, path: RegExp],
  what: () => Promise<Disturbance | undefined> | Disturbance | undefined,
) {
  const state = { met: 0 };
  faults.spoil = (method, path) => {
    const isIt = method === wanted[0] && wanted[1].test(path.split('?')[0] ?? '') && !path.includes('dryRun');
    if (!isIt) return undefined;
    state.met += 1;
    return state.met === 1 ? what() : undefined;
  };
  return state;
}

describe.concurrent('a pull secret, written and taken back', { timeout: 120_000 }, () => {
  let stage: Stage;
  const places: FarPlace[] = [];
  beforeAll(async () => {
    stage = await openStage(inject('cluster'));
  });
  afterAll(async () => {
    await Promise.all(places.map((place) => place.close()));
    await stage?.close();
  });

  async function far(name: string): Promise<FarPlace> {
    const { url, caPem, directory } = inject('cluster');
    const faults = await startFaultyForwarder({ url, caPem, token: stage.workerToken, stop: () => Promise.resolve() });
    const file = join(directory, `far-${randomUUID()}.yaml`);
    await writeFile(file, kubeconfig({ url: faults.server.url, caPem, token: stage.workerToken }), { mode: 0o600 });
    const reach: OpenReach = await openReach(stage.config, {
      id: 'test',
      access: { type: 'kubeconfig', files: [file] },
    });
    const near = await openPlace({ ...stage, reach }, name, ['pull-secrets-writing', 'workload-images']);
    const place: FarPlace = {
      ...near,
      faults,
      close: async () => {
        await stage.api.removeNamespace(near.namespace);
        await reach.close();
        await faults.server.stop();
      },
    };
    places.push(place);
    return place;
  }

  /** A Deployment that cannot pull, and where wanted a Secret with the entry of another registry. */
  async function unpullable(name: string, isMerge: boolean): Promise<FarPlace> {
    const place = await far(name);
    if (isMerge) {
      const data = { '.dockerconfigjson': encode({ 'registry.example.test': { auth: 'YTpi' } }) };
      await place.create('Secret', { metadata: { name: 'pull' }, type: 'kubernetes.io/dockerconfigjson', data });
    }
    place.push('1', '1', { private: true });
    await place.create('Deployment', workload('Deployment', 'web', { image: place.image('1') }));
    await place.waiting('web', 'ImagePullBackOff');
    return place;
  }

  const encode = (auths: object) => Buffer.from(JSON.stringify({ auths })).toString('base64');
  async function entries(place: Place, name: string): Promise<readonly string[]> {
    const { data } = (await place.get('Secret', name)) as unknown as { data: Record<string, string> };
    const text = Buffer.from(data['.dockerconfigjson'] ?? '', 'base64').toString('utf8');
    return Object.keys((JSON.parse(text) as { auths: object }).auths).sort();
  }
  const isGone = (place: Place, name: string) => expect(place.get('Secret', name)).rejects.toThrow(/404/);
  async function attached(place: Place): Promise<readonly string[]> {
    const { imagePullSecrets = [] } = (await place.get('ServiceAccount', 'default')) as unknown as {
      imagePullSecrets?: { name: string }[];
    };
    return imagePullSecrets.map(({ name }) => name);
  }
  /** Someone else adds the entry of another registry. */
  async function addEntry(place: Place, name: string): Promise<void> {
    const { data } = (await place.get('Secret', name)) as unknown as { data: Record<string, string> };
    const text = Buffer.from(data['.dockerconfigjson'] ?? '', 'base64').toString('utf8');
    const { auths } = JSON.parse(text) as { auths: object };
    await place.patch('Secret', name, {
      data: { '.dockerconfigjson': encode({ ...auths, 'theirs.example.test': { auth: 'Yzpk' } }) },
    });
  }
  const attachTheirs = (place: Place) =>
    place.patch('ServiceAccount', 'default', { imagePullSecrets: [{ name: 'theirs' }] });

  const secrets = /\/secrets$/;
  it.each<[string, Wanted, readonly [string, RegExp]]>([
    ['the creation of the Secret', created, ['POST', secrets]],
    ['the copy of what the Secret held', merged, ['POST', secrets]],
    ['the change of the Secret', merged, ['PATCH', /\/secrets\/pull$/]],
    ['the change of the service account', created, ['PATCH', /\/serviceaccounts\/default$/]],
  ])('the lost answer to %s: done once', async (_, wanted, request) => {
    const place = await unpullable('lost', wanted === merged);
    const approved = await place.approve(await place.plan(wanted));
    const met = once(place.faults, request, () => 'drop-after');
    const done = await place.settle(await place.execute(approved));
    expect(met.met).toBeGreaterThan(0);
    expect(done).toMatchObject({ state: 'done', results: [{ outcome: 'fixed' }] });
    const name = wanted === merged ? 'pull' : own;
    expect(await entries(place, name)).toEqual(wanted === merged ? ['ghcr.io', 'registry.example.test'] : ['ghcr.io']);
    expect(await attached(place)).toEqual([name]);
    const stored = place.faults.answered.filter(
      ({ method, path, code }) => method === request[0] && request[1].test(path) && code <= 299,
    );
    expect(stored.filter(({ path }) => !path.includes('dryRun')).length).toBeLessThanOrEqual(1);
  });

  it.each<[string, Wanted, RegExp]>([
    ['the Secret that was made', created, new RegExp(`/secrets/${own}$`)],
    ['the copy of what it held', merged, /\/secrets\/pull-imagecheck-/],
  ])('the lost answer to the deletion of %s: taken back once', async (_, wanted, path) => {
    const place = await unpullable('lost', wanted === merged);
    const done = await place.fix(wanted);
    const back = await place.approve(await place.plan({ remedy: 'undo', undoes: done }));
    const met = once(place.faults, ['DELETE', path], () => 'drop-after');
    expect(await place.settle(await place.execute(back))).toMatchObject({ state: 'done' });
    expect(met.met).toBeGreaterThan(0);
    if (wanted === created) await isGone(place, own);
    else expect(await entries(place, 'pull')).toEqual(['registry.example.test']);
    await isGone(place, sibling(done));
    expect(await attached(place)).toEqual([]);
    expect(place.stored(done.id).results).toMatchObject([{ undoneBy: back.id }]);
  });

  it('an entry that someone adds between reading and writing stays, and is there after the undo', async () => {
    const place = await unpullable('between', true);
    const approved = await place.approve(await place.plan(merged));
    const met = once(place.faults, ['PATCH', /\/secrets\/pull$/], async () => {
      await addEntry(place, 'pull');
      return undefined;
    });
    const done = await place.settle(await place.execute(approved));
    expect(met.met).toBe(2);
    expect(done).toMatchObject({ state: 'done', results: [{ outcome: 'fixed' }] });
    expect(await entries(place, 'pull')).toEqual(['ghcr.io', 'registry.example.test', 'theirs.example.test']);
    await place.fix({ remedy: 'undo', undoes: done });
    expect(await entries(place, 'pull')).toEqual(['registry.example.test', 'theirs.example.test']);
    await isGone(place, sibling(done));
  });

  it('a pull secret that someone attaches between reading and writing stays attached', async () => {
    const place = await unpullable('between', false);
    const approved = await place.approve(await place.plan(created));
    const met = once(place.faults, ['PATCH', /\/serviceaccounts\/default$/], async () => {
      await attachTheirs(place);
      return undefined;
    });
    const done = await place.settle(await place.execute(approved));
    expect(met.met).toBe(2);
    expect(done.results).toMatchObject([{ outcome: 'fixed' }]);
    expect([...(await attached(place))].sort()).toEqual([own, 'theirs'].sort());
    await place.fix({ remedy: 'undo', undoes: done });
    expect(await attached(place)).toEqual(['theirs']);
  });

  it('a Secret of that name that someone makes meanwhile is theirs', async () => {
    const place = await unpullable('taken', false);
    const approved = await place.approve(await place.plan(created));
    once(place.faults, ['POST', secrets], async () => {
      const data = { '.dockerconfigjson': encode({ 'theirs.example.test': { auth: 'Yzpk' } }) };
      await place.create('Secret', { metadata: { name: own }, type: 'kubernetes.io/dockerconfigjson', data });
      return undefined;
    });
    const ended = await place.execute(approved);
    expect(ended).toMatchObject({ state: 'failed', outcome: expect.stringContaining(`secret/${own} is there now`) });
    expect(await entries(place, own)).toEqual(['theirs.example.test']);
    expect(await attached(place)).toEqual([]);
  });

  const refusal: Disturbance = {
    answer: 403,
    body: JSON.stringify({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      reason: 'Forbidden',
      message: 'admission webhook "rules.example.test" denied the request: not in the week of the fair',
      code: 403,
    }),
  };

  it('the change of the Secret is refused: no copy of what it holds is left, and the next try is a new one', async () => {
    const place = await unpullable('refused', true);
    const approved = await place.approve(await place.plan(merged));
    once(place.faults, ['PATCH', /\/secrets\/pull$/], () => refusal);
    const ended = await place.execute(approved);
    expect(ended).toMatchObject({ state: 'failed', outcome: expect.stringContaining('not in the week of the fair') });
    await isGone(place, sibling(approved));
    expect(await entries(place, 'pull')).toEqual(['registry.example.test']);
    expect((await place.fix(merged)).results).toMatchObject([{ outcome: 'fixed' }]);
  });

  it('the service account is refused after the Secret was written: said, and undone', async () => {
    const place = await unpullable('half', true);
    const approved = await place.approve(await place.plan(merged));
    once(place.faults, ['PATCH', /\/serviceaccounts\/default$/], () => refusal);
    const ended = await place.settle(await place.execute(approved));
    expect(ended.outcome).toMatch(
      /^not fixed: done: auths\["ghcr\.io"\]: \(set\); then not: .*not in the week of the fair/,
    );
    expect(await entries(place, 'pull')).toEqual(['ghcr.io', 'registry.example.test']);
    expect(await entries(place, sibling(approved))).toEqual(['registry.example.test']);
    await place.fix({ remedy: 'undo', undoes: ended });
    expect(await entries(place, 'pull')).toEqual(['registry.example.test']);
    await isGone(place, sibling(approved));
  });

  it('the next try attaches what the first one wrote, and each is undone by its own undo', async () => {
    const place = await unpullable('next', true);
    const first = await place.approve(await place.plan(merged));
    once(place.faults, ['PATCH', /\/serviceaccounts\/default$/], () => refusal);
    const half = await place.settle(await place.execute(first));
    const second = await place.fix(merged);
    expect(second.results).toMatchObject([{ outcome: 'fixed' }]);
    await isGone(place, sibling(second));
    expect(await place.fix({ remedy: 'undo', undoes: second })).toMatchObject({ state: 'done' });
    expect(await attached(place)).toEqual([]);
    expect(await entries(place, 'pull')).toEqual(['ghcr.io', 'registry.example.test']);
    expect(await place.fix({ remedy: 'undo', undoes: half })).toMatchObject({ state: 'done' });
    expect(await entries(place, 'pull')).toEqual(['registry.example.test']);
    await isGone(place, sibling(half));
  });

  it.each([
    ['made', created, own],
    ['got an entry', merged, 'pull'],
  ])('the undo of a Secret that was %s and changed by someone since leaves it as it is', async (_, wanted, name) => {
    const place = await unpullable('theirs', wanted === merged);
    const done = await place.fix(wanted);
    await addEntry(place, name);
    const shown = await place.plan({ remedy: 'undo', undoes: done });
    expect(shown.plan?.warnings.join('\n')).toContain(`secret/${name} was changed by kubectl-edit since`);
    const ended = await place.execute(await place.approve(shown));
    expect(ended).toMatchObject({
      state: 'failed',
      outcome: expect.stringContaining(`secret/${name} was changed by kubectl-edit since`),
    });
    expect(await entries(place, name)).toContain('theirs.example.test');
    expect(await attached(place)).toEqual([name]);
  });
});
