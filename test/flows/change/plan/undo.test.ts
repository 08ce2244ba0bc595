import { describe, expect, it } from 'vitest';
import { isWayBackOf } from '../../../../src/flows/change/plan/undo.ts';
import type { ContainerKey, Operation, TemplateEdit } from '../../../../src/model/change/operation.ts';
import type { IntentTarget } from '../../../../src/model/change/plan.ts';

const workload = { kind: 'Deployment' as const, namespace: 'shop', name: 'web', uid: 'u1' };
const account = { kind: 'ServiceAccount' as const, namespace: 'shop', name: 'default', uid: 'u2' };
const web = { type: 'main' as const, name: 'web' };
const [one, two] = ['ghcr.io/acme/web:1', 'ghcr.io/acme/web:2'];
const digest = `ghcr.io/acme/web@sha256:${'ab'.repeat(32)}`;

const template = (...edits: TemplateEdit[]): Operation => ({ type: 'edit-template', target: workload, edits });
const image = (from: string, to: string, container: ContainerKey = web): TemplateEdit => ({
  field: 'image',
  container,
  from,
  to,
});
const policy = (from: 'Always' | null, to: 'Always' | 'Never' | null): TemplateEdit => ({
  field: 'imagePullPolicy',
  container: web,
  from,
  to,
});
const secret = (change: 'add' | 'remove', name = 'ghcr'): TemplateEdit => ({ field: 'imagePullSecrets', change, name });
const attach = (change: 'add' | 'remove', target = account, pullSecret = 'ghcr'): Operation => ({
  type: 'edit-service-account',
  target,
  change,
  pullSecret,
});
const write: Operation = {
  type: 'write-pull-secret',
  namespace: 'shop',
  name: 'ghcr',
  uid: null,
  key: 'ghcr.io',
  registry: 'ghcr',
};
const restore = (name = 'ghcr', namespace = 'shop'): Operation => ({
  type: 'restore-pull-secret',
  namespace,
  name,
  approval: 'this',
});
const pods = (target = workload): Operation => ({ type: 'delete-pods', workload: target, createdBefore: 'now' });

const setImage: Operation[] = [template(image(one, two))];
const repull: Operation[] = [template(policy(null, 'Always'))];
const addSecret: Operation[] = [write, attach('add'), template(secret('add'))];

describe('a way back', () => {
  it.each<[boolean, string, Operation[], Operation[]]>([
    [true, 'the image of before', setImage, [template(image(two, one))]],
    [true, 'nothing', setImage, []],
    [true, 'the digest that ran, after a repull', repull, [template(image(one, digest), policy('Always', null))]],
    [true, 'a pull secret', addSecret, [template(secret('remove')), attach('remove'), restore()]],
    [true, 'pods once more', setImage, [template(image(two, one)), pods()]],
    [false, 'another image', setImage, [template(image(two, 'ghcr.io/evil/web:1'))]],
    [false, 'another tag than the one of before', setImage, [template(image(two, 'ghcr.io/acme/web:0'))]],
    [false, 'another repository, after a repull', repull, [template(image(one, 'ghcr.io/evil/web:1'))]],
    [false, 'another container', setImage, [template(image(two, 'x:1', { type: 'main', name: 'db' }))]],
    [
      false,
      'another workload',
      setImage,
      [{ type: 'edit-template', target: { ...workload, name: 'db' }, edits: [image(two, one)] }],
    ],
    [
      false,
      'a recreated workload',
      setImage,
      [{ type: 'edit-template', target: { ...workload, uid: 'u9' }, edits: [image(two, one)] }],
    ],
    [false, 'another policy', repull, [template(policy('Always', 'Never'))]],
    [false, 'a policy that was not set', setImage, [template(policy('Always', null))]],
    [false, 'more of the same', addSecret, [template(secret('add'))]],
    [false, 'another secret of the template', addSecret, [template(secret('remove', 'other'))]],
    [false, 'a credential written', addSecret, [write]],
    [false, 'a credential for another host', addSecret, [{ ...write, key: 'evil.example' }]],
    [false, 'another account', addSecret, [attach('remove', { ...account, name: 'admin' })]],
    [false, 'another secret of the account', addSecret, [attach('remove', account, 'other')]],
    [false, 'attached once more', addSecret, [attach('add')]],
    [false, 'another Secret', addSecret, [restore('other')]],
    [false, 'a Secret elsewhere', addSecret, [restore('ghcr', 'prod')]],
    [false, 'pods of others', setImage, [pods({ ...workload, name: 'db' })]],
    [false, 'one step too many', setImage, [template(image(two, one)), restore()]],
  ])('%s: %s', (expected, _, done, back) => {
    const target: IntentTarget = { subject: workload, params: {}, operations: done, expects: [] };
    expect(isWayBackOf(back, target)).toBe(expected);
  });
});
