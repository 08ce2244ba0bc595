import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { patchOfTemplate } from '../../../src/kubernetes/write/edit-template.ts';
import { AnyObject } from '../../../src/kubernetes/write/guarded-write.ts';
import { marksAfter, remembered } from '../../../src/kubernetes/write/marks.ts';
import { type Fields, records } from '../../../src/sandbox/cluster/objects/object.ts';
import { patched } from '../../../src/sandbox/cluster/write/patch.ts';
import { editOf, setImage } from '../writer-world.ts';

const mark = { approval: 'AAAA1111', changeCause: 'imagecheck' };
const now = new Date('2026-11-21T12:00:00Z');
const target = { kind: 'Deployment', namespace: 'prod', name: 'web', uid: 'u1' } as const;
const json = 'application/json-patch+json';
const type = { kind: 'Deployment', custom: false };

function deployment(containers: readonly object[], annotations?: Record<string, string>): AnyObject & Fields {
  const metadata = { name: 'web', uid: 'u1', ...(annotations === undefined ? {} : { annotations }) };
  return AnyObject.parse({ metadata, spec: { template: { spec: { containers } } } });
}

describe('the patch of a template', () => {
  it('guards everything that it relies on', () => {
    const object = deployment([{ name: 'a' }, { name: 'app', image: 'x:1' }], { other: 'y' });
    const operation = editOf(target, setImage('app', 'x:1', 'x:2'));
    const at = '/spec/template/spec/containers/1';
    expect(patchOfTemplate(object, operation, mark, now)).toEqual({
      kind: 'patch',
      patch: [
        { op: 'test', path: '/metadata/uid', value: 'u1' },
        { op: 'test', path: `${at}/name`, value: 'app' },
        { op: 'test', path: `${at}/image`, value: 'x:1' },
        { op: 'add', path: `${at}/image`, value: 'x:2' },
        { op: 'test', path: '/metadata/annotations/imagecheck.dev~1last-approval', value: null },
        { op: 'add', path: '/metadata/annotations/imagecheck.dev~1last-approval', value: 'AAAA1111' },
        { op: 'test', path: '/metadata/annotations/imagecheck.dev~1last-operations', value: null },
        {
          op: 'add',
          path: '/metadata/annotations/imagecheck.dev~1last-operations',
          value: expect.stringMatching(/^[0-9a-f]{12}$/),
        },
        { op: 'test', path: '/metadata/annotations/kubernetes.io~1change-cause', value: null },
        { op: 'add', path: '/metadata/annotations/kubernetes.io~1change-cause', value: 'imagecheck' },
      ],
      prepared: { before: ['app image: x:1'], after: ['app image: x:2'] },
    });
  });

  it('changes the named container only, whatever else is there and however names look', () => {
    const name = fc.string({ minLength: 1, maxLength: 20 });
    const names = fc.uniqueArray(name, { minLength: 1, maxLength: 8 });
    const annotations = fc.option(fc.dictionary(fc.string(), fc.string()), { nil: undefined });
    fc.assert(
      fc.property(names, annotations, fc.nat(), (all, given, pick) => {
        const chosen = all[pick % all.length] ?? '';
        const object = deployment(
          all.map((each) => ({ name: each, image: 'x:1' })),
          given,
        );
        const operation = editOf(target, setImage(chosen, 'x:1', 'x:2'), { field: 'restartedAt', to: 'now' });
        const decision = patchOfTemplate(object, operation, mark, now);
        if (decision.kind !== 'patch') throw new Error(JSON.stringify(decision));
        const after = patched(object, json, decision.patch, type);
        const images = records(after, 'spec', 'template', 'spec', 'containers');
        expect(images.map((each) => each['image'])).toEqual(all.map((each) => (each === chosen ? 'x:2' : 'x:1')));
        expect(patchOfTemplate(AnyObject.parse(after), operation, mark, now)).toEqual({
          kind: 'end',
          applied: { kind: 'already', marked: true },
        });
        // Sent a second time by a server that repeats it, its guards do not hold.
        expect(() => patched(after, json, decision.patch, type)).toThrow();
      }),
    );
  });

  it('of a huge object is small', () => {
    const many = Array.from({ length: 500 }, (_, index) => ({
      name: `c${index}`,
      image: 'x:1',
      env: 'y'.repeat(1000),
    }));
    const decision = patchOfTemplate(deployment(many), editOf(target, setImage('c499', 'x:1', 'x:2')), mark, now);
    expect(JSON.stringify(decision).length).toBeLessThan(1_500);
  });
});

describe('marks', () => {
  const operation = editOf(target, setImage('app', 'x:1', 'x:2'));
  const other = editOf(target, setImage('app', 'x:2', 'x:3'));
  const later = new Date(now.getTime() + 60_000);
  const first = marksAfter({}, mark, operation, now);
  const second = marksAfter(first, { ...mark, approval: 'BBBB2222' }, other, later);

  it('know what an approval did, also after it was undone', () => {
    expect(remembered({}, mark, operation)).toBe('not-done');
    expect(remembered(first, mark, operation)).toBe('done');
    expect(remembered(first, mark, other), 'another operation of the same plan').toBe('not-done');
    expect(remembered(second, mark, operation)).toBe('done');
    expect(remembered(second, mark, other)).toBe('done');
  });

  it('forget what can no longer be executed', () => {
    const muchLater = new Date(later.getTime() + 90 * 60_000 + 1);
    const third = marksAfter(second, { ...mark, approval: 'CCCC3333' }, operation, muchLater);
    expect(third['imagecheck.dev/earlier-approvals']).toBe(`BBBB2222@${muchLater.toISOString()}`);
  });
});
