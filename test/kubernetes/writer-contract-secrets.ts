import { describe, expect, it } from 'vitest';
import type { Operation } from '../../src/model/change/operation.ts';
import { type KubeObject, records } from '../../src/sandbox/cluster/objects/object.ts';
import { password, type WriterWorld } from './writer-world.ts';

const secrets = '/api/v1/NS/secrets';
const type = 'kubernetes.io/dockerconfigjson';
const encode = (text: string) => Buffer.from(text).toString('base64');
const content = (secret: KubeObject) =>
  Buffer.from((secret['data'] as Record<string, string>)['.dockerconfigjson'] ?? '', 'base64').toString();
/** Spacing, order and numbers that would not survive being parsed and written again. */
const odd =
  '{ "credHelpers": {"x.io": "ecr"},\n "big": 12345678901234567890,\n "auths": {"quay.io": {"auth": "YTpi"} } }';

/** Writing and taking back pull secrets, and attaching them. */
export function secretsContract(world: WriterWorld): void {
  const write = (name: string, uid: string | null, key = 'ghcr.io'): Operation => ({
    type: 'write-pull-secret',
    namespace: world.namespace,
    name,
    uid,
    key,
    registry: 'ghcr',
  });
  const restore = (name: string, approval = 'AAAA1111'): Operation => ({
    type: 'restore-pull-secret',
    namespace: world.namespace,
    name,
    approval,
  });
  const existing = async (name: string, text = odd, more: object = {}): Promise<KubeObject> =>
    await world.create(secrets, { metadata: { name }, type, data: { '.dockerconfigjson': encode(text) }, ...more });
  const undoing = { approval: 'BBBB2222' };
  const code = async (name: string) =>
    (await world.api.call('GET', `/api/v1/namespaces/${world.namespace}/secrets/${name}`)).code;

  describe('write-pull-secret', () => {
    it('creates a Secret with one entry, once, and its undo takes it away', async () => {
      expect(await world.apply(write('new', null), { dryRun: true })).toMatchObject({ kind: 'applied' });
      expect(await code('new')).toBe(404);
      const applied = await world.apply(write('new', null));
      expect(applied).toMatchObject({ kind: 'applied', before: 'no Secret', after: 'auths["ghcr.io"]: (set)' });
      expect(JSON.stringify(applied)).not.toMatch(new RegExp(`${password}|${encode(password).slice(0, 20)}`));
      const secret = await world.get(`${secrets}/new`);
      expect(JSON.parse(content(secret))).toEqual({
        auths: { 'ghcr.io': { username: 'robot', password, auth: encode(`robot:${password}`) } },
      });
      expect(secret).toMatchObject({ type, metadata: { labels: { 'app.kubernetes.io/managed-by': 'imagecheck' } } });
      expect(await world.apply(write('new', null))).toEqual({ kind: 'already', marked: true });
      expect(await world.apply(write('new', null), { approval: 'CCCC3333' })).toMatchObject({ kind: 'conflict' });
      expect(await world.apply(write('new', null, 'docker.io')), 'a second entry').toMatchObject({ kind: 'applied' });
      expect(Object.keys(JSON.parse(content(await world.get(`${secrets}/new`))).auths)).toHaveLength(2);

      expect(await world.apply(restore('new'), { ...undoing, dryRun: true })).toMatchObject({ kind: 'applied' });
      expect(await code('new')).toBe(200);
      expect(await world.apply(restore('new'), undoing)).toMatchObject({ kind: 'applied', after: 'no Secret' });
      expect(await code('new')).toBe(404);
      expect(await world.apply(restore('new'), undoing)).toEqual({ kind: 'already', marked: false });
    });

    it('keeps every other byte of a Secret, and its undo brings the old one back', async () => {
      const { metadata } = await existing('kept');
      const operation = write('kept', metadata.uid);
      expect(await world.apply(operation, { dryRun: true })).toMatchObject({ kind: 'applied' });
      expect(content(await world.get(`${secrets}/kept`))).toBe(odd);
      expect(await code('kept-imagecheck-aaaa1111')).toBe(404);
      const applied = await world.apply(operation);
      expect(applied).toMatchObject({ kind: 'applied', before: 'auths["ghcr.io"]: (none)' });
      expect(JSON.stringify(applied)).not.toMatch(/YTpi|correct-horse/);
      const merged = content(await world.get(`${secrets}/kept`));
      expect(merged).toContain('"big": 12345678901234567890,\n');
      expect(merged).toContain('"quay.io": {"auth": "YTpi"} }');
      expect(JSON.parse(merged).auths['ghcr.io'].password).toBe(password);
      const sibling = await world.get(`${secrets}/kept-imagecheck-aaaa1111`);
      expect(content(sibling)).toBe(odd);
      expect(sibling.metadata.annotations).toMatchObject({
        'imagecheck.dev/kept-for-approval': 'AAAA1111',
        'imagecheck.dev/original': 'kept',
      });
      expect(await world.apply(operation)).toEqual({ kind: 'already', marked: true });
      expect(await world.apply(write('kept', metadata.uid, 'docker.io'))).toMatchObject({ kind: 'applied' });
      expect(content(await world.get(`${secrets}/kept-imagecheck-aaaa1111`)), 'of before the approval').toBe(odd);

      expect(await world.apply(restore('kept'), undoing)).toMatchObject({ kind: 'applied' });
      expect(content(await world.get(`${secrets}/kept`))).toBe(odd);
      expect(await code('kept-imagecheck-aaaa1111')).toBe(404);
      expect(await world.apply(restore('kept'), undoing)).toEqual({ kind: 'already', marked: true });
      expect(await world.apply(operation), 'the undone approval').toEqual({ kind: 'already', marked: true });
    });

    it('replaces a sibling of a try that ended before the Secret was changed', async () => {
      const { metadata } = await existing('died');
      world.faults.spoil = (method) => (method === 'PATCH' ? { answer: 503 } : undefined);
      expect(await world.apply(write('died', metadata.uid))).toMatchObject({ kind: 'unknown' });
      world.faults.spoil = () => undefined;
      const later = '{"auths":{"quay.io":{"auth":"Yzpk"}}}';
      await world.patch(`${secrets}/died`, { data: { '.dockerconfigjson': encode(later) } });
      expect(await world.apply(write('died', metadata.uid))).toMatchObject({ kind: 'applied' });
      expect(content(await world.get(`${secrets}/died-imagecheck-aaaa1111`))).toBe(later);
    });

    it.each([400, 403])(
      'leaves no copy of the content behind where the change itself is refused: %i',
      async (answer) => {
        const name = `copied-${answer}`;
        const { metadata } = await existing(name);
        world.faults.spoil = (method) => (method === 'PATCH' ? { answer } : undefined);
        expect(await world.apply(write(name, metadata.uid))).toMatchObject({ kind: 'refused' });
        world.faults.spoil = () => undefined;
        expect(content(await world.get(`${secrets}/${name}`))).toBe(odd);
        expect(await code(`${name}-imagecheck-aaaa1111`)).toBe(404);
      },
    );

    const noRight = {
      kind: 'Status',
      status: 'Failure',
      reason: 'Forbidden',
      message: 'secrets "stuck" is forbidden: User "worker" cannot patch resource "secrets" in API group ""',
      code: 403,
    };
    it.each([
      ['refused', { answer: 400 }],
      ['forbidden', { answer: 403, body: JSON.stringify(noRight) }],
    ])('says where a copy is that could not be removed, the change being %s', async (kind, refusal) => {
      const name = `stuck-${kind}`;
      const { metadata } = await existing(name);
      world.faults.spoil = (method) =>
        method === 'PATCH' ? refusal : method === 'DELETE' ? { answer: 403 } : undefined;
      const applied = await world.apply(write(name, metadata.uid));
      world.faults.spoil = () => undefined;
      expect(applied).toMatchObject({ kind });
      expect(JSON.stringify(applied)).toContain(
        `secret/${name}-imagecheck-aaaa1111, which keeps what it held, is left`,
      );
    });

    it('leaves the copy of a Secret that someone deletes meanwhile, and says where it is', async () => {
      const { metadata } = await existing('gone');
      world.faults.spoil = async (method) => {
        if (method === 'PATCH') {
          await world.api.call('DELETE', `/api/v1/namespaces/${world.namespace}/secrets/gone`);
        }
        return undefined;
      };
      expect(await world.apply(write('gone', metadata.uid))).toMatchObject({
        kind: 'absent',
        what: expect.stringContaining('secret/gone-imagecheck-aaaa1111, which keeps what it held, is left'),
      });
      world.faults.spoil = () => undefined;
      expect(content(await world.get(`${secrets}/gone-imagecheck-aaaa1111`))).toBe(odd);
    });

    it('keeps the copy where the second entry of an approval is refused', async () => {
      const { metadata } = await existing('second');
      expect(await world.apply(write('second', metadata.uid))).toMatchObject({ kind: 'applied' });
      world.faults.spoil = (method) => (method === 'PATCH' ? { answer: 400 } : undefined);
      expect(await world.apply(write('second', metadata.uid, 'docker.io'))).toMatchObject({ kind: 'refused' });
      world.faults.spoil = () => undefined;
      expect(content(await world.get(`${secrets}/second-imagecheck-aaaa1111`))).toBe(odd);
      expect(await world.apply(restore('second'), undoing)).toMatchObject({ kind: 'applied' });
      expect(content(await world.get(`${secrets}/second`))).toBe(odd);
    });

    it('has nothing to take back where the entry was there already', async () => {
      const { metadata } = await existing('there');
      expect(await world.apply(write('there', metadata.uid))).toMatchObject({ kind: 'applied' });
      const later = { approval: 'CCCC3333' };
      expect(await world.apply(write('there', metadata.uid), later)).toEqual({ kind: 'already', marked: false });
      expect(await world.apply(restore('there', 'CCCC3333'), { approval: 'DDDD4444' })).toEqual({
        kind: 'already',
        marked: false,
      });
      expect(Object.keys(JSON.parse(content(await world.get(`${secrets}/there`))).auths)).toContain('ghcr.io');
      expect(await world.apply(restore('there'), undoing), 'the one that wrote it').toMatchObject({ kind: 'applied' });
    });

    it('does not take back what someone else changed since', async () => {
      const { metadata } = await existing('edited');
      await world.apply(write('edited', metadata.uid));
      await world.patch(`${secrets}/edited`, { data: { '.dockerconfigjson': encode('{"auths":{"a.io":{}}}') } });
      expect(await world.apply(restore('edited'), undoing)).toEqual({
        kind: 'conflict',
        what: 'secret/edited was changed by kubectl-edit since',
      });
    });

    it('never writes into what it does not understand', async () => {
      const opaque = await world.create(secrets, { metadata: { name: 'opaque' }, data: { x: encode('y') } });
      const list = await existing('list', '{"auths":[1]}');
      const frozen = await existing('frozen', odd, { immutable: true });
      const ids = { opaque, list, frozen };
      for (const [name, { metadata }] of Object.entries(ids)) {
        const applied = await world.apply(write(name, metadata.uid));
        expect(applied).toMatchObject({ kind: 'refused', message: expect.stringContaining('left as it is') });
        expect(await world.get(`${secrets}/${name}`)).toMatchObject({ data: ids[name as 'list']['data'] });
        expect(await code(`${name}-imagecheck-aaaa1111`)).toBe(404);
      }
      const unconfigured: Operation = { ...write('x', null), registry: 'nobody' };
      expect(await world.apply(unconfigured)).toMatchObject({ kind: 'refused' });
      expect(await world.apply(write('opaque', 'another-uid'))).toMatchObject({ kind: 'conflict' });
      expect(await world.apply(write('never', 'uid'))).toMatchObject({ kind: 'absent' });
    });
  });

  describe('edit-service-account', () => {
    it('adds to the list and takes out of it, and keeps the others', async () => {
      const account = '/api/v1/NS/serviceaccounts/puller';
      const { metadata } = await world.create('/api/v1/NS/serviceaccounts', { metadata: { name: 'puller' } });
      const target = { kind: 'ServiceAccount', namespace: world.namespace, name: 'puller', uid: metadata.uid } as const;
      const edit = (change: 'add' | 'remove', pullSecret: string): Operation => ({
        type: 'edit-service-account',
        target,
        change,
        pullSecret,
      });
      const names = async () => records(await world.get(account), 'imagePullSecrets').map(({ name }) => name);
      expect(await world.apply(edit('add', 'one'))).toMatchObject({
        kind: 'applied',
        before: 'imagePullSecrets: (none)',
        after: 'imagePullSecrets: one',
      });
      expect(await world.apply(edit('add', 'one'))).toEqual({ kind: 'already', marked: true });
      expect(await world.apply(edit('add', 'two')), 'another one of the same plan').toMatchObject({ kind: 'applied' });
      expect(await names()).toEqual(['one', 'two']);
      expect(await world.apply(edit('remove', 'one'), undoing)).toMatchObject({ kind: 'applied' });
      expect(await world.apply(edit('remove', 'two'), undoing)).toMatchObject({ kind: 'applied' });
      expect(await names()).toEqual([]);
      expect(await world.apply(edit('remove', 'two'), { approval: 'CCCC3333' })).toEqual({
        kind: 'already',
        marked: false,
      });
    });
  });
}
