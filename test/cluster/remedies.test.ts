import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { RemediationFamily } from '../../src/kubernetes/rights/worker-rights.ts';
import type { Approval } from '../../src/model/approval/approval.ts';
import { workload } from './support/remedies-objects.ts';
import {
  digestsOf,
  eventually,
  imageOf,
  type Place,
  strategic,
  strategicType,
  type Wanted,
} from './support/remedies-place.ts';
import { openStage, robot, type Stage } from './support/remedies-stage.ts';

const images: readonly RemediationFamily[] = ['workload-images'];
const web = ['Deployment', 'web'] as const;

/** One remedy and its undo, with the rights of its families and no others. */
interface Case {
  readonly families: readonly RemediationFamily[];
  /** Until the workload is as someone finds it. */
  readonly set: (place: Place) => Promise<void>;
  readonly wanted: (place: Place) => Wanted;
  /** Once it is done. */
  readonly after: (place: Place, done: Approval) => Promise<void>;
  /** Once it is undone; left out where the plan had no way back. */
  readonly undone?: (place: Place) => Promise<void>;
}

async function running(place: Place, replicas = 2): Promise<void> {
  place.push('1');
  place.push('2');
  await place.create('Deployment', workload('Deployment', 'web', { image: place.image('1'), replicas }));
  await place.ready('web', replicas);
}

const atImage = (tag: string) => async (place: Place) => {
  expect(imageOf(await place.get('Deployment', 'web'))).toBe(place.image(tag));
};

/** A tag that moved under pods which are not asked to pull again. */
async function moved(place: Place): Promise<void> {
  await running(place);
  place.push('1', 'moved');
}

async function secretOf(place: Place, name: string): Promise<Record<string, { auth?: string }>> {
  const { data } = (await place.get('Secret', name)) as unknown as { data: Record<string, string> };
  const text = Buffer.from(data['.dockerconfigjson'] ?? '', 'base64').toString('utf8');
  return (JSON.parse(text) as { auths: Record<string, { auth?: string }> }).auths;
}

const ours = Buffer.from(`${robot.username}:${robot.password}`).toString('base64');

async function unpullable(place: Place, pod: object = {}): Promise<void> {
  place.push('1', '1', { private: true });
  await place.create('Deployment', workload('Deployment', 'web', { image: place.image('1'), pod }));
  await place.waiting('web', 'ImagePullBackOff');
}

async function pullSecret(place: Place): Promise<void> {
  const auths = { 'registry.example.test': { auth: Buffer.from('a:b').toString('base64') } };
  await place.create('Secret', {
    metadata: { name: 'pull' },
    type: 'kubernetes.io/dockerconfigjson',
    stringData: { '.dockerconfigjson': JSON.stringify({ auths }) },
  });
}

const accountNames = async (place: Place) => {
  const { imagePullSecrets = [] } = (await place.get('ServiceAccount', 'default')) as unknown as {
    imagePullSecrets?: { name: string }[];
  };
  return imagePullSecrets.map(({ name }) => name);
};
const templateNames = async (place: Place) => {
  const { spec } = (await place.get('Deployment', 'web')) as unknown as {
    spec: { template: { spec: { imagePullSecrets?: { name: string }[] } } };
  };
  return (spec.template.spec.imagePullSecrets ?? []).map(({ name }) => name);
};
const missing = async (place: Place, name: string) => expect(place.get('Secret', name)).rejects.toThrow(/404/);

