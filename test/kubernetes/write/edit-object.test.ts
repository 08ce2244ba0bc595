import { describe, expect, it } from 'vitest';
import { patchOfObject } from '../../../src/kubernetes/write/edit-object.ts';

const operation = { type: 'scale', to: 3 };
const edit = {
  resource: { group: 'apps', version: 'v1', plural: 'deployments' },
  namespace: 'shop',
  name: 'web',
  uid: 'u1',
  fields: [
    { path: ['spec', 'replicas'], from: 1, to: 3 },
    { path: ['metadata', 'labels', 'a/b'], from: undefined, to: 'x' },
  ],
};
const mark = { approval: 'AAAA1111', changeCause: 'x' };
const now = new Date('2026-03-10T14:05:00Z');
const object = (replicas: number, uid = 'u1') => ({ metadata: { name: 'web', uid, labels: {} }, spec: { replicas } });

describe('the patch of an object', () => {
  it('guards the object and every field, and leaves the mark', () => {
    const decision = patchOfObject(object(1), operation, edit, mark, now);
    expect(decision).toMatchObject({
      kind: 'patch',
      prepared: { before: 'spec.replicas: 1\nmetadata.labels.a/b: (not set)' },
    });
    const patch = decision.kind === 'patch' ? decision.patch : [];
    expect(patch.slice(0, 5)).toEqual([
      { op: 'test', path: '/metadata/uid', value: 'u1' },
      { op: 'test', path: '/spec/replicas', value: 1 },
      { op: 'add', path: '/spec/replicas', value: 3 },
      { op: 'test', path: '/metadata/labels/a~1b', value: null },
      { op: 'add', path: '/metadata/labels/a~1b', value: 'x' },
    ]);
    expect(JSON.stringify(patch)).toContain('imagecheck.dev/last-approval');
  });

  it.each<[string, ReturnType<typeof object>, object]>([
    ['another value', object(2), { kind: 'conflict', what: expect.stringContaining('spec.replicas: 2') }],
    ['another object', object(1, 'u2'), { kind: 'conflict', what: expect.stringContaining('recreated') }],
  ])('is none for %s', (_, present, applied) => {
    expect(patchOfObject(present, operation, edit, mark, now)).toEqual({ kind: 'end', applied });
  });

  it('is none where it is so already', () => {
    const present = { metadata: { name: 'web', uid: 'u1', labels: { 'a/b': 'x' } }, spec: { replicas: 3 } };
    expect(patchOfObject(present, operation, edit, mark, now)).toEqual({
      kind: 'end',
      applied: { kind: 'already', marked: false },
    });
  });
});
