import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromProtobuf } from '../../../src/sandbox/cluster/api/protobuf.ts';
import { resourcePath, verbOf } from '../../../src/sandbox/cluster/api/request.ts';
import type { KubeObject } from '../../../src/sandbox/cluster/objects/object.ts';
import { ApiError } from '../../../src/sandbox/cluster/objects/status.ts';
import { fieldSelector, labelSelector } from '../../../src/sandbox/cluster/store/selectors.ts';
import { humanDuration } from '../../../src/sandbox/cluster/view/age.ts';
import { managedFields } from '../../../src/sandbox/cluster/write/managed-fields.ts';
import { mergePatch, patched } from '../../../src/sandbox/cluster/write/patch.ts';

const object: KubeObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'a',
    namespace: 'n',
    uid: 'u',
    resourceVersion: '1',
    creationTimestamp: '2026-01-01T00:00:00Z',
    labels: { app: 'web' },
  },
  spec: { containers: [{ name: 'app', image: 'x' }] },
};

/** For any input, it returns a result or throws the API's own error. */
function throwsOnlyApiErrors(work: () => unknown): void {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(ApiError);
  }
}

describe('no input makes a parser throw anything but an API error', () => {
  it('label selectors', () => {
    fc.assert(fc.property(fc.string(), (text) => throwsOnlyApiErrors(() => labelSelector(text)(object))));
  });
  it('field selectors', () => {
    const term = fc.oneof(
      fc.string(),
      fc.constantFrom('metadata.name=a', 'spec.nodeName!=b', 'status.phase==', 'x=y', ','),
    );
    fc.assert(
      fc.property(fc.array(term), (terms) => throwsOnlyApiErrors(() => fieldSelector('Pod', terms.join(','))(object))),
    );
  });
  it('patches', () => {
    const path = fc.constantFrom(
      '',
      '/',
      '/spec',
      '/spec/containers/0/image',
      '/spec/containers/-',
      '/spec/containers/9',
      '/a~1b/c',
      'x',
      '/metadata/labels/app',
    );
    const operation = fc.record(
      {
        op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test', 'jump'),
        path,
        from: path,
        value: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    const { directed } = fc.letrec((tie) => ({
      directed: fc.dictionary(
        fc.constantFrom(
          'metadata',
          'spec',
          'containers',
          'finalizers',
          'name',
          '$patch',
          '$retainKeys',
          '$setElementOrder/containers',
          '$deleteFromPrimitiveList/finalizers',
        ),
        fc.oneof(
          fc.constantFrom('delete', 'replace', 'merge', 'app', null),
          fc.array(tie('directed'), { maxLength: 3 }),
          tie('directed'),
          fc.jsonValue(),
        ),
      ),
    }));
    fc.assert(
      fc.property(
        fc.oneof(fc.array(operation), fc.jsonValue(), directed),
        fc.constantFrom(
          'application/json-patch+json',
          'application/merge-patch+json',
          'application/strategic-merge-patch+json',
          'text/plain',
        ),
        fc.boolean(),
        (body, type, custom) => throwsOnlyApiErrors(() => patched(object, type, body, { kind: 'Deployment', custom })),
      ),
    );
  });
  it('protobuf', () => {
    const namespace = Buffer.from('6b3873000a0f0a02763112094e616d657370616365120d0a0b0a0470726f641200', 'hex');
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) =>
        throwsOnlyApiErrors(() => fromProtobuf(Buffer.concat([Buffer.from('k8s\0'), bytes]))),
      ),
    );
    fc.assert(
      fc.property(fc.nat(namespace.length - 1), fc.nat(255), (at, value) =>
        throwsOnlyApiErrors(() => fromProtobuf(Buffer.from(namespace.with(at, value)))),
      ),
    );
  });
  it('paths', () => {
    fc.assert(fc.property(fc.string(), (text) => throwsOnlyApiErrors(() => resourcePath(`/api/v1/${text}`))));
  });
});

