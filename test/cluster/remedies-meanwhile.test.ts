import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { workload } from './support/remedies-objects.ts';
import { digestsOf, imageOf, type Place, strategic, strategicType, type Wanted } from './support/remedies-place.ts';
import { openStage, type Stage } from './support/remedies-stage.ts';

const web = ['Deployment', 'web'] as const;

/** What happens between the plan and its execution. */
type Meanwhile = (place: Place) => Promise<void>;

const setImage: Wanted = { remedy: 'set-image', on: web, params: { image: ':2' } };
const sidecar: Meanwhile = (place) =>
  place.patch('Deployment', 'web', strategic([{ name: 'sidecar', image: place.image('1') }]), strategicType);

const kept: Readonly<Record<string, readonly [Meanwhile, Wanted]>> = {
  'a scale through the scale subresource, as a HorizontalPodAutoscaler does': [
    (place) => place.patch('Deployment', 'web', { spec: { replicas: 3 } }, { subresource: 'scale' }),
    setImage,
  ],
  'a sidecar injected into the template': [sidecar, setImage],
  'a sidecar injected into the template, and pull policies of all that was there': [
    sidecar,
    { remedy: 'set-pull-policy', on: web, params: { policy: 'Always' } },
  ],
  'a label on the object': [
    (place) => place.patch('Deployment', 'web', { metadata: { labels: { tier: 'front' } } }),
    setImage,
  ],
  'a label in the template': [
    (place) => place.patch('Deployment', 'web', { spec: { template: { metadata: { labels: { tier: 'front' } } } } }),
    setImage,
  ],
  'another environment variable': [
    (place) =>
      place.patch(
        'Deployment',
        'web',
        strategic([{ name: 'app', env: [{ name: 'MODE', value: 'test' }] }]),
        strategicType,
      ),
    setImage,
  ],
  'a pod that died': [
    async (place) => {
      const [pod] = await place.pods('web');
      await place.remove('Pod', pod?.metadata.name ?? '');
    },
    setImage,
  ],
};

const superseding: Readonly<Record<string, Meanwhile>> = {
  'another image': (place) =>
    place.patch('Deployment', 'web', strategic([{ name: 'app', image: place.image('3') }]), strategicType),
  'a tag that moved': async (place) => void place.push('2', 'moved'),
  'the workload deleted and recreated': async (place) => {
    const { metadata } = await place.get('Deployment', 'web');
    await place.remove('Deployment', 'web');
    await place.create('Deployment', workload('Deployment', 'web', { image: place.image('1'), replicas: 2 }));
    expect((await place.get('Deployment', 'web')).metadata.uid).not.toBe(metadata.uid);
  },
};

const ending: Readonly<Record<string, readonly [Meanwhile, RegExp]>> = {
  'its container has another name': [
    (place) => {
      const containers = [{ name: 'other', image: place.image('1') }];
      return place.patch('Deployment', 'web', { spec: { template: { spec: { containers } } } });
    },
    /There is no container app/,
  ],
  'it has the image already': [
    (place) => place.patch('Deployment', 'web', strategic([{ name: 'app', image: place.image('2') }]), strategicType),
    /Nothing to do/,
  ],
  'it is gone': [(place) => place.remove('Deployment', 'web'), /There is no deployment\/web\b/],
  'its owners protect it': [
    (place) => place.patch('Deployment', 'web', { metadata: { annotations: { 'imagecheck.dev/protect': 'true' } } }),
    /protected by its owners/,
  ],
  'its owners allow something else only': [
    (place) =>
      place.patch('Deployment', 'web', { metadata: { annotations: { 'imagecheck.dev/allow': 'force-repull' } } }),
    /allow force-repull only/,
  ],
  'the tag is gone': [
    async (place) => {
      const remove = { repository: `${place.namespace}/web`, tags: ['2'] };
      place.registry({ remove });
    },
    /does not exist/,
  ],
};

const setTo =
  (container: object): Meanwhile =>
  (place) =>
    place.patch('Deployment', 'web', strategic([{ name: 'app', ...container }]), strategicType);

/** The other remedies meet what someone else did to the field that they would change. */
const others: Readonly<
  Record<
    string,
    { readonly set: Meanwhile; readonly wanted: Wanted; readonly meanwhile: Meanwhile; readonly why: RegExp }
  >
> = {
  'set-pull-policy, and someone set another policy': {
    set: async () => {},
    wanted: { remedy: 'set-pull-policy', on: web, params: { policy: 'Always' } },
    meanwhile: setTo({ imagePullPolicy: 'Never' }),
    why: /^superseded: /,
  },
  'set-pull-policy, and someone set that policy': {
    set: async () => {},
    wanted: { remedy: 'set-pull-policy', on: web, params: { policy: 'Always' } },
    meanwhile: setTo({ imagePullPolicy: 'Always' }),
    why: /^failed: .*(Nothing to do|already)/,
  },
  'force-repull, and the tag moved once more': {
    set: async (place) => void place.push('1', 'moved'),
    wanted: { remedy: 'force-repull', on: web },
    meanwhile: async (place) => void place.push('1', 'moved again'),
    why: /^superseded: /,
  },
  'force-repull, and someone set another image': {
    set: async (place) => void place.push('1', 'moved'),
    wanted: { remedy: 'force-repull', on: web },
    meanwhile: async (place) => {
      await setTo({ image: place.image('2') })(place);
      await place.ready('web', 2);
    },
    why: /^(superseded: |failed: .*Pulling again cannot change anything)/,
  },
  'roll-back, and someone set a third image': {
    set: async (place) => {
      await setTo({ image: place.image('2') })(place);
      await place.ready('web', 2);
    },
    wanted: { remedy: 'roll-back', on: web },
    meanwhile: async (place) => {
      await setTo({ image: place.image('3') })(place);
      await place.ready('web', 2);
    },
    why: /^superseded: /,
  },
};

