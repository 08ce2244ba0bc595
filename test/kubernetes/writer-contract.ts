import { describe, expect, it } from 'vitest';
import type { Applying } from '../../src/change-ports.ts';
import { namespaceRules } from '../../src/kubernetes/worker-rights.ts';
import type { Operation, TemplateEdit } from '../../src/model/operation.ts';
import { Secret } from '../../src/model/secret.ts';
import type { WorkloadKind } from '../../src/model/workload.ts';
import { records } from '../../src/sandbox/cluster/object.ts';
import { eventually, type ServerUnderTest } from '../sandbox/cluster/client.ts';
import { secretsContract } from './writer-contract-secrets.ts';
import { bodyOf, editOf, setImage, type WriterWorld, writerWorld } from './writer-world.ts';

/** Every operation, its conflicts and its undo; holds for the simulated cluster and for a real one alike. */
export function writerContract(start: () => Promise<ServerUnderTest>): void {
  const world = writerWorld(start);
  templateContract(world);
  conflictContract(world);
  lossContract(world);
  secretsContract(world);
  podsContract(world);
  eventContract(world);
  rightsContract(world);
}

const how = (dryRun: boolean): Applying => ({
  signal: AbortSignal.timeout(10_000),
  dryRun,
  mark: { approval: 'AAAA1111', changeCause: 'x' },
  credential: () => ({ username: 'robot', password: new Secret('x') }),
});

function rightsContract(world: WriterWorld): void {
  describe('without a right', () => {
    it('each operation names it, in a dry run as well', async () => {
      const { changes } = await world.withRights('onlooker', [
        ...namespaceRules,
        { apiGroups: [''], resources: ['secrets'], verbs: ['get'] },
      ]);
      const { namespace } = world;
      const { target } = await made(world, 'Deployment', 'forbidden');
      const workload = await world.workload('Deployment', 'forbidden');
      await eventually(async () => {
        const pods = await world.reader.pods(workload, { signal: AbortSignal.timeout(10_000) });
        return pods.known ? pods.value.length : 0;
      }).toBe(2);
      const account = await world.get('/api/v1/NS/serviceaccounts/default');
      const someone = { kind: 'ServiceAccount', namespace, name: 'default', uid: account.metadata.uid } as const;
      const secret = { namespace, name: 'forbidden', uid: null, key: 'ghcr.io', registry: 'ghcr' };
      const createdBefore = new Date(Date.now() + 60_000).toISOString();
      const table: readonly (readonly [Operation, string])[] = [
        [editOf(target, setImage('app', web, pinned)), 'patch deployments'],
        [{ type: 'edit-service-account', target: someone, change: 'add', pullSecret: 'x' }, 'patch serviceaccounts'],
        [{ type: 'write-pull-secret', ...secret }, 'create secrets'],
        [{ type: 'delete-pods', workload: target, createdBefore }, 'delete pods'],
      ];
      for (const [operation, right] of table) {
        const expected = { kind: 'forbidden', missingRight: `${right} in ${namespace}` };
        expect(await changes.apply(operation, how(true))).toEqual(expected);
        expect(await changes.apply(operation, how(false))).toEqual(expected);
      }
      const about = { ...target, name: 'forbidden' };
      const event = { name: 'forbidden', about, type: 'Normal', reason: 'X', message: 'x' } as const;
      const missingRight = `create events in ${namespace}`;
      expect(await changes.event(event, how(false))).toMatchObject({ kind: 'unknown', missingRight });
      const unread = { known: false, missingRight: `list poddisruptionbudgets in ${namespace}` };
      expect(await changes.budgets(workload, how(false))).toMatchObject(unread);
    });
  });
}

const web = 'ghcr.io/acme/web:1';
const pinned = `ghcr.io/acme/web@sha256:${'a'.repeat(64)}`;
const restart: TemplateEdit = { field: 'restartedAt', to: '2026-11-21T12:00:00Z' };

