import { describe, expect, it } from 'vitest';
import type { Operation } from '../../src/model/change/operation.ts';
import { eventually } from '../sandbox/cluster/client.ts';
import { editOf, made, pinned, restart, setImage, type WriterWorld, web } from './writer-world.ts';

/** Deleting pods. */
export function podsContract(world: WriterWorld): void {
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

    it('gets an ordered StatefulSet past a pod that is not Ready, and leaves the pod of the new template', async () => {
      const { target } = await made(world, 'StatefulSet', 'ordered');
      const workload = await world.workload('StatefulSet', 'ordered');
      const images = async () => {
        const pods = await world.reader.pods(workload, { signal: AbortSignal.timeout(10_000) });
        return pods.known
          ? pods.value.map(({ containers }) => containers.find(({ name }) => name === 'app')?.image)
          : [];
      };
      // No node runs it, so the first pod is not Ready and the second is never made.
      await eventually(images).toEqual([web]);
      await world.apply(editOf(target, setImage('app', web, pinned)));
      const createdBefore = '2026-01-01T00:00:00Z';
      const operation: Operation = { type: 'delete-pods', workload: target, createdBefore, onlyNotReady: true };
      expect(await world.apply(operation)).toMatchObject({ kind: 'applied', before: 'pods: ordered-0' });
      await eventually(images).toEqual([pinned]);
      expect(await world.apply(operation)).toEqual({ kind: 'already', marked: false });
      expect(await images()).toEqual([pinned]);
    });
  });
}

/** What is read and written beside changes. */
export function eventContract(world: WriterWorld): void {
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
      const events = await world.reader.events({ namespace: world.namespace }, soon());
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