const cases: Readonly<Record<string, Case>> = {
  'force-repull': {
    families: images,
    set: moved,
    wanted: () => ({ remedy: 'force-repull', on: web }),
    after: async (place, done) => {
      expect(done.results).toMatchObject([{ outcome: 'fixed', pods: { desired: 2, onDigest: 2 } }]);
      expect(await digestsOf(place, 'web')).toEqual([place.push('1', 'moved')]);
    },
    undone: async (place) => {
      const first = place.push('before', '1');
      expect(await digestsOf(place, 'web')).toEqual([first]);
    },
  },
  'set-image by tag': {
    families: images,
    set: running,
    wanted: () => ({ remedy: 'set-image', on: web, params: { image: ':2' } }),
    after: atImage('2'),
    undone: atImage('1'),
  },
  'set-image by repository': {
    families: images,
    set: async (place) => {
      await running(place);
      place.push('9', 'other', { repository: 'other' });
    },
    wanted: (place) => ({
      remedy: 'set-image',
      on: web,
      params: { container: 'app', image: `ghcr.io/${place.namespace}/other:9` },
    }),
    after: async (place) => {
      expect(imageOf(await place.get('Deployment', 'web'))).toBe(`ghcr.io/${place.namespace}/other:9`);
    },
    undone: atImage('1'),
  },
  'set-image by digest': {
    families: images,
    set: running,
    wanted: (place) => ({ remedy: 'set-image', on: web, params: { image: place.push('2') } }),
    after: async (place) => {
      expect(imageOf(await place.get('Deployment', 'web'))).toBe(`ghcr.io/${place.namespace}/web@${place.push('2')}`);
      expect(await digestsOf(place, 'web')).toEqual([place.push('2')]);
    },
    undone: atImage('1'),
  },
  'set-pull-policy': {
    families: images,
    set: running,
    wanted: () => ({ remedy: 'set-pull-policy', on: web, params: { policy: 'Always' } }),
    after: async (place) => {
      expect(JSON.stringify((await place.get('Deployment', 'web'))['spec'])).toContain('"imagePullPolicy":"Always"');
    },
    undone: async (place) => {
      const { spec } = await place.get('Deployment', 'web');
      expect(JSON.stringify(spec)).toContain('"imagePullPolicy":"IfNotPresent"');
    },
  },
  'roll-back': {
    families: images,
    set: async (place) => {
      await running(place);
      const containers = [{ name: 'app', image: place.image('2') }];
      await place.patch('Deployment', 'web', strategic(containers), strategicType);
      await eventually(async () => expect(await digestsOf(place, 'web')).toEqual([place.push('2')]));
    },
    wanted: () => ({ remedy: 'roll-back', on: web }),
    after: async (place) => {
      await atImage('1')(place);
      expect(await digestsOf(place, 'web')).toEqual([place.push('1')]);
    },
    undone: atImage('2'),
  },
  'add-pull-secret, created, to the service account': {
    families: ['pull-secrets-writing', 'workload-images'],
    set: unpullable,
    wanted: () => ({ remedy: 'add-pull-secret', on: web, params: { registry: 'ghcr.io' } }),
    after: async (place, done) => {
      expect(done.results).toMatchObject([{ outcome: 'fixed' }]);
      expect(await secretOf(place, 'imagecheck-ghcr-io')).toMatchObject({ 'ghcr.io': { auth: ours } });
      expect(await accountNames(place)).toEqual(['imagecheck-ghcr-io']);
      expect(JSON.stringify(done)).not.toContain(robot.password);
    },
    undone: async (place) => {
      await missing(place, 'imagecheck-ghcr-io');
      expect(await accountNames(place)).toEqual([]);
    },
  },
  'add-pull-secret, merged, to the template': {
    families: ['pull-secrets-writing', 'workload-images'],
    set: async (place) => {
      await pullSecret(place);
      await unpullable(place);
    },
    wanted: () => ({
      remedy: 'add-pull-secret',
      on: web,
      params: { registry: 'ghcr.io', secret: 'pull', attach: 'template' },
    }),
    after: async (place, done) => {
      expect(done.results).toMatchObject([{ outcome: 'fixed' }]);
      expect(Object.keys(await secretOf(place, 'pull')).sort()).toEqual(['ghcr.io', 'registry.example.test']);
      expect(await templateNames(place)).toEqual(['pull']);
    },
    undone: async (place) => {
      expect(Object.keys(await secretOf(place, 'pull'))).toEqual(['registry.example.test']);
      expect(await templateNames(place)).toEqual([]);
    },
  },
};

