import { describe, expect, it } from 'vitest';
import type { Operation } from '../../src/model/change/operation.ts';
import type { WorkloadKind } from '../../src/model/workload/workload.ts';
import { applyOperation } from '../../src/operations/index.ts';
import { records } from '../../src/sandbox/cluster/objects/object.ts';
import type { ServerUnderTest } from '../sandbox/cluster/client.ts';
import { lossContract, rightsContract } from './writer-contract-losses.ts';
import { eventContract, podsContract } from './writer-contract-pods.ts';
import { secretsContract } from './writer-contract-secrets.ts';
import { editOf, how, made, pinned, restart, setImage, type WriterWorld, web, writerWorld } from './writer-world.ts';

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
      const applied = await applyOperation(
        editOf(target, setImage('app', web, 'ghcr.io/acme/web:2')),
        { changes },
        how(false),
      );
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
          { kind: 'conflict', what: expect.stringContaining('recreated') },
        ],
        [editOf(target, setImage('gone', web, pinned)), { kind: 'conflict', what: 'container gone no longer exists' }],
        [
          editOf(target, setImage('app', 'other:1', pinned)),
          { kind: 'conflict', what: `image of container app is now ${web}, not other:1` },
        ],
        [editOf({ ...target, name: 'never' }, image), { kind: 'absent', what: 'deployments/never does not exist' }],
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