describe.concurrent('between the plan and its execution', { timeout: 120_000 }, () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage(inject('cluster'));
  });
  afterAll(() => stage?.close());

  async function running(name: string): Promise<Place> {
    const place = await stage.place(name, ['workload-images']);
    for (const tag of ['1', '2', '3']) place.push(tag);
    await place.create('Deployment', workload('Deployment', 'web', { image: place.image('1'), replicas: 2 }));
    await place.ready('web', 2);
    return place;
  }

  it.each(Object.entries(kept))('%s keeps the approval', async (_, [meanwhile, wanted]) => {
    const place = await running('kept');
    const approved = await place.approve(await place.plan(wanted));
    await meanwhile(place);
    const begun = await place.execute(approved);
    expect(begun, begun.outcome ?? '').toMatchObject({ state: 'verifying' });
    const { spec } = await place.get('Deployment', 'web');
    if (wanted.remedy === 'set-image') expect(imageOf({ spec })).toBe(place.image('2'));
    expect((await place.settle(begun)).results).toMatchObject([{ outcome: 'fixed' }]);
  });

  it.each(Object.entries(superseding))('%s supersedes it, and the plan of today is shown', async (_, meanwhile) => {
    const place = await running('superseded');
    const approved = await place.approve(await place.plan(setImage));
    await meanwhile(place);
    const before = (await place.get('Deployment', 'web')).metadata.generation;
    const ended = await place.execute(approved);
    expect(ended).toMatchObject({ state: 'superseded', supersededBy: expect.any(String) });
    expect((await place.get('Deployment', 'web')).metadata.generation).toBe(before);
    const next = place.stored(ended.supersededBy ?? '');
    expect(next.digest).not.toBe(approved.digest);
  });

  it.each(Object.entries(ending))('%s: nothing is done, and it is said why', async (_, [meanwhile, why]) => {
    const place = await running('ended');
    const approved = await place.approve(await place.plan(setImage));
    await meanwhile(place);
    expect(await place.execute(approved)).toMatchObject({ state: 'failed', outcome: expect.stringMatching(why) });
  });

  it.each(Object.entries(others))(
    '%s: superseded or ended, and not changed',
    async (_, { set, wanted, meanwhile, why }) => {
      const place = await running('others');
      await set(place);
      const approved = await place.approve(await place.plan(wanted));
      await meanwhile(place);
      const before = (await place.get('Deployment', 'web')).metadata.generation;
      const ended = await place.execute(approved);
      expect(`${ended.state}: ${ended.outcome ?? ''}`).toMatch(why);
      expect(ended.results.filter(({ outcome }) => outcome !== 'not-done')).toEqual([]);
      expect((await place.get('Deployment', 'web')).metadata.generation).toBe(before);
    },
  );

  it('of two approved changes of one container at the same time one is made', async () => {
    const place = await running('race');
    const wanted = [':2', ':3'].map((image): Wanted => ({ ...setImage, params: { image } }));
    const approved = await Promise.all(wanted.map(async (each) => place.approve(await place.plan(each))));
    const ended = await Promise.all(approved.map((each) => place.execute(each)));
    const states = ended.map(({ state }) => state);
    expect(
      states.filter((state) => state === 'verifying'),
      JSON.stringify(states),
    ).toHaveLength(1);
    const winner = states.indexOf('verifying');
    expect(imageOf(await place.get('Deployment', 'web'))).toBe(place.image(String(2 + winner)));
    const loser = ended[1 - winner];
    expect(loser?.state).toMatch(/^(superseded|failed)$/);
    const [won] = ended.filter(({ state }) => state === 'verifying');
    if (won !== undefined) expect((await place.settle(won)).results).toMatchObject([{ outcome: 'fixed' }]);
    expect(await digestsOf(place, 'web')).toEqual([place.push(String(2 + winner))]);
  });

  it('others who write something else all the time do not keep it from being made', async () => {
    const place = await running('busy');
    const approved = await place.approve(await place.plan(setImage));
    const over = new AbortController();
    const others = (async () => {
      for (let turn = 0; !over.signal.aborted; turn += 1) {
        await place.patch('Deployment', 'web', { metadata: { labels: { turn: String(turn) } } });
      }
    })();
    const begun = await place.execute(approved);
    over.abort();
    await others;
    expect(begun, begun.outcome ?? '').toMatchObject({ state: 'verifying' });
    expect(imageOf(await place.get('Deployment', 'web'))).toBe(place.image('2'));
  });

  it('an image set by someone while it is watched is theirs', async () => {
    const place = await running('theirs');
    const begun = await place.execute(await place.approve(await place.plan(setImage)));
    await place.patch('Deployment', 'web', strategic([{ name: 'app', image: place.image('3') }]), strategicType);
    const done = await place.settle(begun);
    expect(done.results).toMatchObject([
      { outcome: 'not-fixed', detail: expect.stringMatching(/changed afterwards by kubectl-edit: app is set to .*:3/) },
    ]);
    const back = await place.plan({ remedy: 'undo', undoes: done });
    expect(back).toMatchObject({ state: 'failed', outcome: expect.stringContaining('was changed since then') });
  });
});