describe('protobuf', () => {
  it('reads what kubectl create secret sends', () => {
    // Recorded from kubectl 1.36: create secret generic x --from-literal=a=b.
    const sent =
      '6b3873000a0c0a0276311206536563726574121d0a110a0178120' +
      '01a002200' +
      '2a00320038004200' +
      '12060a016112' +
      '01621a00' +
      '1a002200';
    expect(fromProtobuf(Buffer.from(sent, 'hex'))).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'x' },
      data: { a: Buffer.from('b').toString('base64') },
    });
  });
});

describe('paths and verbs', () => {
  it.each([
    ['/api/v1/pods', { group: '', plural: 'pods', namespace: '', name: '' }],
    ['/api/v1/namespaces/n', { plural: 'namespaces', name: 'n', namespace: '' }],
    ['/api/v1/namespaces/n/status', { plural: 'namespaces', name: 'n', subresource: 'status' }],
    ['/api/v1/namespaces/n/pods/p/log', { plural: 'pods', namespace: 'n', name: 'p', subresource: 'log' }],
    [
      '/apis/apps/v1/namespaces/n/deployments/d/status',
      { group: 'apps', plural: 'deployments', name: 'd', subresource: 'status' },
    ],
    ['/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode', { plural: 'clusterroles', name: 'system:node' }],
  ])('%s', (path, expected) => {
    expect(resourcePath(path)).toMatchObject(expected);
  });
  it.each([
    ['GET', '', '', 'list'],
    ['GET', 'a', '', 'get'],
    ['GET', '', 'watch=true', 'watch'],
    ['GET', '', 'watch=1', 'watch'],
    ['GET', '', 'watch=false', 'list'],
    ['DELETE', '', '', 'deletecollection'],
    ['PUT', 'a', '', 'update'],
  ])('%s with name "%s" and "%s" is %s', (method, name, query, verb) => {
    expect(verbOf(method, { name }, new URLSearchParams(query))).toBe(verb);
  });
});

describe('ages', () => {
  it.each([
    [0, '0s'],
    [119, '119s'],
    [120, '2m'],
    [599, '9m59s'],
    [3600, '60m'],
    [10_800, '3h'],
    [28_800, '8h'],
    [172_800, '2d'],
    [176_400, '2d1h'],
    [3_456_000, '40d'],
    [63_072_000, '2y'],
  ])('%i seconds is %s', (seconds, text) => {
    expect(humanDuration(seconds)).toBe(text);
  });
});

describe('merge patch', () => {
  it('is idempotent and never keeps a null (RFC 7386)', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (target, patch) => {
        const once = mergePatch(target, patch);
        expect(mergePatch(once, patch)).toEqual(once);
      }),
    );
  });
});

describe('managed fields', () => {
  const at = new Date('2026-01-01T00:00:00Z');
  const write = (previous: KubeObject | undefined, next: KubeObject, manager: string): KubeObject => ({
    ...next,
    metadata: { ...next.metadata, managedFields: managedFields(previous, next, { manager, subresource: '', at }) },
  });
  const withImage = (image: string): KubeObject => ({ ...object, spec: { containers: [{ name: 'app', image }] } });
  it('move to the manager that last changed a field, and disappear with it', () => {
    const first = write(undefined, withImage('a'), 'kubectl');
    const second = write(first, { ...withImage('b'), metadata: first.metadata }, 'argocd');
    const owners = (second.metadata.managedFields ?? []).map((entry) => [
      entry['manager'],
      JSON.stringify(entry['fieldsV1']),
    ]);
    expect(owners).toEqual([
      ['kubectl', expect.not.stringContaining('f:image')],
      ['argocd', '{"f:spec":{"f:containers":{"k:{\\"name\\":\\"app\\"}":{"f:image":{}}}}}'],
    ]);
    const third = write(second, { ...object, spec: {}, metadata: second.metadata }, 'ana');
    expect(JSON.stringify(third.metadata.managedFields)).not.toContain('f:image');
  });
});