async function made(world: WriterWorld, kind: WorkloadKind, name: string) {
  const [collection, body] = bodyOf(kind, name);
  const { metadata } = await world.create(collection, body);
  const target = { kind, namespace: world.namespace, name, uid: metadata.uid };
  return { target, path: `${collection}/${name}` };
}

function templateContract(world: WriterWorld): void {
  const kinds: WorkloadKind[] = ['Deployment', 'StatefulSet', 'DaemonSet', 'CronJob'];

  describe('edit-template', () => {
    it.each(kinds)('changes all four fields of a %s, once, and back', async (kind) => {
      const { target, path } = await made(world, kind, `all-${kind.toLowerCase()}`);
      const operation = editOf(
        target,
        setImage('app', web, pinned),
        setImage('setup', 'ghcr.io/acme/setup:1', 'ghcr.io/acme/setup:2', 'init'),
        { field: 'imagePullPolicy', container: { type: 'main', name: 'proxy' }, from: 'IfNotPresent', to: 'Always' },
        { field: 'imagePullSecrets', change: 'add', name: 'regcred' },
        restart,
      );
      const dry = await world.apply(operation, { dryRun: true });
      expect(dry).toMatchObject({ kind: 'applied', diff: expect.stringContaining(`+`) });
      expect(JSON.stringify(await world.get(path))).not.toContain(pinned);
      const applied = await world.apply(operation);
      expect(applied).toMatchObject({
        kind: 'applied',
        before: expect.stringContaining(`app image: ${web}`),
        after: expect.stringContaining(`app image: ${pinned}`),
      });
      expect(applied).toMatchObject({ diff: expect.stringMatching(/^[+] +image: ghcr.io\/acme\/web@sha256:a+$/m) });
      expect(JSON.stringify(applied)).not.toContain('hunter2');
      const object = await world.get(path);
      const whole = JSON.stringify(object);
      for (const text of [pinned, 'ghcr.io/acme/setup:2', 'regcred', '2026-11-21T12:00:00Z']) {
        expect(whole).toContain(text);
      }
      expect(object.metadata.annotations).toMatchObject({
        'imagecheck.dev/last-approval': 'AAAA1111',
        'kubernetes.io/change-cause': 'imagecheck AAAA1111',
      });
      const manager = records(object, 'metadata', 'managedFields').find((each) => each['manager'] === 'imagecheck');
      expect(JSON.stringify(manager)).toContain('"f:image":{}');
      expect(await world.apply(operation)).toEqual({ kind: 'already', marked: true });

      const undo = editOf(target, setImage('app', pinned, web), {
        field: 'imagePullSecrets',
        change: 'remove',
        name: 'regcred',
      });
      expect(await world.apply(undo, { approval: 'BBBB2222' })).toMatchObject({ kind: 'applied' });
      expect(JSON.stringify((await world.get(path))['spec'])).not.toMatch(/regcred|sha256/);
      expect(await world.apply(operation), 'the approval that was undone').toEqual({ kind: 'already', marked: true });
      expect((await world.get(path)).metadata.annotations?.['imagecheck.dev/earlier-approvals']).toMatch(
        /^AAAA1111@\d{4}-/,
      );
    });

    it('changes the images of a bare pod, and nothing else of it', async () => {
      const { target, path } = await made(world, 'Pod', 'bare');
      expect(await world.apply(editOf(target, restart))).toMatchObject({ kind: 'refused' });
      expect(await world.apply(editOf(target, setImage('app', web, 'ghcr.io/acme/web:2')))).toMatchObject({
        kind: 'applied',
      });
      expect(JSON.stringify(await world.get(path))).toContain('ghcr.io/acme/web:2');
    });

    it('says what the server says when it refuses, and nothing of the object', async () => {
      const { target } = await made(world, 'Job', 'frozen');
      const rule = { apiGroups: ['batch'], resources: ['jobs'], verbs: ['get', 'patch'] } as const;
      const { changes } = await world.withRights('jobs', [rule]);
      const applied = await changes.apply(editOf(target, setImage('app', web, 'ghcr.io/acme/web:2')), how(false));
      expect(applied).toEqual({
        kind: 'refused',
        message: 'Job.batch "frozen" is invalid: spec.template: field is immutable',
      });
    });

    it('is nothing to do when it is so already', async () => {
      const { target } = await made(world, 'Deployment', 'same');
      expect(await world.apply(editOf(target, setImage('app', 'ghcr.io/acme/web:0', web)))).toEqual({
        kind: 'already',
        marked: false,
      });
    });
  });
}

