import { describe, expect, it } from 'vitest';
import { namespaceRules } from '../../src/kubernetes/rights/worker-rights.ts';
import type { Operation } from '../../src/model/change/operation.ts';
import { applyOperation } from '../../src/operations/index.ts';
import { eventually } from '../sandbox/cluster/client.ts';
import { editOf, how, made, pinned, restart, setImage, type WriterWorld, web } from './writer-world.ts';

/** Answers that are lost, late or refused. */
export function lossContract(world: WriterWorld): void {
  describe('an answer that is lost', () => {
    const once = ['drop-before', 'drop-after', { answerAfter: 500 }, { answerAfter: 504 }] as const;

    it.each(once.map((each) => [JSON.stringify(each), each] as const))(
      '%s: changed exactly once',
      async (label, how) => {
        const { target, path } = await made(world, 'Deployment', `lost-${label.replaceAll(/\W+/g, '').toLowerCase()}`);
        // Its controller writes an annotation beside ours, which a patch of before would meet.
        await eventually(async () => (await world.get(path)).metadata.annotations).toMatchObject({
          'deployment.kubernetes.io/revision': '1',
        });
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

/** Rights that are missing. */
export function rightsContract(world: WriterWorld): void {
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
        expect(await applyOperation(operation, { changes }, how(true))).toEqual(expected);
        expect(await applyOperation(operation, { changes }, how(false))).toEqual(expected);
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
