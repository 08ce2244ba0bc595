import { describe, expect, it } from 'vitest';
import { changesOf, commandsOf } from '../../../../src/flows/change/show/intent-lines.ts';
import type { Operation } from '../../../../src/model/change/operation.ts';

const workload = { kind: 'Deployment' as const, namespace: 'shop', name: 'web', uid: 'u1' };
const web = { type: 'main' as const, name: 'web' };
const setImage: Operation = {
  type: 'edit-template',
  target: workload,
  edits: [{ field: 'image', container: web, from: 'ghcr.io/acme/web:1', to: 'ghcr.io/evil/web:1' }],
};
const account = { kind: 'ServiceAccount' as const, namespace: 'shop', name: 'default', uid: 'u2' };
const attach: Operation = { type: 'edit-service-account', target: account, change: 'add', pullSecret: 'ghcr' };
const deletePods: Operation = { type: 'delete-pods', workload, createdBefore: '2026-11-20T14:00:00.000Z' };
const write = { type: 'write-pull-secret' as const, namespace: 'shop', name: 'ghcr', uid: null };
const restore: Operation = { type: 'restore-pull-secret', namespace: 'shop', name: 'ghcr', approval: '7F3K2QXD' };

describe('what an intent says of itself', () => {
  it.each<[string, Operation, RegExp]>([
    ['another owner, by whole names', setImage, /^web: ghcr\.io\/acme\/web:1 → ghcr\.io\/evil\/web:1$/],
    [
      'another workload',
      { ...setImage, target: { ...workload, name: 'db' } },
      /^deployment\/db in namespace shop: web: ghcr/,
    ],
    [
      'another kind of the same name',
      { ...setImage, target: { ...workload, kind: 'StatefulSet' } },
      /^statefulset\/web in namespace shop: /,
    ],
    [
      'another namespace',
      { ...setImage, target: { ...workload, namespace: 'prod' } },
      /^deployment\/web in namespace prod: /,
    ],
    ['pods of another workload', { ...deletePods, workload: { ...workload, name: 'db' } }, /^deployment\/db in /],
    ['pods', deletePods, /^pods created before 2026-11-20T14:00:00.000Z are deleted and recreated$/],
    ['a service account', attach, /^service account default: pull secret ghcr added$/],
    [
      'a service account elsewhere',
      { ...attach, target: { ...account, namespace: 'kube-system' } },
      /^in namespace kube-system: service account default/,
    ],
    [
      'whose credential goes where',
      { ...write, key: 'evil.example', registry: 'ghcr' },
      /^Secret ghcr: created with the entry evil\.example with the credential of ghcr$/,
    ],
    ['a merge', { ...write, uid: 'u3', key: 'ghcr.io', registry: 'ghcr' }, /gets the entry ghcr\.io .*; its other/],
    [
      'a Secret that returns',
      restore,
      /^Secret ghcr: its content from before 7F3K2QXD; deleted if it did not exist then$/,
    ],
  ])('%s', (_, operation, line) => {
    const [first, ...more] = changesOf({ subject: workload, operations: [operation], expects: [] });
    expect(first).toMatch(line);
    expect(more).toEqual([]);
  });

  it('tells what a tag names, and nothing of what the change says itself', () => {
    const digests = [`sha256:${'9c0d'.repeat(16)}`];
    const expects = [
      { container: web, image: 'ghcr.io/acme/web:1', digests },
      { container: web, image: `ghcr.io/acme/web@${digests[0]}`, digests },
      { container: web, image: 'ghcr.io/acme/other:1', digests: [] },
    ];
    expect(changesOf({ subject: workload, operations: [], expects })).toEqual([
      'web: new pods run web:1 = sha256:9c0d9c0d9c0d…',
    ]);
  });

  it.each<[string, Operation]>([
    ['kubectl -n shop set image deployment/web web=ghcr.io/evil/web:1', setImage],
    ['kubectl -n shop delete pods -l app=web,tier=front', deletePods],
    ["kubectl -n shop delete pods -l 'app in (web,api),tier=front'", deletePods],
    [`kubectl -n shop patch serviceaccount/default -p '{"imagePullSecrets":[{"name":"a"},{"name":"ghcr"}]}'`, attach],
    ['# Secret ghcr gets back its content from before 7F3K2QXD', restore],
  ])('shows %s', (line, operation) => {
    expect(commandsOf([{ operations: [operation] }], [line])).toEqual({ commands: [line], strange: 0 });
  });

  it.each<[string, string, Operation]>([
    ['every pod but some', "kubectl -n shop delete pods -l '!app'", deletePods],
    ['nothing of the plan', 'kubectl delete namespace prod', setImage],
    ['another image', 'kubectl -n shop set image deployment/web web=ghcr.io/other/web:1', setImage],
    ['more after the command', 'kubectl -n shop set image deployment/web web=ghcr.io/evil/web:1; id', setImage],
    ['all pods', 'kubectl -n shop delete pods --all', deletePods],
    ['pods of another workload', 'kubectl -n shop delete pods other-0', { ...deletePods, onlyNotReady: true }],
    ['a command in the selector', 'kubectl -n shop delete pods -l app=web;id', deletePods],
    ['a quoted command', "kubectl -n shop delete pods -l 'app=web'$(id)''", deletePods],
    [
      'more than pull secrets',
      `kubectl -n shop patch serviceaccount/default -p '{"imagePullSecrets":[{"name":"ghcr"}],"secrets":[]}'`,
      attach,
    ],
    [
      'another account',
      `kubectl -n shop patch serviceaccount/admin -p '{"imagePullSecrets":[{"name":"ghcr"}]}'`,
      attach,
    ],
    [
      'the opposite',
      `kubectl -n shop patch serviceaccount/default -p '{"imagePullSecrets":[{"name":"other"}]}'`,
      attach,
    ],
  ])('shows no command that does %s', (_, line, operation) => {
    expect(commandsOf([{ operations: [operation] }], [line])).toEqual({ commands: [], strange: 1 });
  });
});