function conflictContract(world: WriterWorld): void {
  describe('a guard', () => {
    it('of the uid, the container, the image and the object itself', async () => {
      const { target } = await made(world, 'Deployment', 'guards');
      const image = setImage('app', web, pinned);
      const table: readonly (readonly [Operation, object])[] = [
        [
          editOf({ ...target, uid: 'another' }, image),
          { kind: 'conflict', what: expect.stringContaining('made again') },
        ],
        [
          editOf(target, setImage('gone', web, pinned)),
          { kind: 'conflict', what: 'container gone is not there any more' },
        ],
        [
          editOf(target, setImage('app', 'other:1', pinned)),
          { kind: 'conflict', what: `image of container app is now ${web}, not other:1` },
        ],
        [editOf({ ...target, name: 'never' }, image), { kind: 'absent', what: 'deployments/never is not there' }],
      ];
      for (const [operation, expected] of table) {
        expect(await world.apply(operation)).toEqual(expected);
        expect(await world.apply(operation, { dryRun: true })).toEqual(expected);
      }
    });

    it.each(['a sidecar in front', 'an annotation', 'a scale'])('holds through %s in between', async (what) => {
      const name = `between-${what.replaceAll(' ', '-')}`;
      const { target, path } = await made(world, 'Deployment', name);
      const object = await world.get(path);
      const spec = object['spec'] as { template: { spec: { containers: readonly object[] } } };
      const containers = [{ name: 'sidecar', image: 'sidecar:1' }, ...spec.template.spec.containers];
      const changes: Record<string, object> = {
        'a sidecar in front': { spec: { template: { spec: { containers } } } },
        'an annotation': { metadata: { annotations: { other: 'x' } } },
        'a scale': { spec: { replicas: 5 } },
      };
      let isFirst = true;
      world.faults.spoil = async (method) => {
        if (method !== 'PATCH' || !isFirst) return undefined;
        isFirst = false;
        await world.patch(path, changes[what]);
        return undefined;
      };
      expect(await world.apply(editOf(target, setImage('app', web, pinned)))).toMatchObject({ kind: 'applied' });
      world.faults.spoil = () => undefined;
      const after = await world.get(path);
      const images = records(after, 'spec', 'template', 'spec', 'containers').map((each) => [
        each['name'],
        each['image'],
      ]);
      expect(images).toContainEqual(['app', pinned]);
      expect(images).not.toContainEqual(['sidecar', pinned]);
    });

    it('breaks when another person sets the image in between', async () => {
      const { target, path } = await made(world, 'Deployment', 'second-person');
      world.faults.spoil = async (method) => {
        if (method !== 'PATCH') return undefined;
        const containers = [{ name: 'app', image: 'ghcr.io/acme/web:hotfix' }];
        await world.patch(path, { spec: { template: { spec: { containers } } } });
        return undefined;
      };
      const applied = await world.apply(editOf(target, setImage('app', web, pinned)));
      world.faults.spoil = () => undefined;
      expect(applied).toEqual({
        kind: 'conflict',
        what: `image of container app is now ghcr.io/acme/web:hotfix, not ${web}`,
      });
    });
  });
}