describe.concurrent('with the rights of its family and no others', { timeout: 120_000 }, () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage(inject('cluster'));
  });
  afterAll(() => stage?.close());

  it.each(Object.entries(cases))('%s is done once, is seen to help, and is undone', async (_, one) => {
    const place = await stage.place('each', one.families);
    await one.set(place);
    const plan = await place.plan(one.wanted(place));
    expect(plan).toMatchObject({ state: 'pending' });
    expect(plan.plan?.targets.flatMap(({ dryRuns }) => dryRuns.map(({ outcome }) => outcome))).not.toContain(
      'forbidden',
    );
    const begun = await place.execute(await place.approve(plan));
    expect(begun, begun.outcome ?? '').toMatchObject({ state: 'verifying' });
    const done = await place.settle(begun);
    expect(done).toMatchObject({ state: 'done', results: [{ outcome: 'fixed' }] });
    await one.after(place, done);
    await place.eventOf(done);
    const back = await place.fix({ remedy: 'undo', undoes: done });
    expect(back).toMatchObject({ state: 'done' });
    await one.undone?.(place);
    // It was executed and undone: a record of it that is played again changes nothing.
    const generation = (await place.get('Deployment', 'web')).metadata.generation;
    await place.replay(begun);
    expect((await place.get('Deployment', 'web')).metadata.generation).toBe(generation);
  });

  it.each([
    ['DaemonSet', 'agent', 2],
    ['StatefulSet', 'db', 2],
  ] as const)('set-image of a healthy %s needs no right to delete pods', async (kind, name, count) => {
    const place = await stage.place(name, images);
    place.push('1');
    place.push('2');
    await place.create(kind, workload(kind, name, { image: place.image('1'), replicas: count }));
    await place.ready(name, count);
    const done = await place.fix({ remedy: 'set-image', on: [kind, name], params: { image: ':2' } });
    expect(done.results).toMatchObject([{ outcome: 'fixed', pods: { desired: count, onDigest: count } }]);
    expect(await digestsOf(place, name)).toEqual([place.push('2')]);
    const back = await place.fix({ remedy: 'undo', undoes: done });
    expect(back.results).toMatchObject([{ outcome: 'fixed' }]);
    expect(await digestsOf(place, name)).toEqual([place.push('1')]);
  });

  it('a CronJob takes it at its next run', async () => {
    const place = await stage.place('cron', images);
    place.push('1');
    place.push('2');
    await place.create('CronJob', workload('CronJob', 'nightly', { image: place.image('1') }));
    const done = await place.fix({ remedy: 'set-image', on: ['CronJob', 'nightly'], params: { image: ':2' } });
    expect(done.results).toMatchObject([{ outcome: 'applied', detail: 'takes effect at the next run' }]);
    expect(JSON.stringify((await place.get('CronJob', 'nightly'))['spec'])).toContain(place.image('2'));
  });

  it('a bare pod restarts in place with another image, and with nothing else', async () => {
    const place = await stage.place('bare', images);
    place.push('1');
    place.push('2');
    const { metadata } = await place.create('Pod', workload('Pod', 'bare', { image: place.image('1') }));
    await place.ready('bare', 1);
    const done = await place.fix({ remedy: 'set-image', on: ['Pod', 'bare'], params: { image: ':2' } });
    expect(done.results).toMatchObject([{ outcome: 'fixed' }]);
    expect((await place.get('Pod', 'bare')).metadata.uid).toBe(metadata.uid);
    const policy = await place.plan({ remedy: 'set-pull-policy', on: ['Pod', 'bare'], params: { policy: 'Always' } });
    expect(policy).toMatchObject({ state: 'failed', outcome: expect.stringContaining('cannot be changed') });
  });
});