function lossContract(world: WriterWorld): void {
  describe('an answer that is lost', () => {
    const once = ['drop-before', 'drop-after', { answerAfter: 500 }, { answerAfter: 504 }] as const;

    it.each(once.map((each) => [JSON.stringify(each), each] as const))(
      '%s: changed exactly once',
      async (label, how) => {
        const { target, path } = await made(world, 'Deployment', `lost-${label.replaceAll(/\W+/g, '').toLowerCase()}`);
        let isFirst = true;
        world.faults.spoil = (method) => {
          if (method !== 'PATCH' || !isFirst) return undefined;
          isFirst = false;
          return how;
        };
        const operation = editOf(target, setImage('app', web, pinned), restart);
        const applied = await world.apply(operation);
        world.faults.spoil = () => undefined;
        const arrived = how !== 'drop-before';
        expect(applied).toMatchObject(arrived ? { kind: 'already', marked: true } : { kind: 'applied' });
        expect((await world.get(path)).metadata['generation']).toBe(2);
      },
    );

    it.each([
      [429, false],
      [500, true],
      [503, true],
    ])('of %i for as long as it lasts is unknown, maybe done: %s', async (code, maybeDone) => {
      const { target } = await made(world, 'Deployment', `always-${code}`);
      world.faults.spoil = (method) => (method === 'PATCH' ? { answer: code } : undefined);
      const operation = editOf(target, setImage('app', web, pinned));
      const applied = await world.apply(operation);
      const dry = await world.apply(operation, { dryRun: true });
      world.faults.spoil = () => undefined;
      expect(applied).toMatchObject({ kind: 'unknown', why: expect.stringContaining(`${code}`), maybeDone });
      expect(dry).toMatchObject({ kind: 'unknown', maybeDone: false });
      expect(await world.apply(operation)).toMatchObject({ kind: 'applied' });
    });

    it('is waited for no longer than the deadline', async () => {
      const { target } = await made(world, 'Deployment', 'deadline');
      world.faults.spoil = (method) => (method === 'PATCH' ? new Promise(() => undefined) : undefined);
      const operation = editOf(target, setImage('app', web, pinned));
      const applied = await world.apply(operation, { signal: AbortSignal.timeout(300) });
      world.faults.spoil = () => undefined;
      expect(applied).toMatchObject({ kind: 'unknown', maybeDone: true });
    });

    it('429 with Retry-After is asked again when the server wants', async () => {
      const { target } = await made(world, 'Deployment', 'retry-after');
      let count = 0;
      world.faults.spoil = (method) => {
        if (method !== 'PATCH') return undefined;
        count += 1;
        return count === 1 ? { answer: 429, headers: { 'retry-after': '1' } } : undefined;
      };
      const since = performance.now();
      expect(await world.apply(editOf(target, setImage('app', web, pinned)))).toMatchObject({ kind: 'applied' });
      world.faults.spoil = () => undefined;
      expect(performance.now() - since).toBeGreaterThan(900);
    });
  });
}

function podsContract(world: WriterWorld): void {
  describe('delete-pods', () => {
    it('deletes the pods of the workload that are older, and no others', async () => {
      const { target } = await made(world, 'Deployment', 'pods');
      const workload = await world.workload('Deployment', 'pods');
      const names = async () => {
        const pods = await world.reader.pods(workload, { signal: AbortSignal.timeout(10_000) });
        return pods.known ? pods.value.filter(({ deletedAt }) => deletedAt === undefined).map(({ name }) => name) : [];
      };
      await eventually(async () => (await names()).length).toBe(2);
      const old = await names();
      const before: Operation = { type: 'delete-pods', workload: target, createdBefore: '2026-01-01T00:00:00Z' };
      expect(await world.apply(before)).toEqual({ kind: 'already', marked: false });
      const all: Operation = { ...before, createdBefore: new Date(Date.now() + 1_000).toISOString() };
      const dry = await world.apply(all, { dryRun: true });
      expect(dry).toMatchObject({ kind: 'applied', diff: expect.stringContaining(`-pod/${old[0]}`) });
      expect(await names()).toEqual(expect.arrayContaining(old));
      expect(await world.apply(all)).toMatchObject({ kind: 'applied', before: expect.stringContaining(old[0] ?? '?') });
      await eventually(async () => (await names()).filter((name) => old.includes(name))).toEqual([]);
      await eventually(async () => (await names()).length).toBe(2);
      expect(await world.apply({ ...all, workload: { ...target, uid: 'another' } })).toMatchObject({
        kind: 'conflict',
      });
      const bare = { ...all, workload: { ...target, kind: 'Pod' as const } };
      expect(await world.apply(bare)).toMatchObject({ kind: 'refused' });
    });
  });
}

function eventContract(world: WriterWorld): void {
  describe('beside changes', () => {
    const soon = () => ({ signal: AbortSignal.timeout(10_000) });

    it('an Event of a name is written once', async () => {
      const { target } = await made(world, 'Deployment', 'events');
      const event = {
        name: 'AAAA1111/odd Name!',
        about: target,
        type: 'Normal',
        reason: 'ImageSet',
        message: 'm'.repeat(2000),
      } as const;
      expect(await world.reader.changes.event(event, soon())).toEqual({ kind: 'found', value: undefined });
      expect(await world.reader.changes.event(event, soon())).toEqual({ kind: 'found', value: undefined });
      const events = await world.reader.events(world.namespace, soon());
      const own = events.known ? events.value.filter(({ reason }) => reason === 'ImageSet') : [];
      expect(own).toMatchObject([{ object: { kind: 'Deployment', name: 'events', uid: target.uid }, count: 1 }]);
      expect(own[0]?.message.length).toBe(1024);
    });

    it('who we are, and what a Secret is without its content', async () => {
      expect(await world.reader.changes.whoAmI(soon())).toMatchObject({ kind: 'found', value: expect.any(String) });
      const { metadata } = await world.create('/api/v1/NS/secrets', {
        metadata: { name: 'identity', annotations: { a: 'b' } },
        stringData: { secret: 'never-shown' },
      });
      const where = { kind: 'Secret', namespace: world.namespace, name: 'identity' } as const;
      const found = await world.reader.changes.identity(where, soon());
      expect(found).toMatchObject({ kind: 'found', value: { uid: metadata.uid, type: 'Opaque', owners: [] } });
      expect(JSON.stringify(found)).not.toMatch(/never-shown|bmV2ZXI/);
      expect(await world.reader.changes.identity({ ...where, name: 'none' }, soon())).toEqual({ kind: 'absent' });
    });

    it.each(['Deployment', 'StatefulSet', 'DaemonSet'] as const)('rollout and revisions of a %s', async (kind) => {
      const name = `rollout-${kind.toLowerCase()}`;
      const { target } = await made(world, kind, name);
      const workload = await world.workload(kind, name);
      const rollout = async () => {
        const found = await world.reader.changes.rollout(workload, soon());
        return found.kind === 'found' ? found.value : undefined;
      };
      await eventually(async () => (await rollout())?.revision).toMatch(new RegExp(`^${name}-`));
      const first = await rollout();
      expect(first).toMatchObject({ uid: target.uid, strategy: 'RollingUpdate', paused: false });
      await world.apply(editOf(target, setImage('app', web, pinned), restart));
      await eventually(async () => (await rollout())?.revision).not.toBe(first?.revision);
      await eventually(async () => {
        const earlier = await world.reader.changes.earlierTemplates(workload, soon());
        return earlier.known ? earlier.value : [];
      }).toMatchObject([
        {
          name: first?.revision,
          number: 1,
          containers: expect.arrayContaining([expect.objectContaining({ name: 'app', image: web })]),
          otherDifferences: [],
        },
      ]);
    });

    it('disruption budgets that cover the pods', async () => {
      await made(world, 'Deployment', 'budget');
      const selectors = {
        one: { matchLabels: { app: 'budget' } },
        two: { matchExpressions: [{ key: 'app', operator: 'In', values: ['budget', 'x'] }] },
        other: { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['budget'] }] },
      };
      for (const [name, selector] of Object.entries(selectors)) {
        const body = { metadata: { name }, spec: { minAvailable: 1, selector } };
        await world.create('/apis/policy/v1/NS/poddisruptionbudgets', body);
      }
      const workload = await world.workload('Deployment', 'budget');
      const budgets = await world.reader.changes.budgets(workload, soon());
      expect(budgets).toMatchObject({ known: true, value: [{ name: 'one' }, { name: 'two' }] });
    });
  });
}
